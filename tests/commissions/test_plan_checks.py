"""Warnings about plans: each with its path and exact figures, and what gives none."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from apps.commissions.plan_document import parse_plan
from apps.commissions.services.plan_checks import find_warnings
from apps.distributors.models import Distributor
from apps.products.models import Campaign, Sku
from apps.products.services.categories import ensure_category
from tests.factories import (
    CampaignFactory,
    CampaignLineFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    ProductFactory,
    SkuFactory,
)

pytestmark = pytest.mark.django_db
TEN = {"depth": 1, "percent": "10"}


@pytest.fixture
def shop(merchant):
    """T-001 in 茶/普洱 for 100.00, cost 60.00; C-001 without category for 30.00, cost 10.00."""
    LevelFactory(code="bronze", rank=1)
    LevelFactory(code="silver", rank=2)
    LevelFactory(code="gold", rank=3)
    puer = ensure_category(merchant=merchant, path="茶/普洱")
    SkuFactory(code="T-001", price=Decimal(100), cost=Decimal(60), product__category=puer,
               product__code="T")  # fmt: skip
    SkuFactory(code="C-001", price=Decimal(30), cost=Decimal(10))
    return merchant


def warnings(merchant, *rules, depths=1, **further) -> list[str]:
    document = parse_plan(
        {"name": "P", "depths": depths, "rules": list(rules) or [TEN]} | further, max_depths=3
    )
    return [str(each) for each in find_warnings(merchant=merchant, document=document)]


class TestRulesThatNeverApply:
    def test_the_more_specific_rule_is_named(self, shop):
        assert warnings(
            shop,
            TEN,
            {"depth": 1, "level": "silver", "percent": "11"},
            {"depth": 1, "level": "gold", "percent": "12"},
            {"depth": 1, "category": "茶", "percent": "15"},
            {"depth": 1, "sku": "T-001", "amount": "8.00"},
        ) == ["rules[3]: never applies: for all its goods, rules[4] is more specific."]

    def test_a_category_or_product_without_goods(self, shop):
        ensure_category(merchant=shop, path="咖啡")
        ProductFactory(code="EMPTY")
        assert warnings(
            shop,
            TEN,
            {"depth": 1, "category": "咖啡", "percent": "1"},
            {"depth": 1, "product": "EMPTY", "percent": "1"},
        ) == [
            "rules[1]: never applies: no SKU belongs to it now.",
            "rules[2]: never applies: no SKU belongs to it now.",
        ]

    def test_a_default_that_every_sku_replaces_at_its_own_depth_only(self, shop):
        special = [{"depth": 1, "sku": sku, "percent": "1"} for sku in ("T-001", "C-001")]
        assert warnings(shop, TEN, {"depth": 2, "percent": "1"}, *special, depths=2) == [
            "rules[0]: never applies: for all its goods, rules[2], rules[3] is more specific."
        ]

    def test_a_level_whose_goods_are_all_covered(self, shop):
        assert warnings(
            shop,
            TEN,
            {"depth": 1, "level": "gold", "category": "茶", "percent": "12"},
            {"depth": 1, "product": "T", "percent": "9"},
        ) == ["rules[1]: never applies: for all its goods, rules[2] is more specific."]

    def test_nothing_is_said_of_an_empty_shelf(self, merchant):
        assert warnings(merchant, {"depth": 1, "percent": "100"}) == []


class TestLevels:
    def test_a_lower_level_that_earns_more(self, shop):
        assert warnings(
            shop,
            TEN,
            {"depth": 1, "level": "gold", "percent": "11"},
            {"depth": 1, "level": "silver", "percent": "12"},
        ) == ["rules[1]: pays gold less than the lower level silver (rules[2])."]

    def test_a_difference_not_above_the_lower_levels(self, shop):
        rates = [{"level": "gold", "percent": "15"}, {"level": "silver", "percent": "15"}]
        assert warnings(shop, TEN, depths=2, level_difference={"rates": rates}) == [
            "level_difference.rates[0]: is not above the rate of the lower level silver: above "
            "them it pays nothing."
        ]

    def test_a_difference_that_the_sellers_share_eats_up(self, shop):
        rates = [{"level": "silver", "percent": "10"}, {"level": "gold", "percent": "10.01"}]
        assert warnings(shop, TEN, depths=2, level_difference={"rates": rates}) == [
            "level_difference.rates[0]: never pays: the seller's own share is never below this "
            "rate."
        ]

    def test_a_difference_in_a_plan_of_one_depth(self, shop):
        rates = [{"level": "gold", "percent": "15"}]
        assert warnings(shop, level_difference={"rates": rates}) == [
            "level_difference: never pays: it is for the seller's uplines, and the plan has one "
            "depth."
        ]


class TestOtherParts:
    def test_an_agent_who_is_not_active(self, shop):
        DistributorFactory(code="D1", status=Distributor.Status.SUSPENDED)
        agents = [{"region": "浙江省", "distributor": "D1", "percent": "1"}]
        assert warnings(shop, regions={"agents": agents}) == [
            "regions.agents[0].distributor: “D1” is not active and earns nothing."
        ]

    def test_a_pool_smaller_than_one_bonus(self, shop):
        steps = [{"reach": "100", "amount": "50"}, {"reach": "200", "amount": "80.01"}]
        bonus = {"of": "own", "period": "month", "steps": steps, "pool": "80.00"}
        assert warnings(shop, stage_bonuses=[bonus]) == [
            "stage_bonuses[0].pool: 80.00 is less than the 80.01 of step 2 alone."
        ]

    @pytest.mark.parametrize(
        ("percent", "reason"),
        [
            ("0", "is zero: nobody earns anything."),
            ("9.99", "cuts every sale: the seller's share alone is above it everywhere."),
        ],
    )
    def test_a_ceiling_that_cuts_everything(self, shop, percent, reason):
        ceiling = {"of": "paid", "percent": percent}
        assert warnings(shop, ceiling=ceiling) == [f"ceiling.percent: {reason}"]

    def test_a_ceiling_that_cuts_some_is_what_it_is_for(self, shop):
        assert warnings(shop, ceiling={"of": "paid", "percent": "10"}) == []


def losses(merchant, *rules, **further) -> list[str]:
    found = warnings(merchant, *rules, **further)
    return [each for each in found if each.startswith(("Can lose", "T-", "C-", "S"))]


class TestLosses:
    """Margins: T-001 40.00, C-001 20.00 (two thirds of its price)."""

    def test_the_best_paid_chain_of_all_levels_counts(self, shop):
        rules = [
            TEN,
            {"depth": 1, "level": "gold", "percent": "30"},
            {"depth": 2, "percent": "5"},
            {"depth": 2, "level": "silver", "percent": "15"},
        ]
        assert losses(shop, *rules, depths=2) == [
            "Can lose money on 1 of 2 SKUs at their current price and cost.",
            "T-001: earns up to 45.00 of a margin of 40.00.",
        ]

    def test_what_leaves_exactly_nothing_loses_nothing(self, shop):
        assert losses(shop, {"depth": 1, "percent": "40"}) == []
        assert len(losses(shop, {"depth": 1, "percent": "40.01"})) == 2

    def test_a_ceiling_on_profit_cannot_lose(self, shop):
        ceiling = {"of": "profit", "percent": "100"}
        assert losses(shop, {"depth": 1, "percent": "99"}, ceiling=ceiling) == []

    def test_a_ceiling_on_what_was_paid_bounds_the_loss(self, shop):
        ceiling = {"of": "paid", "percent": "41.50"}
        assert losses(shop, {"depth": 1, "percent": "99"}, ceiling=ceiling)[1:] == [
            "T-001: earns up to 41.50 of a margin of 40.00."
        ]

    def test_fixed_amounts_are_per_piece(self, shop):
        assert losses(shop, TEN, {"depth": 1, "sku": "C-001", "amount": "20.01"})[1:] == [
            "C-001: earns up to 20.01 of a margin of 20.00."
        ]

    def test_a_level_difference_tops_the_sellers_rate_up_and_no_more(self, shop):
        rates = [{"level": "silver", "percent": "30"}, {"level": "gold", "percent": "40"}]
        assert losses(shop, TEN, depths=3, level_difference={"rates": rates}) == []
        rates[1]["percent"] = "40.01"
        assert losses(shop, TEN, depths=3, level_difference={"rates": rates})[1:] == [
            "T-001: earns up to 40.01 of a margin of 40.00."
        ]

    def test_shares_above_come_on_top_of_the_difference(self, shop):
        rates = [{"level": "gold", "percent": "35"}]
        rules = [TEN, {"depth": 2, "percent": "8"}]
        assert losses(shop, *rules, depths=2, level_difference={"rates": rates})[1:] == [
            "T-001: earns up to 43.00 of a margin of 40.00."
        ]

    def test_the_same_level_award_is_paid_once_per_level(self, shop):
        difference = {"rates": [{"level": "gold", "percent": "36"}], "same_level": "5"}
        assert losses(shop, TEN, depths=3, level_difference=difference)[1:] == [
            "T-001: earns up to 41.00 of a margin of 40.00."
        ]

    def test_all_kinds_together(self, shop):
        DistributorFactory(code="D1")
        agents = [
            {"region": "浙江省", "distributor": "D1", "percent": "4"},
            {"region": "浙江省/杭州市", "distributor": "D1", "percent": "3"},
            {"region": "江苏省", "distributor": "D1", "percent": "5"},
        ]
        kinds = {
            "newcomer": {"days": 30, "percent": "5"},
            "referral": {"orders": 1, "percent": "6"},
            "store": {"amount": "7.50"},
        }
        rules = [{"depth": 1, "percent": "17"}]
        assert losses(shop, *rules, regions={"agents": agents}, **kinds)[1:] == [
            "T-001: earns up to 40.50 of a margin of 40.00.",
        ]
        assert losses(shop, *rules, regions={"pays": "all", "agents": agents}, **kinds)[1:] == [
            "T-001: earns up to 42.50 of a margin of 40.00.",
        ]

    def test_a_sku_without_margin_and_the_ten_worst(self, shop):
        for number in range(11):
            SkuFactory(code=f"S{number:02d}", price=Decimal(10), cost=Decimal(10 + number))
        found = losses(shop, TEN)
        assert len(found) == 11
        assert found[:2] == [
            "Can lose money on 11 of 13 SKUs at their current price and cost.",
            "S10: earns up to 1.00 of a margin of -10.00.",
        ]

    def test_a_plan_that_pays_nothing_is_not_to_blame(self, shop):
        SkuFactory(code="S1", price=Decimal(10), cost=Decimal(11))
        assert losses(shop, {"depth": 1, "percent": "0"}) == []

    def test_another_merchants_goods_are_not_looked_at(self, shop):
        with scope(merchant=MerchantFactory()):
            SkuFactory(code="S1", price=Decimal(10), cost=Decimal(10))
        assert losses(shop, TEN) == []


def test_what_a_campaign_adds_is_counted_at_its_price(shop):
    """T-001 for 80.00 leaves 20.00; 20 % of it and 5 % more are just that, 6 % too much."""
    campaign = CampaignFactory(code="SPRING", extra_commission="5")
    CampaignLineFactory(campaign=campaign, sku=Sku.objects.get(code="T-001"), price=Decimal(80))
    twenty = {"depth": 1, "percent": "20"}
    assert warnings(shop, twenty) == []

    Campaign.objects.update(extra_commission="6")
    assert warnings(shop, twenty) == [
        "T-001 in campaign SPRING: earns up to 20.80 of a margin of 20.00."
    ]
    Campaign.objects.update(stopped_at=timezone.now())
    assert warnings(shop, twenty) == []


def test_a_long_shelf_costs_no_more_queries(shop):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            warnings(shop, TEN)
        return len(captured)

    assert queries() == 4
    for number in range(30):
        SkuFactory(code=f"N{number}")
    assert queries() == 4
