"""A check of coupons: how often they were used, and what that took off."""

from apps.core.money import to_major
from apps.insights.selectors.reconcile_query import Rows, query


def coupons_equal_orders(merchant) -> Rows:
    """A coupon counts the orders that stand with it; what it took off an order is what its lines
    share; an order that was cancelled has given its use back."""
    yield from _counts_that_differ(merchant)
    yield from _sums_that_differ(merchant)
    yield from _uses_that_do_not_fit(merchant)


def _counts_that_differ(merchant) -> Rows:
    for code, used, standing in query(
        """
        SELECT coupon.code, coupon.used, COUNT(used.id)
        FROM orders_coupon AS coupon
        LEFT JOIN orders_couponuse AS used
          ON used.coupon_id = coupon.id AND used.returned_at IS NULL
        WHERE coupon.merchant_id = :merchant
        GROUP BY coupon.id, coupon.code, coupon.used
        HAVING coupon.used <> COUNT(used.id)
        ORDER BY coupon.code
        """,
        merchant,
    ):
        yield f"coupon {code}", f"counts {used} uses, {standing} stand"


def _sums_that_differ(merchant) -> Rows:
    for pk, order_no, said, shared in query(
        """
        SELECT orders.id, orders.order_no, SUM(held.said), SUM(held.shared)
        FROM (
            SELECT order_id, discount AS said, 0 AS shared FROM orders_couponuse
            WHERE merchant_id = :merchant
            UNION ALL
            SELECT order_id, 0, coupon_discount FROM orders_orderline
            WHERE merchant_id = :merchant AND coupon_discount > 0
        ) AS held
        JOIN orders_order AS orders ON orders.id = held.order_id
        GROUP BY orders.id, orders.order_no
        HAVING SUM(held.said) <> SUM(held.shared)
        ORDER BY orders.id
        """,
        merchant,
    ):
        yield (
            f"order {pk} ({order_no})",
            f"its coupon took off {to_major(int(said))}, its lines {to_major(int(shared))}",
        )


def _uses_that_do_not_fit(merchant) -> Rows:
    for pk, order_no in query(
        """
        SELECT orders.id, orders.order_no
        FROM orders_couponuse AS used
        JOIN orders_order AS orders ON orders.id = used.order_id
        JOIN orders_coupon AS coupon ON coupon.id = used.coupon_id
        WHERE used.merchant_id = :merchant
          AND ((orders.status IN ('cancelled', 'closed')) <> (used.returned_at IS NOT NULL)
               OR orders.merchant_id <> :merchant OR coupon.merchant_id <> :merchant
               OR used.customer_id <> orders.customer_id)
        ORDER BY orders.id
        """,
        merchant,
    ):
        yield f"order {pk} ({order_no})", "the use of its coupon does not fit it"


COUPON_CHECKS = (coupons_equal_orders,)
