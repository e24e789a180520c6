"""A check of what appeals changed: all of the old booking is gone, and the new one stands alone."""

from apps.core.money import to_major
from apps.insights.selectors.reconcile_query import Rows, query


def _appeals_move_everything(merchant) -> Rows:
    """Every later attribution supersedes the one before and was booked; nothing is left of what was
    booked before; and what was taken back fits the sale and the rebooking that it names."""
    yield from _broken_successions(merchant)
    yield from _left_overs(merchant)
    yield from _stray_reversals(merchant)


def _broken_successions(merchant) -> Rows:
    for order, order_no, number in query(
        """
        SELECT orders.id, orders.order_no, attribution.number
        FROM promotion_attribution AS attribution
        JOIN orders_order AS orders ON orders.id = attribution.order_id
        LEFT JOIN promotion_attribution AS former ON former.id = attribution.supersedes_id
        LEFT JOIN commissions_rebooking AS rebooking ON rebooking.attribution_id = attribution.id
        WHERE attribution.merchant_id = :merchant
          AND ((attribution.number > 1 AND rebooking.id IS NULL)
               OR (attribution.number = 1 AND rebooking.id IS NOT NULL)
               OR former.order_id <> attribution.order_id
               OR former.number <> attribution.number - 1
               OR rebooking.order_id <> attribution.order_id
               OR rebooking.merchant_id <> :merchant OR orders.merchant_id <> :merchant)
        ORDER BY orders.id
        """,
        merchant,
    ):
        yield (
            f"order {order} ({order_no})",
            f"attribution {number} does not follow from the one before and a rebooking",
        )


def _left_overs(merchant) -> Rows:
    for pk, left in query(
        """
        SELECT sale.id, sale.amount + COALESCE(SUM(reversal.amount), 0)
        FROM commissions_rebooking AS later
        JOIN orders_orderline AS line ON line.order_id = later.order_id
        JOIN commissions_commission AS sale ON sale.order_line_id = line.id
        LEFT JOIN commissions_commission AS reversal ON reversal.reverses_id = sale.id
        WHERE later.merchant_id = :merchant AND sale.reverses_id IS NULL
          AND sale.kind <> 'stage_bonus' AND COALESCE(sale.rebooking_id, 0) < later.id
        GROUP BY sale.id, sale.amount, later.id
        HAVING sale.amount + COALESCE(SUM(reversal.amount), 0) <> 0
        ORDER BY sale.id
        """,
        merchant,
    ):
        yield (
            f"commission {pk}",
            f"{to_major(int(left))} is left of it, but the order was given to somebody else",
        )


def _stray_reversals(merchant) -> Rows:
    for (pk,) in query(
        """
        SELECT reversal.id
        FROM commissions_commission AS reversal
        JOIN commissions_commission AS sale ON sale.id = reversal.reverses_id
        JOIN orders_orderline AS line ON line.id = sale.order_line_id
        JOIN commissions_rebooking AS rebooking ON rebooking.id = reversal.rebooking_id
        WHERE reversal.merchant_id = :merchant
          AND (sale.reverses_id IS NOT NULL OR sale.merchant_id <> :merchant
               OR sale.order_line_id <> reversal.order_line_id
               OR sale.beneficiary_id <> reversal.beneficiary_id
               OR sale.kind <> reversal.kind OR sale.depth <> reversal.depth
               OR sale.plan_id <> reversal.plan_id
               OR rebooking.order_id <> line.order_id
               OR COALESCE(sale.rebooking_id, 0) >= rebooking.id
               OR reversal.earned_at <> rebooking.decided_at)
        ORDER BY reversal.id
        """,
        merchant,
    ):
        yield f"commission {pk}", "does not fit the sale and the appeal that it names"


APPEAL_CHECKS = (_appeals_move_everything,)
