"""Orders are claimed in the order they were paid, and a chunk costs the same at every place."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from apps.orders.models import Order
from apps.orders.services.claiming import claim_orders
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db
PAID_AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def orders(merchant):
    """Five, paid in the same moment: their ids alone tell them apart."""
    return [OrderFactory(paid_at=PAID_AT, status=Order.Status.PAID) for _ in range(5)]


def claim(merchant, **given) -> list[int]:
    with transaction.atomic():
        claimed = claim_orders(
            merchant=merchant, stage=Order.Stage.NEW, as_of=PAID_AT, **{"limit": 2, **given}
        )
    return claimed


def test_the_next_chunk_begins_behind_the_last_order(merchant, orders):
    first = claim(merchant)
    second = claim(merchant, after=first[-1])
    third = claim(merchant, after=second[-1])

    found = [order.pk for chunk in (first, second, third) for order in chunk]
    assert found == [order.pk for order in orders]


@pytest.mark.sqlite_only
def test_a_chunk_reads_no_more_orders_than_it_takes(merchant, orders):
    """SQLite looks at all orders that are left when it sorts them: quadratic in their number."""
    asked = []

    def remember(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    [last, _next] = claim(merchant)
    with connection.execute_wrapper(remember):
        claim(merchant, after=last)
    [(sql, params)] = [each for each in asked if each[0].startswith("SELECT")]
    with connection.cursor() as cursor:
        # As it runs: with the values left to be filled in, which is what planners differ by.
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        steps = [row[3] for row in cursor.fetchall()]

    assert steps[0].endswith("orders_to_attribute (merchant_id=? AND paid_at>? AND paid_at<?)")
    assert not any("TEMP B-TREE" in step for step in steps)
