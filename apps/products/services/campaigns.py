"""Campaigns: goods at prices of their own for a time."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.rich_text import clean_rich_text
from apps.merchants.models import Merchant
from apps.products.models import Campaign, CampaignLine, Sku
from apps.products.services.places import save_row
from apps.products.services.prices import check_floor, read_amount
from apps.products.services.refusals import ProductRefused
from apps.products.services.stock import lock_skus


@transaction.atomic
def save_campaign(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    announced_at: datetime | None = None,
    description: str = "",
    return_terms: str = "",
    extra_commission: Decimal | None = None,
    prices: Mapping[Sku, Decimal] | None = None,
    campaign: Campaign | None = None,
) -> Campaign:
    """Make a campaign or change one (aware times; announced now by default).

    `prices`: every SKU of the campaign with its price in major units; without it the goods stay.
    `extra_commission`: percent; orders placed while the campaign runs earn by it, so code, start,
    goods and extra stay as they are from its start on, and it cannot end in the past.
    Raises ProductRefused, with nothing changed, for a code in use, times out of order, a price
    below a SKU's floor or not below its own price, another merchant's goods, a campaign that was
    stopped or is over, or a change that orders already placed would earn by.
    """
    if campaign is None:
        campaign = Campaign(merchant=merchant)
    else:
        campaign = lock_campaign(campaign)
        _check_open(campaign)
        # A form tells minutes: within the same one nobody meant another start.
        if _minute(starts_at) == _minute(campaign.starts_at):
            starts_at = campaign.starts_at
    _check_extra(campaign, code.strip(), starts_at, ends_at, extra_commission)
    campaign.code, campaign.name = code.strip(), name.strip()
    campaign.starts_at, campaign.ends_at = starts_at, ends_at
    campaign.extra_commission = extra_commission
    campaign.announced_at = announced_at or campaign.announced_at
    campaign.description = clean_rich_text(description)
    campaign.return_terms = clean_rich_text(return_terms)
    save_row(campaign)
    if prices is not None:
        _set_prices(campaign, prices)
    return campaign


@transaction.atomic
def set_campaign_goods(*, campaign: Campaign, prices: Mapping[Sku, Decimal]) -> None:
    """Make these, at these prices in major units, all the goods of a campaign.

    Raises as `save_campaign`.
    """
    campaign = lock_campaign(campaign)
    _check_open(campaign)
    _set_prices(campaign, prices)


@transaction.atomic
def stop_campaign(*, campaign: Campaign, at: datetime | None = None) -> Campaign:
    """End a campaign early, at `at` (aware; default now): its prices no longer count.

    Raises ProductRefused for one that was stopped or is over.
    """
    campaign = lock_campaign(campaign)
    _check_open(campaign)
    now = timezone.now()
    if campaign.extra_commission is not None and at is not None and at < now:
        raise ProductRefused(_("Orders earned by this campaign: it cannot end in the past."))
    campaign.stopped_at = at or now
    campaign.save(update_fields=["stopped_at"])
    return campaign


def lock_campaign(campaign: Campaign) -> Campaign:
    """The campaign as it is now, locked until commit."""
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def _check_open(campaign: Campaign) -> None:
    if campaign.state_at(timezone.now()) in ("stopped", "ended"):
        raise ProductRefused(_("This campaign is over; make a new one."))


def _check_extra(
    campaign: Campaign,
    code: str,
    starts_at: datetime,
    ends_at: datetime,
    extra: Decimal | None,
) -> None:
    """Refuse what would change the commission of orders that were placed already."""
    if campaign.extra_commission is None and extra is None:
        return
    now = timezone.now()
    if _has_started(campaign, now):
        kept = (campaign.code, campaign.starts_at, campaign.extra_commission)
        if kept != (code, starts_at, extra):
            raise ProductRefused(
                _(
                    "The campaign has started: its code, start and extra commission stay. "
                    "Stop it and make a new one."
                )
            )
    elif starts_at <= now:
        raise ProductRefused(
            _("A campaign with an extra commission starts in the future: %(moment)s is over.")
            % {"moment": timezone.localtime(starts_at).strftime("%Y-%m-%d %H:%M")}
        )
    if ends_at <= now:
        raise ProductRefused(_("Orders earned by this campaign: it cannot end in the past."))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _has_started(campaign: Campaign, now: datetime) -> bool:
    return campaign.pk is not None and campaign.starts_at <= now


def _set_prices(campaign: Campaign, prices: Mapping[Sku, Decimal]) -> None:
    skus = lock_skus(sku.pk for sku in prices)
    wanted = {}
    for sku, price in prices.items():
        locked = skus.get(sku.pk)
        if locked is None or locked.merchant_id != campaign.merchant_id:
            raise ProductRefused(_("These goods belong to another merchant."))
        wanted[sku.pk] = _checked(locked, price)
    if campaign.extra_commission is not None and _has_started(campaign, timezone.now()):
        goods = CampaignLine.objects.filter(campaign=campaign).values_list("sku", flat=True)
        if goods and {*goods} != wanted.keys():
            raise ProductRefused(
                _("The campaign has started: its goods earn an extra commission and stay.")
            )
    CampaignLine.objects.filter(campaign=campaign).exclude(sku__in=wanted).delete()
    known = {line.sku_id: line for line in CampaignLine.objects.filter(campaign=campaign)}
    for sku_id, price in wanted.items():
        line = known.get(sku_id)
        if line is None:
            CampaignLine.objects.create(
                merchant_id=campaign.merchant_id, campaign=campaign, sku_id=sku_id, price=price
            )
        elif line.price != price:
            line.price = price
            line.save(update_fields=["price"])


def _checked(sku: Sku, price: Decimal) -> Decimal:
    price = read_amount(price)
    check_floor(sku, price)
    if price >= sku.price:
        raise ProductRefused(
            _("%(sku)s: a campaign's price is below the SKU's own, %(price)s.")
            % {"sku": sku.code, "price": sku.price}
        )
    return price
