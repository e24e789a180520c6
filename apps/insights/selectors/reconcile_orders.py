"""Checks from the order to the commission: nothing forgotten, nothing twice, nothing invented.

`audit_commissions` computes every amount anew; the rest is what one pass of the database can prove.
"""

from django.db.models import F, Q

from apps.commissions.models import Plan, Release
from apps.commissions.selectors import audit_commissions
from apps.core.money import to_major
from apps.insights.selectors.reconcile_query import Rows, query


def _stages_equal_rows(merchant) -> Rows:
    """How far the stages say they have come with an order is how far they have come: an order
    that claims too much would never be looked at again, one that claims too little would stop the
    stages. (One that is merely due is no fault: the next run finds it.)"""
    for pk, order_no, stage, attributed, booked in query(
        """
        SELECT orders.id, orders.order_no, orders.stage,
               CASE WHEN attribution.id IS NULL THEN 0 ELSE 1 END,
               CASE WHEN booking.id IS NULL THEN 0 ELSE 1 END
        FROM orders_order AS orders
        LEFT JOIN promotion_attribution AS attribution
          ON attribution.order_id = orders.id AND attribution.number = 1
        LEFT JOIN commissions_orderbooking AS booking ON booking.order_id = orders.id
        WHERE orders.merchant_id = :merchant
          AND ((orders.stage >= 1) <> (attribution.id IS NOT NULL)
               OR (orders.stage >= 2) <> (booking.id IS NOT NULL))
        ORDER BY orders.id
        """,
        merchant,
    ):
        found = ("nothing was", "it was attributed")[attributed]
        yield (
            f"order {pk} ({order_no})",
            f"stage {stage}, but {'it was booked' if booked else found}",
        )


def _bookings_follow_plans(merchant) -> Rows:
    """A booked order is sold and attributed, and its plan was in force when it was paid."""
    for pk, order_no, version in query(
        """
        SELECT orders.id, orders.order_no, plan.version
        FROM commissions_orderbooking AS booking
        JOIN orders_order AS orders ON orders.id = booking.order_id
        JOIN commissions_plan AS plan ON plan.id = booking.plan_id
        LEFT JOIN promotion_attribution AS attribution
          ON attribution.order_id = orders.id AND attribution.number = 1
        WHERE booking.merchant_id = :merchant
          AND (attribution.id IS NULL OR orders.paid_at IS NULL
               OR orders.status NOT IN ('paid', 'shipped', 'completed', 'closed')
               OR orders.merchant_id <> :merchant OR plan.merchant_id <> :merchant
               OR plan.effective_from IS NULL OR plan.effective_from > orders.paid_at
               OR plan.effective_to <= orders.paid_at)
        ORDER BY orders.id
        """,
        merchant,
    ):
        yield (
            f"order {pk} ({order_no})",
            f"was booked under plan v{version}, which was not in force, or was not sold",
        )


def _commissions_follow_bookings(merchant) -> Rows:
    """A sale's commission stands on a booked order, under its plan and at the time of payment.

    One booked again after an appeal is earned when that was decided. A stage bonus is settled for a
    period, not with its order: it needs the booking alone.
    """
    for (pk,) in query(
        """
        SELECT commission.id
        FROM commissions_commission AS commission
        JOIN orders_orderline AS line ON line.id = commission.order_line_id
        JOIN orders_order AS orders ON orders.id = line.order_id
        LEFT JOIN commissions_orderbooking AS booking ON booking.order_id = orders.id
        LEFT JOIN commissions_rebooking AS rebooking ON rebooking.id = commission.rebooking_id
        WHERE commission.merchant_id = :merchant AND commission.reverses_id IS NULL
          AND (booking.id IS NULL OR line.merchant_id <> :merchant
               OR rebooking.order_id <> orders.id
               OR (commission.kind <> 'stage_bonus'
                   AND (commission.plan_id <> booking.plan_id
                        OR commission.earned_at
                           <> COALESCE(rebooking.decided_at, orders.paid_at))))
        ORDER BY commission.id
        """,
        merchant,
    ):
        yield f"commission {pk}", "does not belong to the booking of its order"


