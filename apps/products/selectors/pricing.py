"""What somebody pays for a SKU at a moment, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from apps.core.bulk import stored_integer
from apps.distributors.models import Level
from apps.products.models import Campaign, CampaignLine, LevelPrice, Sku

REGULAR, LEVEL, CAMPAIGN = "regular", "level", "campaign"


@dataclass(frozen=True, slots=True)
class Price:
    """What one piece costs, in major units.

    `amount` is the lowest of the SKU's own price (`regular`), the level's and a running campaign's;
    `reason` says which: regular, level or campaign. Prices are never taken off one another.
    """

    amount: Decimal
    regular: Decimal
    reason: str = REGULAR
    level_price: Decimal | None = None
    campaign_price: Decimal | None = None
    campaign: Campaign | None = None

    @property
    def is_reduced(self) -> bool:
        """Whether it is below the regular price."""
        return self.amount < self.regular


def prices_for(
    skus: Iterable[Sku], level: Level | None = None, at: datetime | None = None
) -> dict[int, Price]:
    """SKU id → its price for somebody of `level` at `at` (aware; default now).

    One query, and one more with a level, however many SKUs. Equal prices: the regular one, then the
    level's, is named as the reason. Of several campaigns the lowest price counts.
    """
    skus = list(skus)
    ids = [sku.pk for sku in skus]
    of_level = (
        dict(LevelPrice.objects.filter(level=level, sku__in=ids).values_list("sku_id", "price"))
        if level is not None
        else {}
    )
    of_campaign = _campaign_lines(ids, at or timezone.now())
    return {sku.pk: _price(sku, of_level.get(sku.pk), of_campaign.get(sku.pk)) for sku in skus}


def _price(sku: Sku, level_price: Decimal | None, line: CampaignLine | None) -> Price:
    amount, reason = sku.price, REGULAR
    if level_price is not None and level_price < amount:
        amount, reason = level_price, LEVEL
    if line is not None and line.price < amount:
        amount, reason = line.price, CAMPAIGN
    return Price(
        amount=amount,
        regular=sku.price,
        reason=reason,
        level_price=level_price,
        campaign_price=line.price if line else None,
        campaign=line.campaign if line else None,
    )


def _campaign_lines(ids: list[int], at: datetime) -> dict[int, CampaignLine]:
    lines = CampaignLine.objects.filter(running(at, "campaign__"), sku__in=ids)
    found: dict[int, CampaignLine] = {}
    # The lowest price last, so that it stays; of equal ones the older campaign.
    for line in lines.select_related("campaign").order_by("-price", "-campaign_id"):
        found[line.sku_id] = line
    return found


def not_over(at: datetime | OuterRef, prefix: str = "") -> Q:
    """Campaigns that have neither ended nor been stopped by `at`, begun or not."""
    stopped = Q(**{f"{prefix}stopped_at__isnull": True}) | Q(**{f"{prefix}stopped_at__gt": at})
    return Q(**{f"{prefix}ends_at__gt": at}) & stopped


def running(at: datetime | OuterRef, prefix: str = "") -> Q:
    """Campaigns that run at `at`: from their start up to their end or to when they were stopped."""
    return Q(**{f"{prefix}starts_at__lte": at}) & not_over(at, prefix)


def extra_commission(*, sku: str, at: str) -> Subquery:
    """For an annotation: what a campaign adds to commission for the SKU at a moment, both columns
    of the outer query, as `500:SPRING`: basis points and the campaign's code; else None.

    Of several campaigns the highest rate counts, of equal ones the older campaign's.
    """
    lines = CampaignLine.objects.filter(
        running(OuterRef(at), "campaign__"),
        sku=OuterRef(sku),
        campaign__extra_commission__isnull=False,
    )
    rate = Cast(stored_integer("campaign__extra_commission"), CharField())
    told = Concat(rate, Value(":"), "campaign__code", output_field=CharField())
    best = lines.order_by("-campaign__extra_commission", "campaign_id")
    return Subquery(best.annotate(told=told).values("told")[:1])


def running_campaigns(at: datetime | None = None) -> QuerySet[Campaign]:
    """Campaigns that run at `at` (default now), the one that ends first at the top."""
    return Campaign.objects.filter(running(at or timezone.now())).order_by("ends_at", "pk")


def announced_campaigns(at: datetime | None = None) -> QuerySet[Campaign]:
    """Campaigns that distributors know of at `at` (default now): announced and not over."""
    at = at or timezone.now()
    known = Campaign.objects.filter(not_over(at), announced_at__lte=at)
    return known.order_by("starts_at", "pk")
