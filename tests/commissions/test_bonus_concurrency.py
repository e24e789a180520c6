"""A bonus period settled by many workers at once is settled once (PostgreSQL)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django_scopes import scope

from apps.commissions.models import BonusPeriod, Commission
from apps.commissions.services.stages import run_due
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.selectors import wallet_balances
from apps.orders.services.refunds import record_refund
from tests.commissions.test_bonuses import (
    APRIL,
    DAY,
    PAID,
    SECOND,
    joined,
    money,
    monthly,
    percent,
    put_in_force,
    sell,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 6


def test_many_runs_at_once_settle_a_period_once(merchant):
    put_in_force(
        merchant, monthly(("100", percent("10")), of="team"), rules=[{"depth": 1, "percent": "5"}]
    )
    top = joined("A")
    sellers = [joined(f"B{number}", top) for number in range(5)]
    lines = [
        sell(seller, "100.00", at=PAID + number * SECOND)
        for number in range(4)
        for seller in sellers
    ]
    record_refund(order_line=lines[0], amount=money("100.00"), refunded_at=APRIL + DAY)
    start = Barrier(THREADS)

    def run(_number: int) -> dict[str, int]:
        try:
            with scope(merchant=merchant):
                start.wait(timeout=30)
                return run_due(merchant=merchant, as_of=APRIL + 2 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        counts = list(pool.map(run, range(THREADS)))
    # Whoever found orders in another's hands left the rest to the next run.
    with scope(merchant=merchant):
        last = run_due(merchant=merchant, as_of=APRIL + 2 * DAY)

        # Each line pays its seller and the top 10.00; one line was given back.
        assert sum(each.get("bonuses", 0) for each in [*counts, last]) == 40
        assert Commission.objects.filter(kind="stage_bonus", refund=None).count() == 40
        assert BonusPeriod.objects.filter(ends_at=APRIL).count() == 1
        assert wallet_balances(top)["available"] == money("190.00")
        assert list(reconcile(merchant=merchant)) == []