def _commissions_equal_plans(merchant) -> Rows:
    """Orders × plan = commission rows: every amount, computed again, is what is stored."""
    for each in audit_commissions(merchant=merchant):
        yield f"order line {each.order_no}/{each.line_no}", each.detail


def _reversals_follow_sales(merchant) -> Rows:
    """A reversal is of its sale's line, person, kind and plan, and of a refund of that line."""
    for (pk,) in query(
        """
        SELECT reversal.id
        FROM commissions_commission AS reversal
        JOIN commissions_commission AS sale ON sale.id = reversal.reverses_id
        JOIN orders_refund AS refund ON refund.id = reversal.refund_id
        WHERE reversal.merchant_id = :merchant
          AND (sale.refund_id IS NOT NULL OR sale.merchant_id <> :merchant
               OR sale.order_line_id <> reversal.order_line_id
               OR sale.beneficiary_id <> reversal.beneficiary_id
               OR sale.kind <> reversal.kind OR sale.depth <> reversal.depth
               OR sale.plan_id <> reversal.plan_id
               OR refund.order_line_id <> reversal.order_line_id
               OR refund.status <> 'refunded'
               OR reversal.earned_at <> CASE WHEN refund.refunded_at < sale.earned_at
                                             THEN sale.earned_at ELSE refund.refunded_at END)
        ORDER BY reversal.id
        """,
        merchant,
    ):
        yield f"commission {pk}", "does not fit the sale and the refund that it names"


def _releases_equal_sales(merchant) -> Rows:
    """What was released is the sale less what had been taken from pending (invariant 5)."""
    for pk, released, left in query(
        """
        SELECT release.commission_id, release.amount, sale.amount + COALESCE(before.amount, 0)
        FROM commissions_release AS release
        JOIN commissions_commission AS sale ON sale.id = release.commission_id
        LEFT JOIN (
            SELECT reversal.reverses_id,
                   SUM(CASE WHEN credit.kind = 'pending' THEN posting.amount
                            WHEN debit.kind = 'pending' THEN -posting.amount ELSE 0 END) AS amount
            FROM commissions_commission AS reversal
            JOIN ledger_transfer AS posting
              ON posting.document_type = 'commission' AND posting.document_id = reversal.id
             AND posting.merchant_id = reversal.merchant_id
            JOIN ledger_account AS debit ON debit.id = posting.debit_account_id
            JOIN ledger_account AS credit ON credit.id = posting.credit_account_id
            WHERE reversal.merchant_id = :merchant AND reversal.reverses_id IS NOT NULL
            GROUP BY reversal.reverses_id
        ) AS before ON before.reverses_id = sale.id
        WHERE release.merchant_id = :merchant
          AND release.amount <> sale.amount + COALESCE(before.amount, 0)
        ORDER BY release.commission_id
        """,
        merchant,
    ):
        yield (
            f"commission {pk}",
            f"released {to_major(released)}, was left with {to_major(int(left))}",
        )


def _releases_wait_for_the_hold(merchant) -> Rows:
    """Nothing is released before its order is completed and the plan's hold is over."""
    for plan in Plan.objects.filter(merchant=merchant, effective_from__isnull=False):
        completed_at = "commission__order_line__order__completed_at"
        early = Release.objects.filter(
            Q(**{f"{completed_at}__isnull": True}) | Q(released_at__lt=F(completed_at) + plan.hold),
            merchant=merchant,
            commission__plan=plan,
        )
        for (pk,) in early.order_by("commission_id").values_list("commission_id"):
            yield f"commission {pk}", "was released before its hold was over"


ORDER_CHECKS = (
    _stages_equal_rows,
    _bookings_follow_plans,
    _commissions_follow_bookings,
    _commissions_equal_plans,
    _reversals_follow_sales,
    _releases_equal_sales,
    _releases_wait_for_the_hold,
)
