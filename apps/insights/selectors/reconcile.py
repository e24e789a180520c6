"""Reconciling (对账): the invariants of design §4, proved again from the rows.

Every check is one set-based pass and yields the rows at fault; silence means that orders,
commissions, ledger and payouts tell one story. Amounts in faults are in major units.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from django.db.models import Sum

from apps.commissions.engine import bonus_reversed
from apps.commissions.models import Commission, Plan, RefundBooking
from apps.core.money import BASIS_POINTS, cumulative_share, to_basis_points, to_major, to_minor
from apps.insights.selectors.reconcile_appeals import APPEAL_CHECKS
from apps.insights.selectors.reconcile_coupons import COUPON_CHECKS
from apps.insights.selectors.reconcile_debts import write_offs_equal_ledger
from apps.insights.selectors.reconcile_orders import ORDER_CHECKS
from apps.insights.selectors.reconcile_payments import PAYMENT_CHECKS
from apps.insights.selectors.reconcile_query import Rows, one_moment
from apps.insights.selectors.reconcile_query import query as _query
from apps.insights.selectors.reconcile_stock import STOCK_CHECKS
from apps.insights.selectors.reconcile_wallets import WALLET_CHECKS
from apps.orders.models import Refund


@dataclass(frozen=True)
class Fault:
    """A row that breaks an invariant: which check found it, what it is, what is wrong."""

    check: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.detail}"


@dataclass(frozen=True)
class CheckResult:
    """What one check found, and how long it took (milliseconds)."""

    name: str
    faults: list[Fault]
    milliseconds: int


def reconcile(*, merchant) -> Iterator[Fault]:
    """Every fault in one merchant's books; nothing when all is right."""
    for result in run_checks(merchant=merchant):
        yield from result.faults


def run_checks(*, merchant) -> Iterator[CheckResult]:
    """Every check, one after the other, over the books of one moment.

    Read it to the end before writing: until then the database keeps that moment.
    """
    with one_moment():
        for check in CHECKS:
            began = perf_counter()
            name = check_name(check)
            faults = [Fault(name, subject, detail) for subject, detail in check(merchant)]
            yield CheckResult(name, faults, round((perf_counter() - began) * 1000))


def check_name(check: Callable) -> str:
    """What the check is called in faults, runs and documents."""
    return check.__name__.strip("_")


def _balances_equal_transfers(merchant) -> Rows:
    """Each stored balance is the sum of its account's transfers (invariant 4)."""
    for pk, kind, balance, moved in _query(
        """
        SELECT account.id, account.kind, account.balance, COALESCE(movement.amount, 0)
        FROM ledger_account AS account
        LEFT JOIN (
            SELECT account_id, SUM(amount) AS amount FROM (
                SELECT credit_account_id AS account_id, amount FROM ledger_transfer
                WHERE merchant_id = :merchant
                UNION ALL
                SELECT debit_account_id, -amount FROM ledger_transfer WHERE merchant_id = :merchant
            ) AS movements GROUP BY account_id
        ) AS movement ON movement.account_id = account.id
        WHERE account.merchant_id = :merchant AND account.wallet_id IS NOT NULL
          AND account.balance <> COALESCE(movement.amount, 0)
                                 * CASE account.kind WHEN 'debt' THEN -1 ELSE 1 END
        ORDER BY account.id
        """,
        merchant,
    ):
        sign = -1 if kind == "debt" else 1
        yield (
            f"account {pk} ({kind})",
            f"balance {to_major(balance)}, transfers {to_major(sign * int(moved))}",
        )


def _transfers_stay_inside_walls(merchant) -> Rows:
    """Both accounts of a transfer are its merchant's and of one currency (invariant 2)."""
    for (pk,) in _query(
        """
        SELECT transfer.id FROM ledger_transfer AS transfer
        JOIN ledger_account AS debit ON debit.id = transfer.debit_account_id
        JOIN ledger_account AS credit ON credit.id = transfer.credit_account_id
        WHERE transfer.merchant_id = :merchant
          AND (debit.merchant_id <> :merchant OR credit.merchant_id <> :merchant
               OR debit.currency <> credit.currency)
        ORDER BY transfer.id
        """,
        merchant,
    ):
        yield f"transfer {pk}", "its accounts belong to another merchant or currency"


