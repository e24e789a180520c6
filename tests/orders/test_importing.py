"""Order files: what they become, what they may change later, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation
from django_scopes import scope

from apps.core.csv_files import ImportRefused
from apps.distributors.models import Customer
from apps.orders.models import Order, OrderLine
from apps.orders.services.importing import import_orders
from apps.orders.services.order_file import ORDER_COLUMNS, ORDER_OPTIONAL
from apps.products.models import Category
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    ProductFactory,
    SkuFactory,
    StoreFactory,
)
from tests.orders.csv_text import found, rows_of

FIRST = {
    "order_no": "A1", "line_no": "1", "sku": "T-1", "quantity": "2", "unit_price": "30.00",
    "discount": "5.50", "shipping": "8", "distributor_code": "D1", "customer": "138 0000 0001",
    "region": "浙江省/杭州市", "paid_at": "2026-03-01T09:00:00", "status": "paid",
}  # fmt: skip
ORDER_VALUES = ("shipping", "distributor_code", "customer", "region", "paid_at", "completed_at")
SECOND = dict.fromkeys((*ORDER_VALUES, "status"), "") | {
    "line_no": "2",
    "sku": "T-2",
    "quantity": "1",
    "unit_price": "9.99",
    "discount": "",
}
COMPLETED = {"completed_at": "2026-03-05T09:00:00", "status": "completed"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def shelf(merchant):
    """Two SKUs and a distributor; the first SKU in 茶/普洱."""
    tea = Category.objects.create(merchant=merchant, name="茶")
    puer = Category.objects.create(merchant=merchant, name="普洱", parent=tea)
    product = ProductFactory(name="Pu'er", category=puer)
    SkuFactory(code="T-1", price=Decimal("33.00"), cost=Decimal("12.34"), product=product, stock=5)
    SkuFactory(code="T-2")
    DistributorFactory(code="D1")
    return merchant


def load(merchant, *lines):
    """Import these lines, each given as what differs from FIRST."""
    return import_orders(merchant=merchant, rows=rows_of(ORDER_COLUMNS, FIRST, lines))


def refusal(merchant, *lines):
    with pytest.raises(ImportRefused) as refused:
        load(merchant, *lines)
    return found(refused.value)


class TestNewOrder:
    def test_order_and_lines_hold_what_the_file_says(self, shelf):
        report = load(shelf, {}, SECOND)

        assert report.outcomes == [(2, "created", "A1 / 1"), (3, "created", "A1 / 2")]
        order = Order.objects.get()
        assert (order.source, order.order_no, order.status) == ("csv", "A1", "paid")
        assert order.customer.identifier == "+8613800000001"
        assert order.distributor.code == "D1"
        assert (order.region, order.shipping_amount) == ("浙江省/杭州市", Decimal("8.00"))
        assert order.paid_at == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
        assert (order.placed_at, order.completed_at) == (order.paid_at, None)
        first, second = order.lines.order_by("line_no")
        assert (first.sku.code, first.quantity, first.title) == ("T-1", 2, "Pu'er")
        assert first.category_path == "茶/普洱"
        assert (first.unit_price, first.discount) == (Decimal("30.00"), Decimal("5.50"))
        assert (first.list_price, first.unit_cost) == (Decimal("33.00"), Decimal("12.34"))
        assert (first.paid_amount, first.refunded_amount) == (Decimal("54.50"), Decimal("0.00"))
        assert (second.paid_amount, second.category_path) == (Decimal("9.99"), "")

    def test_stock_is_not_touched(self, shelf):
        load(shelf, {"quantity": "100"})

        assert OrderLine.objects.get().sku.stock == 5

    def test_a_customer_is_made_once(self, shelf):
        load(
            shelf,
            {},
            {"order_no": "A2", "customer": "+8613800000001"},
            {"order_no": "A3", "customer": "tb-8823107"},
            {"order_no": "A4", "customer": "tb-8823107"},
        )

        identifiers = Customer.objects.order_by("pk").values_list("identifier", flat=True)
        assert list(identifiers) == ["+8613800000001", "tb-8823107"]

    def test_repeated_order_values_may_be_spelled_differently(self, shelf):
        again = {"customer": "+86 13800000001", "shipping": "8.00"}
        again["paid_at"] = "2026-03-01T01:00:00Z"

        assert load(shelf, {}, SECOND | again).count("created") == 2

    def test_an_order_may_have_no_distributor_and_every_status(self, shelf):
        load(
            shelf,
            {"order_no": "P", "distributor_code": "", "status": "pending", "paid_at": ""},
            {"order_no": "C", "status": "cancelled"},
            {"order_no": "S", "status": "shipped"},
            {"order_no": "D"} | COMPLETED,
        )

        rows = Order.objects.order_by("pk").values_list("order_no", "status", "distributor__code")
        assert list(rows) == [
            ("P", "pending", None),
            ("C", "cancelled", "D1"),
            ("S", "shipped", "D1"),
            ("D", "completed", "D1"),
        ]


class TestSecondImport:
    def test_the_same_file_changes_nothing(self, shelf):
        load(shelf, {}, SECOND)

        report = load(shelf, {}, SECOND)

        assert report.outcomes == [(2, "unchanged", "A1 / 1"), (3, "unchanged", "A1 / 2")]
        assert (Order.objects.count(), OrderLine.objects.count()) == (1, 2)

    def test_an_order_moves_forward(self, shelf):
        load(shelf, {"status": "pending", "paid_at": ""}, SECOND)

        assert load(shelf, {"status": "shipped"}, SECOND).count("updated") == 2
        assert load(shelf, COMPLETED, SECOND).count("updated") == 2
        order = Order.objects.get()
        assert order.status == "completed"
        assert order.paid_at == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
        assert order.completed_at == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)

    def test_a_pending_order_may_be_cancelled(self, shelf):
        load(shelf, {"status": "pending", "paid_at": ""})

        assert load(shelf, {"status": "cancelled", "paid_at": ""}).count("updated") == 1
        order = Order.objects.get()
        assert order.status == "cancelled"
        assert order.cancelled_at is not None

    def test_a_later_price_list_is_no_difference(self, shelf):
        load(shelf, {})
        line = OrderLine.objects.get()
        line.sku.price = Decimal("99.00")
        line.sku.save()

        assert load(shelf, {}).count("unchanged") == 1
        assert OrderLine.objects.get().list_price == Decimal("33.00")

    @pytest.mark.parametrize(
        ("change", "column", "reason"),
        [
            ({"customer": "13800000009"}, "customer", "is not what order A1 was imported with"),
            ({"distributor_code": ""}, "distributor_code", "is not what order A1"),
            ({"region": "北京市"}, "region", "is not what order A1"),
            ({"shipping": "8.01"}, "shipping", "is not what order A1"),
            ({"sku": "T-2"}, "sku", "is not what order A1"),
            ({"quantity": "3"}, "quantity", "record a refund"),
            ({"unit_price": "30.01"}, "unit_price", "is not what order A1"),
            ({"discount": "5.51"}, "discount", "is not what order A1"),
            ({"status": "pending", "paid_at": ""}, "status", "is already paid and does not go"),
            ({"status": "cancelled"}, "status", "cannot be cancelled: record refunds instead"),
            ({"paid_at": "2026-03-01T09:00:01"}, "paid_at", "what happened does not change"),
        ],
    )  # fmt: skip
    def test_anything_else_is_refused(self, shelf, change, column, reason, caplog):
        load(shelf, {})
        before = Order.objects.values().get(), OrderLine.objects.values().get()

        [(line, where, why)] = refusal(shelf, {"order_no": "NEW"}, change)

        assert (line, where) == (3, column)
        assert reason in why
        assert (Order.objects.values().get(), OrderLine.objects.values().get()) == before
        assert "order A1 came again with another content" in caplog.messages[0]

    def test_an_order_neither_grows_nor_shrinks(self, shelf):
        load(shelf, {})
        load(shelf, {"order_no": "A2"}, SECOND | {"order_no": "A2"})

        problems = refusal(shelf, {}, SECOND, {"order_no": "A2"})

        assert [each[:2] for each in problems] == [(3, "line_no"), (4, "line_no")]
        assert "was imported without a line 2" in problems[0][2]
        assert "was imported with line 2, missing here" in problems[1][2]

    def test_a_cancelled_order_stays_cancelled(self, shelf):
        load(shelf, {"status": "cancelled", "paid_at": ""})

        [(line, column, why)] = refusal(shelf, {"status": "paid"})

        assert (line, column, why) == (2, "status", "order A1 is cancelled for good.")

    def test_a_completion_time_does_not_change(self, shelf):
        load(shelf, COMPLETED)

        [(line, column, why)] = refusal(shelf, COMPLETED | {"completed_at": "2026-03-06"})

        assert (line, column) == (2, "completed_at")
        assert why.startswith("order A1 has 2026-03-05T09:00:00+08:00 here")


# What differs from FIRST on line 2 of the file, and the one problem it makes.
BAD_CELLS = [
    ({"order_no": ""}, "order_no", "is empty"),
    ({"order_no": "A" * 65}, "order_no", "longer than 64"),
    ({"line_no": ""}, "line_no", "is empty"),
    ({"line_no": "0"}, "line_no", "less than 1"),
    ({"line_no": "1.5"}, "line_no", "not a whole number"),
    ({"sku": ""}, "sku", "is empty"),
    ({"sku": "T-9"}, "sku", "there is no SKU “T-9”"),
    ({"quantity": ""}, "quantity", "is empty"),
    ({"quantity": "0"}, "quantity", "less than 1"),
    ({"quantity": "-1"}, "quantity", "less than 1"),
    ({"quantity": "999999999", "unit_price": "99999999"}, "quantity", "too large"),
    ({"unit_price": ""}, "unit_price", "is empty"),
    ({"unit_price": "-1"}, "unit_price", "is negative"),
    ({"unit_price": "1.001"}, "unit_price", "at most two decimals"),
    ({"unit_price": "12元"}, "unit_price", "at most two decimals"),
    ({"discount": "60.01"}, "discount", "60.01 is more than unit_price × quantity = 60.00"),
    ({"discount": "-0.01"}, "discount", "is negative"),
    ({"shipping": "-1"}, "shipping", "is negative"),
    ({"shipping": "0.001"}, "shipping", "at most two decimals"),
    ({"distributor_code": "D9"}, "distributor_code", "there is no distributor “D9”"),
    ({"customer": ""}, "customer", "is empty"),
    ({"customer": "x" * 81}, "customer", "longer than 80"),
    ({"region": "x" * 81}, "region", "longer than 80"),
    ({"paid_at": ""}, "paid_at", "with status paid needs it"),
    ({"paid_at": "1.3.2026"}, "paid_at", "is not a time"),
    ({"paid_at": "0001-01-01"}, "paid_at", "is not a time"),
    ({"status": "shipped", "paid_at": ""}, "paid_at", "with status shipped needs it"),
    ({"status": "completed"}, "completed_at", "with status completed needs it"),
    ({"completed_at": "2026-03-05"}, "completed_at", "must be empty while the status is paid"),
    (COMPLETED | {"completed_at": "2026-02-28"}, "completed_at", "is earlier than paid_at"),
    ({"status": "pending"}, "paid_at", "must be empty while the order is pending"),
    (
        {"status": "cancelled", "completed_at": "2026-03-05"}, "completed_at",
        "must be empty while the status is cancelled",
    ),
    ({"status": ""}, "status", "is empty"),
    ({"status": "done"}, "status", "“done” is not one of"),
]  # fmt: skip


class TestBadInput:
    @pytest.mark.parametrize(("cells", "column", "reason"), BAD_CELLS)
    def test_names_line_column_and_reason(self, shelf, cells, column, reason):
        [(line, where, why)] = refusal(shelf, {"order_no": "OK"}, cells)

        assert (line, where) == (3, column)
        assert reason in why
        assert (Order.objects.count(), Customer.objects.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("shipping", "9"), ("distributor_code", "D2"), ("customer", "13800000002"),
            ("region", "北京市"), ("paid_at", "2026-03-02"), ("completed_at", "2026-03-09"),
            ("status", "shipped"),
        ],
    )  # fmt: skip
    def test_a_contradiction_within_an_order(self, shelf, column, value):
        [(line, where, why)] = refusal(shelf, {}, {"order_no": "B"}, SECOND | {column: value})

        assert (line, where) == (4, column)
        assert why.startswith(f"“{value}” is not what line 2 says, where order A1 begins")
        assert Order.objects.count() == 0

    def test_a_line_number_twice(self, shelf):
        problems = refusal(shelf, {}, SECOND | {"line_no": "1"})

        assert problems == [(3, "line_no", "order A1 has a line 1 on line 2 of the file already.")]

    def test_all_problems_at_once_in_file_order(self, shelf):
        problems = refusal(
            shelf,
            {"quantity": "x"},
            {"order_no": "B", "sku": "NO"},
            {"order_no": "C", "status": "?"},
        )

        assert [each[:2] for each in problems] == [(2, "quantity"), (3, "sku"), (4, "status")]

    def test_codes_of_another_merchant_are_unknown(self, shelf):
        other = MerchantFactory()
        SkuFactory(merchant=other, code="T-OTHER")
        DistributorFactory(merchant=other, code="D-OTHER")

        problems = refusal(shelf, {"sku": "T-OTHER", "distributor_code": "D-OTHER"})

        assert [each[1:] for each in problems] == [
            ("distributor_code", "there is no distributor “D-OTHER”."),
            ("sku", "there is no SKU “T-OTHER”."),
        ]


def test_another_merchants_order_number_is_free(shelf):
    load(shelf, {})
    other = MerchantFactory()
    with scope(merchant=other):
        SkuFactory(code="T-1")
        DistributorFactory(code="D1")

        assert load(other, {}).count("created") == 1
        assert Order.objects.count() == 1


@pytest.mark.parametrize("count", [1, 35])
def test_queries_do_not_grow_with_the_file(shelf, count, django_assert_num_queries):
    rows = rows_of(ORDER_COLUMNS, FIRST, [{"order_no": f"Q{n}"} for n in range(count)])

    # PostgreSQL asks for the import lock, which SQLite's transaction already is.
    with django_assert_num_queries(13 if connection.vendor == "postgresql" else 12):
        import_orders(merchant=shelf, rows=rows)


class TestStore:
    """`store` is a column that a file may leave out."""

    def load(self, merchant, *lines):
        rows = rows_of(ORDER_COLUMNS, FIRST | {"store": ""}, lines, ORDER_OPTIONAL)
        return import_orders(merchant=merchant, rows=rows)

    def test_an_order_keeps_the_store_it_was_picked_up_at(self, shelf):
        store = StoreFactory(code="S1")
        self.load(shelf, {"store": "S1"}, SECOND)
        assert Order.objects.get().store == store
        # A file without the column says nothing about it.
        assert load(shelf, {}, SECOND).count("unchanged") == 2
        assert Order.objects.get().store == store

    def test_another_merchants_store_is_unknown(self, shelf):
        StoreFactory(merchant=MerchantFactory(), code="S1")
        with pytest.raises(ImportRefused) as refused:
            self.load(shelf, {"store": "S1"})
        assert found(refused.value) == [(2, "store", "there is no store “S1”.")]
        assert not Order.objects.exists()

    def test_the_store_of_an_order_is_never_rewritten(self, shelf):
        StoreFactory(code="S1")
        StoreFactory(code="S2")
        self.load(shelf, {"store": "S1"})
        for other in ("S2", ""):
            with pytest.raises(ImportRefused) as refused:
                self.load(shelf, {"store": other})
            assert [each[:2] for each in found(refused.value)] == [(2, "store")]
        assert Order.objects.get().store.code == "S1"
