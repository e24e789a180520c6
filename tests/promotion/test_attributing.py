"""Attribution: who earned an order, with the upline as it stood when it was paid."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_scopes import scope

from apps.distributors.models import Distributor, DistributorEvent
from apps.orders.services.claiming import claim_orders, set_stage
from apps.promotion.models import Attribution
from apps.promotion.services import attribute_orders
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
)

PAID_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
LATER = PAID_AT + timedelta(days=30)
HOUR = timedelta(hours=1)


def attribute(merchant, *, self_purchase=False, as_of=LATER, limit=1000):
    """What a stage does with the next orders; `self_purchase`: the policy, or one by moment."""
    policy = self_purchase if callable(self_purchase) else lambda moment: self_purchase
    with transaction.atomic():
        orders = claim_orders(merchant=merchant, stage=0, as_of=as_of, limit=limit)
        attributed = attribute_orders(merchant=merchant, orders=orders, self_purchase_at=policy)
        set_stage(orders=list(attributed), stage=1)
    return len(attributed)


def chain_of(order):
    """The chain as (code, level, status)."""
    chain = Attribution.objects.get(order=order).chain
    return [(each["code"], each["level"], each["status"]) for each in chain]


def outcome(order):
    """(how, whose, codes of the chain)."""
    attribution = Attribution.objects.get(order=order)
    code = attribution.distributor.code if attribution.distributor else None
    return attribution.method, code, [each["code"] for each in attribution.chain]


def order_of(distributor, customer=None, **values):
    values.setdefault("placed_at", PAID_AT)
    if customer is not None:
        values["customer"] = CustomerFactory(identifier=customer)
    return OrderFactory(distributor=distributor, **values)


def changed(distributor, field, old, new, at):
    """An event, with the row brought to where the event leaves it."""
    DistributorEvent.objects.create(
        merchant=distributor.merchant, distributor=distributor, field=field, old_value=old,
        new_value=new, effective_at=at,
    )  # fmt: skip


def now(distributor, **values):
    Distributor.objects.filter(pk=distributor.pk).update(**values)


@pytest.fixture
def line(merchant):
    """A ← B ← C ← D ← E, everybody active, gold only for C."""
    people = {}
    parent = None
    for code in "ABCDE":
        level = LevelFactory(code="gold") if code == "C" else None
        phone = f"+861380000000{ord(code) - 64}"
        parent = DistributorFactory(code=code, parent=parent, level=level, phone=phone)
        people[code] = parent
    return people


class TestChain:
    def test_three_active_people_from_the_distributor_up(self, merchant, line):
        order = order_of(line["D"])

        assert attribute(merchant) == 1
        assert outcome(order) == ("order", "D", ["D", "C", "B"])
        assert Attribution.objects.get().chain[1] == {
            "id": line["C"].pk,
            "code": "C",
            "name": line["C"].name,
            "level": "gold",
            "status": "active",
        }

    def test_shorter_where_the_tree_ends(self, merchant, line):
        order = order_of(line["B"])
        attribute(merchant)

        assert outcome(order) == ("order", "B", ["B", "A"])

    def test_inactive_people_stay_listed_and_do_not_count(self, merchant, line):
        now(line["D"], status="suspended")
        now(line["C"], status="terminated")
        order = order_of(line["E"])
        attribute(merchant)

        assert chain_of(order) == [
            ("E", None, "active"), ("D", None, "suspended"), ("C", "gold", "terminated"),
            ("B", None, "active"), ("A", None, "active"),
        ]  # fmt: skip

    def test_an_order_without_a_distributor(self, merchant, line):
        order = order_of(None, customer="+8613800000004")
        attribute(merchant)

        assert outcome(order) == ("none", None, [])


class TestAsOfPayment:
    def test_later_changes_are_rolled_back(self, merchant, line):
        silver = LevelFactory(code="silver")
        changed(line["D"], "level", "", "silver", PAID_AT + HOUR)
        changed(line["D"], "status", "active", "suspended", PAID_AT + 2 * HOUR)
        changed(line["D"], "parent", "C", "A", PAID_AT + 3 * HOUR)
        now(line["D"], level=silver, status="suspended", parent=line["A"])
        before, after = order_of(line["D"]), order_of(line["D"], placed_at=LATER)
        attribute(merchant)

        assert chain_of(before) == [
            ("D", None, "active"),
            ("C", "gold", "active"),
            ("B", None, "active"),
        ]
        assert chain_of(after) == [("D", "silver", "suspended"), ("A", None, "active")]

    def test_the_earliest_later_event_counts(self, merchant, line):
        changed(line["C"], "level", "gold", "x", PAID_AT - HOUR)
        changed(line["C"], "level", "bronze", "silver", PAID_AT + HOUR)
        changed(line["C"], "level", "silver", "gold", PAID_AT + 2 * HOUR)
        order = order_of(line["C"])
        attribute(merchant)

        assert chain_of(order)[0] == ("C", "bronze", "active")

    def test_a_change_at_the_moment_of_payment_has_happened(self, merchant, line):
        changed(line["C"], "status", "active", "suspended", PAID_AT)
        now(line["C"], status="suspended")
        order, earlier = order_of(line["C"]), order_of(line["C"], placed_at=PAID_AT - HOUR)
        attribute(merchant)

        assert chain_of(order)[0] == ("C", "gold", "suspended")
        assert chain_of(earlier)[0] == ("C", "gold", "active")

    def test_somebody_who_was_at_the_top(self, merchant, line):
        changed(line["D"], "parent", "", "C", PAID_AT + HOUR)
        order = order_of(line["D"])
        attribute(merchant)

        assert outcome(order) == ("order", "D", ["D"])

    def test_a_history_that_goes_in_circles_ends(self, merchant, line):
        now(line["B"], status="suspended")
        now(line["A"], status="suspended")
        changed(line["A"], "parent", "B", "", PAID_AT + HOUR)
        order = order_of(line["B"])
        attribute(merchant)

        assert outcome(order) == ("order", "B", ["B", "A"])


class TestSelfPurchase:
    @pytest.mark.parametrize("customer", ["+8613800000004", "D"])
    def test_off_gives_it_to_the_parent(self, merchant, line, customer):
        order = order_of(line["D"], customer)
        attribute(merchant)

        assert outcome(order) == ("self_to_parent", "C", ["C", "B", "A"])

    def test_off_gives_it_to_nobody_at_the_top(self, merchant, line):
        order = order_of(line["A"], "A")
        attribute(merchant)

        assert outcome(order) == ("none", None, [])

    def test_off_means_the_parent_of_that_time(self, merchant, line):
        changed(line["D"], "parent", "B", "C", PAID_AT + HOUR)
        order = order_of(line["D"], "D")
        attribute(merchant)

        assert outcome(order) == ("self_to_parent", "B", ["B", "A"])

    @pytest.mark.parametrize("customer", ["+8613800000004", "D"])
    def test_on_gives_it_to_the_buyer(self, merchant, line, customer):
        order = order_of(line["D"], customer)
        attribute(merchant, self_purchase=True)

        assert outcome(order) == ("self_purchase", "D", ["D", "C", "B"])

    def test_a_code_that_looks_like_a_phone_is_recognised(self, merchant):
        seller = DistributorFactory(code="13912345678", phone=None)
        order = order_of(seller, "+8613912345678")
        attribute(merchant, self_purchase=True)

        assert outcome(order)[0] == "self_purchase"

    def test_another_distributor_buying_changes_nothing(self, merchant, line):
        order = order_of(line["D"], "A")
        attribute(merchant)

        assert outcome(order) == ("order", "D", ["D", "C", "B"])

    def test_the_policy_is_asked_about_the_time_of_payment(self, merchant, line):
        early, late = order_of(line["D"], "D"), order_of(line["D"], "d2", placed_at=LATER)
        late.customer = early.customer
        late.save()
        attribute(merchant, self_purchase=lambda moment: moment == LATER)

        assert (outcome(early)[0], outcome(late)[0]) == ("self_to_parent", "self_purchase")

    def test_undecided_ones_wait_and_hold_nobody_up(self, merchant, line):
        waiting = [
            order_of(line["D"], customer, placed_at=PAID_AT - HOUR)
            for customer in ("D", "+8613800000004")
        ]
        behind = order_of(line["D"])

        assert attribute(merchant, self_purchase=None) == 1
        assert attribute(merchant, self_purchase=None) == 0
        assert outcome(behind)[0] == "order"
        assert not Attribution.objects.filter(order__in=waiting).exists()

        assert attribute(merchant, self_purchase=False) == 2


class TestWhich:
    @pytest.mark.parametrize(("status", "written"), [
        ("pending", 0), ("paid", 1), ("shipped", 1), ("completed", 1), ("cancelled", 0),
    ])  # fmt: skip
    def test_paid_orders_that_stand(self, merchant, line, status, written):
        order_of(line["D"], status=status, completed_at=PAID_AT if status == "completed" else None)

        assert attribute(merchant) == written

    def test_what_is_paid_later_has_not_happened(self, merchant, line):
        order_of(line["D"])

        assert attribute(merchant, as_of=PAID_AT - timedelta(microseconds=1)) == 0
        assert attribute(merchant, as_of=PAID_AT) == 1

    def test_oldest_payment_first_then_nothing_is_left(self, merchant, line):
        late = order_of(line["D"], placed_at=PAID_AT + HOUR)
        early = [order_of(line["D"]) for _ in range(2)]

        assert attribute(merchant, limit=2) == 2
        assert set(Attribution.objects.values_list("order", flat=True)) == {
            each.pk for each in early
        }
        assert attribute(merchant, limit=2) == 1
        assert attribute(merchant, limit=2) == 0
        assert outcome(late)[0] == "order"

    def test_written_once_and_never_again(self, merchant, line):
        order = order_of(line["D"])
        attribute(merchant)
        now(line["D"], status="terminated")

        assert attribute(merchant) == 0
        assert chain_of(order)[0] == ("D", None, "active")

    def test_the_orders_of_another_merchant_are_left_alone(self, merchant, line):
        order_of(line["D"])
        other = MerchantFactory()

        with scope(merchant=other):
            assert attribute(other) == 0
        assert attribute(merchant) == 1


@pytest.mark.parametrize("count", [1, 50])
def test_queries_do_not_grow_with_the_orders(merchant, count, django_assert_num_queries):
    for _number in range(count):
        upline = None
        for _depth in range(4):
            upline = DistributorFactory(parent=upline)
        order_of(upline)

    # Savepoint and release; the orders; the people with those above them; what happened to them
    # since (they joined later here); the rows; the mark on the orders.
    with django_assert_num_queries(7):
        assert attribute(merchant) == count