def _commissions_equal_ledger(merchant) -> Rows:
    """Every commission, reversal and release was posted, once and in full (invariant 5)."""
    for pk, booked, posted in _query(
        """
        SELECT commission.id, commission.amount, COALESCE(posting.amount, 0)
        FROM commissions_commission AS commission
        LEFT JOIN (
            SELECT document_id,
                   SUM(CASE WHEN kind IN ('earn', 'restore') THEN amount ELSE -amount END) AS amount
            FROM ledger_transfer
            WHERE merchant_id = :merchant AND document_type = 'commission'
              AND kind IN ('earn', 'reverse', 'debt', 'restore')
            GROUP BY document_id
        ) AS posting ON posting.document_id = commission.id
        WHERE commission.merchant_id = :merchant
          AND commission.amount <> COALESCE(posting.amount, 0)
        ORDER BY commission.id
        """,
        merchant,
    ):
        yield f"commission {pk}", f"booked {to_major(booked)}, posted {to_major(int(posted))}"


def _releases_equal_ledger(merchant) -> Rows:
    """What was released was moved from pending to available, no more and no less (invariant 5)."""
    for pk, released, posted in _query(
        """
        SELECT release.commission_id, release.amount, COALESCE(posting.amount, 0)
        FROM commissions_release AS release
        LEFT JOIN ledger_transfer AS posting
          ON posting.merchant_id = :merchant AND posting.kind = 'release'
         AND posting.document_type = 'commission'
         AND posting.document_id = release.commission_id
        WHERE release.merchant_id = :merchant AND release.amount <> COALESCE(posting.amount, 0)
        ORDER BY release.commission_id
        """,
        merchant,
    ):
        yield f"commission {pk}", f"released {to_major(released)}, moved {to_major(int(posted))}"


def _pending_equals_commissions(merchant) -> Rows:
    """Per distributor: the pending balance is the sum of what is not released (invariant 5)."""
    for code, balance, pending in _query(
        """
        SELECT distributor.code, account.balance, COALESCE(open_rows.amount, 0)
        FROM ledger_account AS account
        JOIN ledger_wallet AS wallet ON wallet.id = account.wallet_id
        JOIN distributors_distributor AS distributor ON distributor.id = wallet.distributor_id
        LEFT JOIN (
            SELECT commission.beneficiary_id, SUM(commission.amount) AS amount
            FROM commissions_commission AS commission
            LEFT JOIN commissions_release AS release
              ON release.commission_id = COALESCE(commission.reverses_id, commission.id)
            WHERE commission.merchant_id = :merchant AND release.id IS NULL
            GROUP BY commission.beneficiary_id
        ) AS open_rows ON open_rows.beneficiary_id = distributor.id
        WHERE account.merchant_id = :merchant AND account.kind = 'pending'
          AND account.balance <> COALESCE(open_rows.amount, 0)
        ORDER BY distributor.code
        """,
        merchant,
    ):
        yield (
            f"distributor {code}",
            f"pending balance {to_major(balance)}, commissions {to_major(int(pending))}",
        )


def _withdrawals_equal_ledger(merchant) -> Rows:
    """Money being withdrawn or paid out is what the withdrawals say (invariant 6)."""
    for code, kind, balance, asked in _query(
        """
        SELECT distributor.code, account.kind, account.balance, COALESCE(asked.amount, 0)
        FROM ledger_account AS account
        JOIN ledger_wallet AS wallet ON wallet.id = account.wallet_id
        JOIN distributors_distributor AS distributor ON distributor.id = wallet.distributor_id
        LEFT JOIN (
            SELECT distributor_id,
                   CASE status WHEN 'paid' THEN 'paid' ELSE 'withdrawing' END AS kind,
                   SUM(amount) AS amount
            FROM payouts_withdrawal
            WHERE merchant_id = :merchant AND status IN ('submitted', 'approved', 'paying', 'paid')
            GROUP BY distributor_id, CASE status WHEN 'paid' THEN 'paid' ELSE 'withdrawing' END
        ) AS asked ON asked.distributor_id = distributor.id AND asked.kind = account.kind
        WHERE account.merchant_id = :merchant AND account.kind IN ('withdrawing', 'paid')
          AND account.balance <> COALESCE(asked.amount, 0)
        ORDER BY distributor.code, account.kind
        """,
        merchant,
    ):
        yield (
            f"distributor {code}",
            f"{kind} balance {to_major(balance)}, withdrawals {to_major(int(asked))}",
        )


def _payouts_equal_withdrawals(merchant) -> Rows:
    """A withdrawal is paid exactly when its payout is, with the same amount (invariant 6)."""
    for pk, status, payout_status in _query(
        """
        SELECT withdrawal.id, withdrawal.status, COALESCE(payout.status, 'none')
        FROM payouts_withdrawal AS withdrawal
        LEFT JOIN payouts_payout AS payout ON payout.withdrawal_id = withdrawal.id
        WHERE withdrawal.merchant_id = :merchant AND (
            (withdrawal.status = 'paid') <> (COALESCE(payout.status, 'none') = 'paid')
            OR payout.amount <> withdrawal.amount)
        ORDER BY withdrawal.id
        """,
        merchant,
    ):
        yield f"withdrawal {pk}", f"is {status}, its payout is {payout_status}"


