"""What sending costs, and the rules behind it."""

from decimal import Decimal

import pytest

from apps.orders.models import Order, ShippingRegion, ShopSettings
from apps.orders.selectors.delivery import ShippingRules, shipping_fee, shipping_rules
from apps.orders.services.delivery import ShopSettingsRefused, save_shop_settings
from apps.orders.services.shop import OrderRefused, TotalChanged, place_shop_order
from apps.products.models import Sku
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory, StoreFactory

RULES = ShippingRules(
    fee=Decimal("8.00"),
    free_from=Decimal("99.00"),
    surcharges={"新疆维吾尔自治区": Decimal("12.50"), "香港特别行政区": None, "": Decimal("30.00")},
)


@pytest.mark.parametrize(
    ("region", "goods", "fee"),
    [
        ("浙江省/杭州市/西湖区", "98.99", "8.00"),
        ("浙江省/杭州市/西湖区", "99.00", "0.00"),
        ("新疆维吾尔自治区/乌鲁木齐市/天山区", "10.00", "20.50"),
        ("新疆维吾尔自治区/乌鲁木齐市/天山区", "99.00", "12.50"),
        ("", "10.00", "38.00"),
    ],
)
def test_fee_free_amount_and_surcharge(region, goods, fee):
    assert shipping_fee(RULES, region=region, goods=Decimal(goods)) == Decimal(fee)


def test_nothing_is_delivered_there():
    assert shipping_fee(RULES, region="香港特别行政区", goods=Decimal(100)) is None


def test_without_rules_it_is_free():
    assert ShippingRules().is_always_free
    assert shipping_fee(ShippingRules(), region="浙江省", goods=Decimal(1)) == 0


class TestSaving:
    def test_settings_and_regions_replace_what_was_there(self, merchant):
        save_shop_settings(merchant=merchant, surcharges={"西藏自治区": None}, shipping_fee="8.00")
        save_shop_settings(
            merchant=merchant,
            surcharges={"新疆维吾尔自治区": Decimal("12.50")},
            free_from=Decimal("99.00"),
        )

        rules = shipping_rules(merchant)
        assert (rules.fee, rules.free_from) == (Decimal("8.00"), Decimal("99.00"))
        assert rules.surcharges == {"新疆维吾尔自治区": Decimal("12.50")}
        assert ShopSettings.objects.get().unpaid_minutes == 30

    @pytest.mark.parametrize(
        "values",
        [
            {"shipping_fee": Decimal("-1")},
            {"shipping_fee": Decimal("0.001")},
            {"surcharges": {"浙江省": Decimal("-1")}},
            {"unpaid_minutes": 1},
            {"complete_days": 0},
        ],
    )
    def test_a_wrong_value_changes_nothing(self, merchant, values):
        with pytest.raises(ShopSettingsRefused):
            save_shop_settings(merchant=merchant, **values)

        assert not ShopSettings.objects.exists()
        assert not ShippingRegion.objects.exists()

    def test_another_merchants_rules_are_not_ours(self, merchant):
        other = MerchantFactory()
        ShopSettings.objects.with_scopes_disabled().create(merchant=other, shipping_fee=5)

        assert shipping_rules(merchant).fee == 0


class TestPlacing:
    @pytest.fixture
    def sku(self, merchant):
        save_shop_settings(
            merchant=merchant, shipping_fee=Decimal("8.00"), surcharges={"香港特别行政区": None}
        )
        return SkuFactory(price=Decimal("20.00"), stock=5)

    def place(self, merchant, sku, **changes):
        details = {
            "merchant": merchant,
            "distributor": DistributorFactory(),
            "items": {sku.pk: 2},
            "recipient_name": "Li",
            "recipient_phone": "13900000001",
            "address": "Somewhere 1",
            "region": "浙江省/杭州市/西湖区",
            "request_key": "key",
        }
        return place_shop_order(**details | changes)

    def test_shipping_is_on_the_order_and_on_no_line(self, merchant, sku):
        order = self.place(merchant, sku, expected_total=Decimal("48.00"))

        assert order.shipping_amount == Decimal("8.00")
        assert order.lines.get().paid_amount == Decimal("40.00")

    def test_another_total_than_shown_orders_nothing(self, merchant, sku):
        with pytest.raises(TotalChanged):
            self.place(merchant, sku, expected_total=Decimal("40.00"))

        assert not Order.objects.exists()
        assert Sku.objects.get().stock == 5

    def test_where_nothing_is_delivered_nothing_is_ordered(self, merchant, sku):
        with pytest.raises(OrderRefused):
            self.place(merchant, sku, region="香港特别行政区")

        assert not Order.objects.exists()

    def test_picked_up_it_ships_for_nothing_and_needs_no_address(self, merchant, sku):
        store = StoreFactory()

        order = self.place(merchant, sku, store=store, address="")

        assert (order.store, order.shipping_amount) == (store, 0)
        assert (order.region, order.recipient_address) == ("", "")

    def test_a_closed_or_foreign_store_gives_nothing_out(self, merchant, sku):
        foreign = StoreFactory(merchant=MerchantFactory())
        for store in (StoreFactory(is_active=False), foreign):
            with pytest.raises(OrderRefused):
                self.place(merchant, sku, store=store)

        assert not Order.objects.exists()

    def test_a_repeated_form_is_answered_whatever_changed_since(self, merchant, sku):
        seller = DistributorFactory()
        first = self.place(merchant, sku, distributor=seller, expected_total=Decimal("48.00"))
        save_shop_settings(merchant=merchant, shipping_fee=Decimal("9.00"))

        again = self.place(merchant, sku, distributor=seller, expected_total=Decimal("48.00"))

        assert again == first
        assert Order.objects.count() == 1
