"""Refund files: facts recorded once, never beyond what was paid."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation
from django_scopes import scope

from apps.core.csv_files import ImportRefused
from apps.orders.models import OrderLine, Refund
from apps.orders.services.importing import import_refunds
from apps.orders.services.refund_file import REFUND_COLUMNS, REFUND_OPTIONAL
from apps.orders.services.refunds import record_refund, request_refund
from tests.factories import MerchantFactory, OrderFactory, OrderLineFactory
from tests.orders.csv_text import found, rows_of

REFUND = {
    "refund_no": "R1", "order_no": "A1", "line_no": "1", "quantity": "", "amount": "10.00",
    "refunded_at": "2026-03-10T08:00:00",
}  # fmt: skip
PAID_AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def order(merchant):
    """A paid order A1 with one line: 2 × 50.00."""
    order = OrderFactory(order_no="A1", placed_at=PAID_AT)
    OrderLineFactory(order=order, quantity=2, unit_price=Decimal("50.00"))
    return order


def load(merchant, *lines):
    """Import these refunds, each given as what differs from REFUND."""
    return import_refunds(merchant=merchant, rows=rows_of(REFUND_COLUMNS, REFUND, lines))


def load_with_undoes(merchant, *lines):
    """The same with the optional column."""
    rows = rows_of(REFUND_COLUMNS, REFUND | {"undoes": ""}, lines, REFUND_OPTIONAL)
    return import_refunds(merchant=merchant, rows=rows)


def refusal(merchant, *lines):
    with pytest.raises(ImportRefused) as refused:
        load(merchant, *lines)
    return found(refused.value)


def refunded():
    return OrderLine.objects.get().refunded_amount


def test_a_refund_is_recorded_on_its_line(merchant, order):
    report = load(merchant, {"quantity": "1", "amount": "49.99"})

    assert report.outcomes == [(2, "created", "R1: A1 / 1")]
    refund = Refund.objects.get()
    assert (refund.refund_no, refund.quantity, refund.amount) == ("R1", 1, Decimal("49.99"))
    assert (refund.status, refund.order_line) == ("refunded", OrderLine.objects.get())
    assert refund.refunded_at == datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    assert refunded() == Decimal("49.99")


def test_several_refunds_of_one_line_add_up(merchant, order):
    record_refund(order_line=OrderLine.objects.get(), amount=Decimal("20.00"))

    load(merchant, {"amount": "30.00"}, {"refund_no": "R2", "amount": "50.00"})

    assert refunded() == Decimal("100.00")


def test_one_refund_may_cover_several_lines(merchant, order):
    OrderLineFactory(order=order, line_no=2, unit_price=Decimal("5.00"))

    load(merchant, {}, {"line_no": "2", "amount": "5.00"})

    amounts = OrderLine.objects.order_by("line_no").values_list("refunded_amount", flat=True)
    assert list(amounts) == [Decimal("10.00"), Decimal("5.00")]


def test_the_same_file_changes_nothing(merchant, order):
    load(merchant, {})

    assert load(merchant, {}).outcomes == [(2, "unchanged", "R1: A1 / 1")]
    assert (Refund.objects.count(), refunded()) == (1, Decimal("10.00"))


def test_the_same_file_again_after_a_full_refund(merchant, order):
    load(merchant, {"amount": "100.00", "quantity": "2"})

    report = load(merchant, {"amount": "100.00", "quantity": "2"})

    assert report.count("unchanged") == 1


BAD_ROWS = [
    ({"refund_no": ""}, "refund_no", "is empty"),
    ({"order_no": ""}, "order_no", "is empty"),
    ({"order_no": "A9"}, "order_no", "there is no order “A9”"),
    ({"line_no": ""}, "line_no", "is empty"),
    ({"line_no": "7"}, "line_no", "order “A1” has no line 7"),
    ({"quantity": "0"}, "quantity", "less than 1"),
    ({"quantity": "3"}, "quantity", "3 is more than the 2 pieces left"),
    ({"amount": ""}, "amount", "is empty"),
    ({"amount": "0"}, "amount", "is zero"),
    ({"amount": "-1"}, "amount", "is negative"),
    ({"amount": "1.005"}, "amount", "at most two decimals"),
    ({"amount": "100.01"}, "amount", "100.01 is more than the 100.00 left of 100.00 paid"),
    ({"refunded_at": ""}, "refunded_at", "is empty"),
    ({"refunded_at": "soon"}, "refunded_at", "is not a time"),
    ({"refunded_at": "2026-03-01T07:59:59"}, "refunded_at", "is earlier than the payment"),
]


@pytest.mark.parametrize(("cells", "column", "reason"), BAD_ROWS)
def test_bad_input(merchant, order, cells, column, reason):
    other = OrderFactory(order_no="OK")
    OrderLineFactory(order=other, unit_price=Decimal("50.00"))
    good = {"refund_no": "R0", "order_no": "OK", "refunded_at": "2099-01-01"}

    [(line, where, why)] = refusal(merchant, good, cells)

    assert (line, where) == (3, column)
    assert reason in why
    assert Refund.objects.count() == 0
    assert set(OrderLine.objects.values_list("refunded_amount", flat=True)) == {Decimal("0.00")}


@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_an_unpaid_order(merchant, order, status):
    order.status = status
    order.save()

    [(line, column, why)] = refusal(merchant, {})

    assert (line, column) == (2, "order_no")
    assert why == f"order “A1” is {status}: only a paid order has something to refund."


def test_earlier_rows_of_the_file_count(merchant, order):
    problems = refusal(
        merchant,
        {"amount": "60.00", "quantity": "1"},
        {"refund_no": "R2", "amount": "40.01", "quantity": "2"},
    )

    assert problems == [
        (3, "amount", "40.01 is more than the 40.00 left of 100.00 paid for the line."),
        (3, "quantity", "2 is more than the 1 pieces left of the line."),
    ]


def test_earlier_refunds_count(merchant, order):
    record_refund(order_line=OrderLine.objects.get(), amount=Decimal("99.00"), quantity=2)

    problems = refusal(merchant, {"amount": "1.01", "quantity": "1"})

    assert [each[1] for each in problems] == ["amount", "quantity"]


def test_a_number_twice_in_the_file(merchant, order):
    problems = refusal(merchant, {}, {"amount": "1.00"})

    assert problems == [(3, "refund_no", "“R1” stands on line 2 for the same order line already.")]


def test_a_number_for_two_orders(merchant, order):
    OrderLineFactory(order=OrderFactory(order_no="A2", placed_at=PAID_AT))

    problems = refusal(merchant, {}, {"order_no": "A2"})

    assert problems == [(3, "refund_no", "“R1” is used on line 2 for another order.")]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "10.01"},
        {"quantity": "1"},
        {"refunded_at": "2026-03-10T08:00:01"},
        {"line_no": "2"},
    ],
)
def test_a_known_number_with_other_content(merchant, order, change):
    OrderLineFactory(order=order, line_no=2)
    load(merchant, {})

    [(line, column, why)] = refusal(merchant, change)

    assert (line, column) == (2, "refund_no")
    assert why.startswith("“R1” is recorded with another line, quantity, amount or time")
    assert Refund.objects.count() == 1


def test_a_refusal_is_logged(merchant, order, caplog):
    load(merchant, {})
    refusal(merchant, {"amount": "10.01"}, {"refund_no": "R2", "order_no": "A9"})

    assert [each.levelname for each in caplog.records] == ["WARNING", "WARNING"]
    unknown, other_content = caplog.messages
    assert "there is no order “A9”" in unknown
    assert "“R1” is recorded with another line" in other_content


def test_a_number_that_is_only_requested(merchant, order):
    request = request_refund(order_line=OrderLine.objects.get(), amount=Decimal("10.00"))

    [(_line, column, _why)] = refusal(merchant, {"refund_no": request.refund_no})

    assert column == "refund_no"


def test_shop_orders_are_found_too(merchant, order):
    order.source = "shop"
    order.save()

    assert load(merchant, {}).count("created") == 1


def test_an_ambiguous_order_number(merchant, order):
    OrderLineFactory(order=OrderFactory(order_no="A1", source="shop"))

    [(line, column, why)] = refusal(merchant, {})

    assert (line, column) == (2, "order_no")
    assert why.startswith("there is an order “A1” from the shop and one from a file")


def test_orders_of_another_merchant_are_unknown(merchant, order):
    other = MerchantFactory()
    with scope(merchant=other):
        problems = refusal(other, {})

    assert problems == [(2, "order_no", "there is no order “A1”.")]


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow_with_the_file(merchant, count, django_assert_num_queries):
    for number in range(count):
        order = OrderFactory(order_no=f"Q{number}", placed_at=PAID_AT)
        OrderLineFactory(order=order)
    lines = [{"refund_no": f"R{n}", "order_no": f"Q{n}"} for n in range(count)]
    rows = rows_of(REFUND_COLUMNS, REFUND, lines)

    # PostgreSQL asks for the import lock, which SQLite's transaction already is.
    with django_assert_num_queries(9 if connection.vendor == "postgresql" else 8):
        import_refunds(merchant=merchant, rows=rows)


UNDO = {"refund_no": "U1", "undoes": "R1", "refunded_at": "2026-03-12"}


class TestReturnOfAReturn:
    def test_of_a_refund_recorded_before(self, merchant, order):
        load(merchant, {"quantity": "1"})

        report = load_with_undoes(merchant, UNDO)

        undo = Refund.objects.get(refund_no="U1")
        assert report.outcomes == [(2, "created", "U1: A1 / 1")]
        assert (undo.amount, undo.quantity, undo.undoes.refund_no) == (Decimal("-10.00"), 1, "R1")
        assert refunded() == Decimal("0.00")

    def test_of_a_refund_in_the_same_file_in_any_order_and_again(self, merchant, order):
        again = {"refund_no": "R2", "amount": "100.00", "refunded_at": "2026-03-12T00:00:01"}
        lines = [again, UNDO, {}]

        assert load_with_undoes(merchant, *lines).count("created") == 3
        assert load_with_undoes(merchant, *lines).count("unchanged") == 3
        assert refunded() == Decimal("100.00")
        assert Refund.objects.get(refund_no="U1").undoes.refund_no == "R1"

    @pytest.mark.parametrize(
        ("change", "column", "reason"),
        [
            ({"undoes": "R9"}, "undoes", "there is no refund “R9” of this line"),
            ({"undoes": "U1"}, "undoes", "there is no refund “U1” of this line"),
            ({"amount": "9.99"}, "amount", "“R1” is undone whole"),
            ({"quantity": "2"}, "amount", "“R1” is undone whole"),
            ({"refunded_at": "2026-03-09"}, "refunded_at", "is earlier than the refund “R1”"),
            ({"undoes": "R0"}, "undoes", "“R0” was already undone by “U0”"),
            ({"undoes": "U0"}, "undoes", "“U0” is itself the return of a return"),
            ({"refund_no": "U0"}, "refund_no", "“U0” is recorded with another line"),
        ],
    )
    def test_bad_input(self, merchant, order, change, column, reason):
        load_with_undoes(
            merchant, {"quantity": "1"}, {"refund_no": "R0"},
            UNDO | {"refund_no": "U0", "undoes": "R0"},
        )  # fmt: skip

        with pytest.raises(ImportRefused) as refused:
            load_with_undoes(merchant, UNDO | change)

        [(line, where, why)] = found(refused.value)
        assert (line, where) == (2, column)
        assert reason in why
        assert (Refund.objects.count(), refunded()) == (3, Decimal("10.00"))

    def test_twice_in_one_file(self, merchant, order):
        with pytest.raises(ImportRefused) as refused:
            load_with_undoes(merchant, {}, UNDO, UNDO | {"refund_no": "U2"})

        assert found(refused.value) == [(4, "undoes", "“R1” was already undone by “U1”.")]

    def test_a_refund_only_asked_for(self, merchant, order):
        asked = request_refund(order_line=OrderLine.objects.get(), amount=Decimal("10.00"))

        with pytest.raises(ImportRefused) as refused:
            load_with_undoes(merchant, UNDO | {"undoes": asked.refund_no})

        assert "has not been given back" in found(refused.value)[0][2]

    def test_an_order_cancelled_after_payment(self, merchant, order):
        load(merchant, {})
        order.status = "closed"
        order.save()

        with pytest.raises(ImportRefused) as refused:
            load_with_undoes(merchant, UNDO)

        assert "was cancelled after payment" in found(refused.value)[0][2]

    def test_a_late_refund_leaves_room_for_the_one_undone_since(self, merchant, order):
        load_with_undoes(merchant, {"amount": "60.00"}, UNDO | {"amount": "60.00"})
        late = {"refund_no": "R2", "refunded_at": "2026-03-11", "amount": "40.01"}

        assert refusal(merchant, late) == [
            (2, "amount", "40.01 is more than the 40.00 left of 100.00 paid for the line.")
        ]
        load(merchant, late | {"amount": "40.00"})
        assert refunded() == Decimal("40.00")

    def test_another_merchants_refund_is_unknown(self, merchant, order):
        load(merchant, {})
        other = MerchantFactory()
        with scope(merchant=other):
            OrderLineFactory(order=OrderFactory(order_no="A1", placed_at=PAID_AT))
            with pytest.raises(ImportRefused) as refused:
                load_with_undoes(other, UNDO)

        assert found(refused.value) == [(2, "undoes", "there is no refund “R1” of this line.")]
