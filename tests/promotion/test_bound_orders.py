"""Orders of files that name nobody, whose customer is bound."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.services.booking import book_orders
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.distributors.models import Binding, BindingPolicy
from apps.insights.selectors.reconcile import reconcile
from apps.orders.models import Order
from apps.promotion.models import Attribution
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
)

PAID = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
START = PAID - timedelta(days=9)
INSTANT = timedelta(microseconds=1)
PLAN = {
    "name": "P",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}],
}


@pytest.fixture(autouse=True)
def _plan(merchant):
    draft = draft_plan(merchant=merchant, content=PLAN)
    activate_plan(plan=draft, effective_from=START, acknowledged_by="x")


@pytest.fixture
def seller(merchant):
    return DistributorFactory(parent=DistributorFactory(joined_at=START), joined_at=START)


def set_policy(merchant, covers_files=True, version=1, effective_from=START):
    return BindingPolicy.objects.create(
        merchant=merchant, version=version, effective_from=effective_from, rule="first_touch",
        covers_files=covers_files,
    )  # fmt: skip


def bind(seller, starts_at=START, **values):
    return Binding.objects.create(
        merchant=seller.merchant, customer=CustomerFactory(), distributor=seller, way="operator",
        starts_at=starts_at, **values,
    )  # fmt: skip


def order_of(binding, paid_at=PAID, **values):
    order = OrderFactory(customer=binding.customer, placed_at=paid_at, **values)
    OrderLineFactory(order=order)
    return order


def book(merchant):
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        book_orders(
            merchant=merchant, as_of=PAID + timedelta(days=9), stage=Order.Stage.NEW, limit=100
        )
    skipped = ("SAVEPOINT", "RELEASE")
    return len([each for each in queries if not each["sql"].startswith(skipped)])


def outcome(order):
    found = Attribution.objects.get(order=order)
    return found.distributor, found.method, found.evidence


def test_the_binding_at_the_time_of_payment_names_who_earns_it(merchant, seller):
    set_policy(merchant)
    binding = bind(seller)
    order = order_of(binding)

    book(merchant)

    assert outcome(order) == (seller, "binding", {"binding": binding.pk, "policy": 1})
    assert Commission.objects.count() == 2
    assert list(reconcile(merchant=merchant)) == []


@pytest.mark.parametrize(
    ("starts", "ends", "expires", "is_bound"),
    [
        (PAID, None, None, True),
        (PAID + INSTANT, None, None, False),
        (START, PAID, None, False),
        (START, PAID + INSTANT, None, True),
        (START, None, PAID, False),
        (START, None, PAID + INSTANT, True),
    ],
)
def test_it_counts_from_its_first_instant_to_its_last(
    merchant, seller, starts, ends, expires, is_bound
):
    set_policy(merchant)
    binding = bind(
        seller, starts, ended_at=ends, ending="moved" if ends else "", expires_at=expires
    )
    order = order_of(binding)
    book(merchant)
    assert outcome(order)[1] == ("binding" if is_bound else "none")


def test_the_policy_of_the_day_decides(merchant, seller):
    set_policy(merchant, covers_files=False)
    set_policy(merchant, version=2, effective_from=PAID)
    binding = bind(seller)
    before, since = order_of(binding, PAID - INSTANT), order_of(binding)

    book(merchant)

    assert outcome(before) == (None, "none", None)
    assert outcome(since) == (seller, "binding", {"binding": binding.pk, "policy": 2})


def test_a_named_distributor_stays_named(merchant, seller):
    set_policy(merchant)
    named = DistributorFactory(joined_at=START)
    order = order_of(bind(seller), distributor=named)
    book(merchant)
    assert outcome(order) == (named, "order", None)


def test_files_stay_as_they_are_without_a_policy(merchant, seller):
    order = order_of(bind(seller))
    book(merchant)
    assert outcome(order) == (None, "none", None)


def test_the_bindings_of_another_merchant_do_not_count(merchant, seller):
    set_policy(merchant)
    binding = bind(seller)
    neighbour = MerchantFactory()
    with scope(merchant=neighbour):
        set_policy(neighbour)
        customer = CustomerFactory(identifier=binding.customer.identifier)
        order = OrderFactory(customer=customer, placed_at=PAID)
        book(neighbour)
        assert outcome(order)[0] is None


@pytest.mark.parametrize("count", [1, 30])
def test_a_chunk_of_nameless_orders_costs_one_statement_more(merchant, seller, count):
    set_policy(merchant)
    order_of(bind(seller))
    book(merchant)
    for _ in range(count):
        order_of(bind(seller))
    order_of(bind(DistributorFactory()), distributor=seller)

    # Twelve for orders that name somebody (tests/commissions/test_stages.py), one for bindings.
    assert book(merchant) == 12 + 1
