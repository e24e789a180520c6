"""A campaign's extra commission, from the campaign to the row: who gets it, and that it stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from apps.commissions.models import Commission
from apps.commissions.selectors.auditing import audit_commissions
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.products.services.campaigns import save_campaign, set_campaign_goods, stop_campaign
from apps.products.services.refusals import ProductRefused
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sku(merchant):
    return SkuFactory(code="T-1", price=Decimal(100), cost=Decimal(10))


def announce(merchant, sku, *, extra="5", code="SPRING", price=90, **given):
    """A campaign that starts in an hour and runs for ten days."""
    starts_at = timezone.now() + timedelta(hours=1)
    values = {"starts_at": starts_at, "ends_at": starts_at + 10 * DAY, "name": code} | given
    return save_campaign(
        merchant=merchant,
        code=code,
        extra_commission=Decimal(extra) if extra else None,
        prices={sku: Decimal(price)},
        **values,
    )


def kinds(order) -> dict[str, Decimal]:
    rows = Commission.objects.filter(order_line__order=order)
    return {row.kind: row.amount for row in rows}


@pytest.fixture
def sell(merchant, sku):
    """Sell one T-1 for 100.00 now, compute it, and say what it earned by kind."""
    ten = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
    draft = draft_plan(merchant=merchant, content=ten)
    activate_plan(plan=draft, effective_from=timezone.now() - DAY, acknowledged_by="Owner")
    seller = DistributorFactory()

    def sold(placed_at=None) -> dict[str, Decimal]:
        placed_at = placed_at or timezone.now()
        order = OrderFactory(distributor=seller, placed_at=placed_at, paid_at=timezone.now())
        OrderLineFactory(order=order, sku=sku, unit_price=Decimal(100), quantity=1)
        run_due(merchant=merchant)
        return kinds(order)

    return sold


PLAIN = {"share": Decimal(10)}


def test_orders_placed_while_it_runs_earn_more(merchant, sku, sell):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        campaign = announce(merchant, sku)
        assert sell() == PLAIN

        clock.shift(timedelta(hours=1))
        began = timezone.now()
        assert sell() == {"share": Decimal(10), "campaign": Decimal(5)}

        clock.shift(10 * DAY)
        assert sell() == PLAIN
        # Placed in time and paid later: the price was the campaign's, and so is the extra.
        assert sell(placed_at=began) == {"share": Decimal(10), "campaign": Decimal(5)}
        assert campaign.extra_commission == Decimal(5)


def test_the_highest_extra_counts_and_others_are_left_alone(merchant, sku, sell):
    announce(merchant, sku, extra="5")
    announce(merchant, sku, extra="7", code="HIGH")
    announce(merchant, sku, extra=None, code="NONE")
    announce(merchant, SkuFactory(code="T-2", price=Decimal(100)), extra="50", code="OTHER")
    with time_machine.travel(timezone.now() + DAY):
        assert sell() == {"share": Decimal(10), "campaign": Decimal(7)}


def test_stopping_it_ends_the_extra_from_then_on(merchant, sku, sell):
    campaign = announce(merchant, sku)
    with time_machine.travel(timezone.now() + DAY, tick=False) as clock:
        before = timezone.now()
        assert sell()["campaign"] == Decimal(5)
        clock.shift(DAY)
        stop_campaign(campaign=campaign)
        assert sell() == PLAIN
        assert sell(placed_at=before)["campaign"] == Decimal(5)
        assert list(audit_commissions(merchant=merchant)) == []


def test_what_orders_earned_by_cannot_be_changed(merchant, sku, sell):
    campaign = announce(merchant, sku)
    other = SkuFactory(code="T-2", price=Decimal(100))
    with time_machine.travel(timezone.now() + DAY, tick=False):
        now = timezone.now()
        same = {
            "code": campaign.code, "name": "Anew", "starts_at": campaign.starts_at,
            "ends_at": campaign.ends_at, "extra_commission": campaign.extra_commission,
        }  # fmt: skip
        for change in (
            {"extra_commission": Decimal(6)},
            {"extra_commission": None},
            {"code": "SUMMER"},
            {"starts_at": now + DAY},
            {"ends_at": now},
        ):
            with pytest.raises(ProductRefused):
                save_campaign(merchant=merchant, campaign=campaign, **(same | change))
        with pytest.raises(ProductRefused, match="its goods earn an extra commission and stay"):
            set_campaign_goods(campaign=campaign, prices={other: Decimal(90)})
        with pytest.raises(ProductRefused, match="it cannot end in the past"):
            stop_campaign(campaign=campaign, at=now - timedelta(hours=1))
        campaign.refresh_from_db()
        assert (campaign.code, campaign.extra_commission) == ("SPRING", Decimal(5))

        # A form tells the start to the minute.
        minute = campaign.starts_at.replace(second=0, microsecond=0)
        save_campaign(merchant=merchant, campaign=campaign, **(same | {"starts_at": minute}))
        campaign.refresh_from_db()
        assert campaign.starts_at == same["starts_at"]

        # Its words, its end and the price of its goods are still the merchant's.
        save_campaign(merchant=merchant, campaign=campaign, **(same | {"ends_at": now + DAY}))
        set_campaign_goods(campaign=campaign, prices={sku: Decimal(80)})
        assert sell()["campaign"] == Decimal(5)


def test_an_extra_never_begins_in_the_past(merchant, sku):
    with pytest.raises(ProductRefused, match="starts in the future"):
        announce(merchant, sku, starts_at=timezone.now() - DAY, announced_at=timezone.now() - DAY)
    plain = announce(
        merchant, sku, extra=None,
        starts_at=timezone.now() - DAY, announced_at=timezone.now() - 2 * DAY,
    )  # fmt: skip
    with pytest.raises(ProductRefused, match="has started"):
        save_campaign(
            merchant=merchant, campaign=plain, code=plain.code, name=plain.name,
            starts_at=plain.starts_at, ends_at=plain.ends_at, extra_commission=Decimal(5),
        )  # fmt: skip


@pytest.mark.parametrize("extra", ["0", "-1", "100.01"])
def test_an_extra_that_is_no_part(merchant, sku, extra):
    with pytest.raises(ProductRefused, match="above 0 and at most 100 percent"):
        announce(merchant, sku, extra=extra)


def test_another_merchants_campaign_adds_nothing(merchant, sku, sell):
    foreign = MerchantFactory()
    with pytest.raises(ProductRefused, match="another merchant"):
        announce(foreign, sku)
    with time_machine.travel(timezone.now() + DAY):
        assert sell() == PLAIN