def _refunds_stay_within_paid(merchant) -> Rows:
    """What a line says was refunded is the sum of its refunds."""
    for pk, noted, refunded in _query(
        """
        SELECT line.id, line.refunded_amount, COALESCE(given.amount, 0)
        FROM orders_orderline AS line
        LEFT JOIN (
            SELECT order_line_id, SUM(amount) AS amount FROM orders_refund
            WHERE merchant_id = :merchant AND status = 'refunded' GROUP BY order_line_id
        ) AS given ON given.order_line_id = line.id
        WHERE line.merchant_id = :merchant AND line.refunded_amount <> COALESCE(given.amount, 0)
        ORDER BY line.id
        """,
        merchant,
    ):
        yield f"order line {pk}", f"says {to_major(noted)}, refunds {to_major(int(refunded))}"


def _reversals_equal_refunds(merchant) -> Rows:
    """Reversed so far is the cumulative share of what was refunded (design §5 Exactly, 8)."""
    refunded: dict[int, int] = {}
    booked = RefundBooking.objects.filter(merchant=merchant).values("refund")
    for line_id, amount in Refund.objects.filter(pk__in=booked).values_list(
        "order_line_id", "amount"
    ):
        refunded[line_id] = refunded.get(line_id, 0) + to_minor(amount)
    reversed_so_far: dict[int, int] = {}
    for sale_id, amount in Commission.objects.filter(
        merchant=merchant, refund__in=booked
    ).values_list("reverses_id", "amount"):
        reversed_so_far[sale_id] = reversed_so_far.get(sale_id, 0) - to_minor(amount)
    standing = Commission.objects.standing()
    sales = standing.filter(merchant=merchant, order_line__refunds__in=booked).distinct()
    for pk, line_id, kind, *money in sales.values_list(
        "pk", "order_line_id", "kind", "amount", "base_amount", "order_line__paid_amount"
    ):
        amount, base, paid = map(to_minor, money)
        if kind == Commission.Kind.STAGE_BONUS:
            expected = bonus_reversed(amount, base, paid, refunded[line_id])
        else:
            expected = cumulative_share(amount, refunded[line_id], paid)
        found = reversed_so_far.get(pk, 0)
        if found != expected:
            yield f"commission {pk}", f"reversed {to_major(found)}, should be {to_major(expected)}"


def _lines_stay_under_ceiling(merchant) -> Rows:
    """All that a line pays together never exceeds the ceiling of the plan it was computed with."""
    plans = Plan.objects.filter(merchant=merchant).values_list("pk", "document")
    ceilings = {pk: document["ceiling"] for pk, document in plans if document.get("ceiling")}
    if not ceilings:
        return
    totals = (
        Commission.objects.standing()
        .filter(merchant=merchant, order_line__order__booking__plan__in=list(ceilings))
        .values("order_line")
        .annotate(total=Sum("amount"))
        .values_list(
            "order_line",
            "total",
            "order_line__order__booking__plan",
            "order_line__paid_amount",
            "order_line__unit_cost",
            "order_line__quantity",
        )
    )
    for pk, total, plan, paid, unit_cost, quantity in totals.order_by("order_line"):
        ceiling, whole = ceilings[plan], to_minor(paid)
        if ceiling["of"] == "profit":
            whole = max(0, whole - to_minor(unit_cost) * quantity)
        limit = whole * to_basis_points(ceiling["percent"]) // BASIS_POINTS
        if to_minor(total) > limit:
            yield f"order line {pk}", f"pays {total}, its ceiling is {to_major(limit)}"


# A check is a function of the merchant that yields (subject, detail) of each row at fault, in one
# pass. Its name is its contract: `check_words` says in both languages what it promises.
CHECKS: tuple[Callable[..., Rows], ...] = (
    _balances_equal_transfers,
    _transfers_stay_inside_walls,
    _commissions_equal_ledger,
    _releases_equal_ledger,
    _pending_equals_commissions,
    _withdrawals_equal_ledger,
    _payouts_equal_withdrawals,
    _refunds_stay_within_paid,
    _reversals_equal_refunds,
    _lines_stay_under_ceiling,
    write_offs_equal_ledger,
    *ORDER_CHECKS,
    *APPEAL_CHECKS,
    *PAYMENT_CHECKS,
    *WALLET_CHECKS,
    *STOCK_CHECKS,
    *COUPON_CHECKS,
)
