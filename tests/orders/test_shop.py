"""Orders from a shop: server-side prices, honest stock, one order per form."""

import re
from decimal import Decimal

import pytest
from django_scopes import scope

from apps.distributors.models import Customer
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.services.shop import MAX_QUANTITY, OrderRefused, place_shop_order
from tests.factories import CustomerFactory, DistributorFactory, MerchantFactory, SkuFactory

CONTACT = {
    "recipient_name": " 王芳 ", "recipient_phone": "138 0000 0001", "address": "西湖区 1 号",
    "region": "浙江省/杭州市", "note": "", "request_key": "key-1",
}  # fmt: skip


@pytest.fixture
def seller(merchant):
    return DistributorFactory()


@pytest.fixture
def sku(merchant):
    return SkuFactory(price=Decimal("19.90"), cost=Decimal("8.00"), stock=5)


def place(seller, items, **changes):
    return place_shop_order(
        merchant=seller.merchant, distributor=seller, items=items, **(CONTACT | changes)
    )


def stock(sku):
    sku.refresh_from_db()
    return sku.stock


class TestPlaced:
    def test_the_order_is_the_distributors_and_waits_for_payment(self, seller, sku):
        other = SkuFactory(price=Decimal("5.00"))

        order = place(seller, {other.pk: 1, sku.pk: 3})

        order.refresh_from_db()
        assert (order.source, order.status, order.paid_at) == ("shop", "pending", None)
        assert order.distributor == seller
        assert order.customer.identifier == order.recipient_phone == "+8613800000001"
        assert (order.recipient_name, order.recipient_address) == ("王芳", "西湖区 1 号")
        lines = order.lines.order_by("line_no")
        assert [(each.line_no, each.sku, each.quantity) for each in lines] == [
            (1, sku, 3),
            (2, other, 1),
        ]
        first = lines[0]
        assert (first.unit_price, first.list_price, first.unit_cost, first.paid_amount) == (
            Decimal("19.90"),
            Decimal("19.90"),
            Decimal("8.00"),
            Decimal("59.70"),
        )
        assert order_total(order) == Decimal("64.70")
        assert stock(sku) == 2

    def test_order_numbers_cannot_be_guessed(self, seller, sku):
        numbers = {place(seller, {sku.pk: 1}, request_key=f"k{n}").order_no for n in range(4)}

        assert len(numbers) == 4
        # Ten characters of 29: 48 bits.
        assert all(re.fullmatch(r"\d{6}[2-9A-HJ-KM-NP-Z]{10}", number) for number in numbers)

    def test_a_known_customer_is_recognised(self, seller, sku):
        known = CustomerFactory(identifier="+8613800000001", name="老王")

        assert place(seller, {sku.pk: 1}).customer == known
        assert Customer.objects.get().name == "老王"

    def test_the_whole_stock_can_be_bought(self, seller, sku):
        place(seller, {sku.pk: 5})

        assert stock(sku) == 0


class TestSentTwice:
    def test_the_same_key_returns_the_same_order(self, seller, sku):
        first = place(seller, {sku.pk: 2})

        assert place(seller, {sku.pk: 2}) == first
        assert (Order.objects.count(), stock(sku)) == (1, 3)

    def test_even_when_nothing_is_left(self, seller, sku):
        first = place(seller, {sku.pk: 5})

        assert place(seller, {sku.pk: 5}) == first

    def test_a_key_is_no_way_to_somebody_elses_order(self, seller, sku):
        place(seller, {sku.pk: 1})

        with pytest.raises(OrderRefused):
            place(seller, {sku.pk: 1}, recipient_phone="13800000002")
        with pytest.raises(OrderRefused):
            place(DistributorFactory(), {sku.pk: 1})

    def test_another_merchant_may_use_the_same_key(self, seller, sku):
        place(seller, {sku.pk: 1})
        other = MerchantFactory()

        with scope(merchant=other):
            order = place(DistributorFactory(), {SkuFactory().pk: 1})
            assert Order.objects.get() == order


class TestRefused:
    @pytest.fixture(autouse=True)
    def _nothing_changes(self, seller, sku):
        yield
        assert (Order.objects.count(), Customer.objects.count(), stock(sku)) == (0, 0, 5)

    @pytest.mark.parametrize("quantity", [6, 0, -1, MAX_QUANTITY + 1])
    def test_a_quantity_that_cannot_be_had(self, seller, sku, quantity):
        with pytest.raises(OrderRefused):
            place(seller, {sku.pk: quantity})

    def test_one_line_short_of_stock_undoes_the_others(self, seller, sku):
        scarce = SkuFactory(stock=0)

        with pytest.raises(OrderRefused, match=scarce.product.name):
            place(seller, {sku.pk: 1, scarce.pk: 1})

    def test_nothing_chosen(self, seller):
        with pytest.raises(OrderRefused):
            place(seller, {})

    def test_too_many_kinds(self, seller):
        with pytest.raises(OrderRefused):
            place(seller, dict.fromkeys(range(1, 52), 1))

    def test_an_unlisted_product(self, seller):
        with pytest.raises(OrderRefused):
            place(seller, {SkuFactory(product__is_listed=False).pk: 1})

    def test_another_merchants_goods(self, seller, sku):
        foreign = SkuFactory(merchant=MerchantFactory())

        with pytest.raises(OrderRefused):
            place(seller, {sku.pk: 1, foreign.pk: 1})

    def test_another_merchants_distributor(self, merchant, sku):
        foreign = DistributorFactory(merchant=MerchantFactory())

        with pytest.raises(OrderRefused):
            place_shop_order(merchant=merchant, distributor=foreign, items={sku.pk: 1}, **CONTACT)

    @pytest.mark.parametrize("status", ["suspended", "terminated"])
    def test_a_distributor_who_is_not_active(self, sku, status):
        with pytest.raises(OrderRefused):
            place(DistributorFactory(status=status), {sku.pk: 1})

    def test_a_merchant_who_is_not_active(self, merchant, seller, sku):
        merchant.is_active = False
        merchant.save()

        with pytest.raises(OrderRefused):
            place(seller, {sku.pk: 1})

    @pytest.mark.parametrize(
        "change",
        [
            {"recipient_phone": "wx-123"}, {"recipient_name": " "}, {"address": ""},
            {"recipient_name": "x" * 81}, {"address": "x" * 201}, {"region": "x" * 81},
            {"note": "x" * 201}, {"note": "\x00"}, {"request_key": ""}, {"request_key": "x" * 65},
        ],
    )  # fmt: skip
    def test_contact_details_that_cannot_be_used(self, seller, sku, change):
        with pytest.raises(OrderRefused):
            place(seller, {sku.pk: 1}, **change)
