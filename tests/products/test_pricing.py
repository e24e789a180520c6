"""What a SKU costs whom and when; nothing below the floor."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.products.models import Campaign, CampaignLine, LevelPrice, Sku
from apps.products.selectors import prices_for, running_campaigns
from apps.products.services.campaigns import save_campaign, stop_campaign
from apps.products.services.catalogue import save_sku
from apps.products.services.prices import set_level_prices
from apps.products.services.refusals import ProductRefused
from tests.factories import LevelFactory, MerchantFactory, SkuFactory

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def sku(merchant):
    return SkuFactory(code="A", price=Decimal("100.00"), floor_price=Decimal("70.00"))


@pytest.fixture
def gold(merchant):
    return LevelFactory(code="gold")


def campaign(merchant, prices, **given):
    values = {
        "code": "C1", "name": "Double 11", "announced_at": NOW - 40 * DAY,
        "starts_at": NOW - DAY, "ends_at": NOW + DAY,
    } | given  # fmt: skip
    prices = {sku: Decimal(price) for sku, price in prices.items()}
    return save_campaign(merchant=merchant, prices=prices, **values)


def told(sku, level=None, at=None):
    price = prices_for([sku], level, at)[sku.pk]
    return (price.amount, price.regular, price.reason)


def test_the_regular_price(sku, gold):
    assert told(sku) == told(sku, gold) == (Decimal("100.00"), Decimal("100.00"), "regular")


def test_a_levels_price_is_for_that_level_alone(merchant, sku, gold):
    assert set_level_prices(sku=sku, prices={gold: Decimal("88.50")}) is True
    assert set_level_prices(sku=sku, prices={gold: Decimal("88.50")}) is False
    assert told(sku, gold) == (Decimal("88.50"), Decimal("100.00"), "level")
    assert told(sku) == told(sku, LevelFactory()) == (Decimal(100), Decimal(100), "regular")
    set_level_prices(sku=sku, prices={gold: None})
    assert told(sku, gold)[2] == "regular"


def test_a_campaign_counts_while_it_runs(merchant, sku):
    found = campaign(merchant, {sku: "80"})
    assert told(sku) == (Decimal("80.00"), Decimal("100.00"), "campaign")
    assert told(sku, at=NOW - DAY)[2] == "campaign"
    assert told(sku, at=NOW - DAY - timedelta(seconds=1))[2] == "regular"
    assert told(sku, at=NOW + DAY)[2] == "regular"
    assert list(running_campaigns()) == [found]
    stop_campaign(campaign=found)
    assert told(sku)[2] == "regular"
    assert told(sku, at=NOW - timedelta(hours=1))[2] == "campaign"
    with pytest.raises(ProductRefused, match="over"):
        stop_campaign(campaign=found)


def test_the_lowest_counts_and_nothing_adds_up(merchant, sku, gold):
    set_level_prices(sku=sku, prices={gold: Decimal("85")})
    campaign(merchant, {sku: "80"})
    campaign(merchant, {sku: "75"}, code="C2")
    campaign(merchant, {sku: "90"}, code="C3")
    price = prices_for([sku], gold)[sku.pk]
    assert (price.amount, price.reason, price.campaign.code) == (Decimal(75), "campaign", "C2")
    assert price.is_reduced
    set_level_prices(sku=sku, prices={gold: Decimal("75")})
    assert told(sku, gold)[2] == "level"


def test_two_queries_however_many(merchant, gold, django_assert_num_queries):
    skus = [SkuFactory(price=Decimal(100)) for _each in range(10)]
    for sku in skus:
        set_level_prices(sku=sku, prices={gold: Decimal(90)})
    campaign(merchant, dict.fromkeys(skus, "80"))
    for some in (skus[:1], skus):
        with django_assert_num_queries(2):
            assert {each.amount for each in prices_for(some, gold).values()} == {Decimal(80)}
        with django_assert_num_queries(1):
            prices_for(some)


class TestFloor:
    def test_a_price_below_it(self, sku):
        with pytest.raises(ProductRefused, match=r"69.99 is below the lowest price allowed, 70.00"):
            save_sku(
                product=sku.product, sku=sku, code="A", price=Decimal("69.99"), cost=Decimal(1),
                stock=None,
            )  # fmt: skip
        assert Sku.objects.get().price == Decimal(100)

    def test_a_levels_price(self, sku, gold):
        with pytest.raises(ProductRefused, match=r"69.99 is below"):
            set_level_prices(sku=sku, prices={LevelFactory(): 80, gold: Decimal("69.99")})
        assert not LevelPrice.objects.exists()

    def test_a_campaigns_price(self, merchant, sku):
        with pytest.raises(ProductRefused, match=r"69.99 is below"):
            campaign(merchant, {sku: "69.99"})
        assert not Campaign.objects.exists()
        campaign(merchant, {sku: "70"})

    def test_raised_above_a_price_that_is_there(self, merchant, sku, gold):
        def raise_to(floor):
            save_sku(
                product=sku.product, sku=sku, code="A", price=Decimal(100), cost=Decimal(1),
                stock=None, floor_price=Decimal(floor),
            )  # fmt: skip

        set_level_prices(sku=sku, prices={gold: Decimal("80")})
        found = campaign(merchant, {sku: "75"})
        for floor in ("75.01", "80.01", "100.01"):
            with pytest.raises(ProductRefused):
                raise_to(floor)
        raise_to("75")
        stop_campaign(campaign=found)
        raise_to("80")
        assert Sku.objects.get().floor_price == Decimal(80)


@pytest.mark.parametrize("price", ["100.01", "-1", "1.001"])
def test_a_levels_price_that_makes_no_sense(sku, gold, price):
    with pytest.raises(ProductRefused):
        set_level_prices(sku=sku, prices={gold: Decimal(price)})
    assert not LevelPrice.objects.exists()


@pytest.mark.parametrize(
    ("price", "given"),
    [
        ("100", {}),
        ("80", {"ends_at": NOW - DAY}),
        ("80", {"announced_at": NOW}),
        ("80", {"code": " "}),
    ],
)
def test_a_campaign_that_cannot_be(merchant, sku, price, given):
    with pytest.raises(ProductRefused):
        campaign(merchant, {sku: price}, **given)
    assert not Campaign.objects.exists()


def test_changing_a_campaign_replaces_its_goods(merchant, sku):
    other = SkuFactory(price=Decimal(50))
    found = campaign(merchant, {sku: "80", other: "40"})
    values = {"code": "C1", "name": "New", "starts_at": NOW, "ends_at": NOW + DAY}
    save_campaign(merchant=merchant, campaign=found, prices={sku: Decimal(79)}, **values)
    assert list(CampaignLine.objects.values_list("sku__code", "price")) == [("A", Decimal(79))]
    save_campaign(merchant=merchant, campaign=found, **values)
    assert CampaignLine.objects.count() == 1


@pytest.mark.parametrize(("days", "short"), [(30, False), (29, True)])
def test_less_than_a_month_is_short_notice(days, short):
    found = Campaign(announced_at=NOW, starts_at=NOW + days * DAY, ends_at=NOW + 99 * DAY)
    assert found.is_short_notice is short


def test_states_of_a_campaign():
    found = Campaign(announced_at=NOW, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    moments = [NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY]
    states = [found.state_at(at) for at in moments]
    assert states == ["planned", "announced", "running", "ended"]
    found.stopped_at = NOW + DAY
    assert found.state_at(NOW + DAY) == "stopped"


def test_walls(merchant, sku, gold):
    foreign = SkuFactory(merchant=MerchantFactory())
    with pytest.raises(ProductRefused, match="another merchant"):
        campaign(merchant, {foreign: "1"})
    with pytest.raises(ProductRefused, match="another merchant"):
        set_level_prices(sku=sku, prices={LevelFactory(merchant=foreign.merchant): Decimal(90)})
    assert not Campaign.objects.exists()
    assert not LevelPrice.objects.exists()
