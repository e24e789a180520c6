"""A check of money through providers: what paid an order is its total, and what goes back fits."""

from apps.core.money import to_major
from apps.insights.selectors.reconcile_query import Rows, query


def _online_money_equals_orders(merchant) -> Rows:
    """The payment that paid an order is of its total and time; what is given back through the
    provider is what the order's refunds say, and what the payment has written down."""
    yield from _payments_that_fit_no_order(merchant)
    yield from _refunds_that_fit_no_refund(merchant)
    yield from _sums_that_differ(merchant)


def _payments_that_fit_no_order(merchant) -> Rows:
    for pk, amount, total in query(
        """
        SELECT payment.id, payment.amount, orders.shipping_amount + COALESCE((
            SELECT SUM(line.paid_amount) FROM orders_orderline AS line
            WHERE line.order_id = orders.id
        ), 0) AS total
        FROM payments_payment AS payment
        JOIN orders_order AS orders ON orders.id = payment.order_id
        WHERE payment.merchant_id = :merchant AND payment.is_applied
          AND (orders.merchant_id <> :merchant OR orders.paid_at IS NULL
               OR payment.amount <> orders.shipping_amount + COALESCE((
                   SELECT SUM(line.paid_amount) FROM orders_orderline AS line
                   WHERE line.order_id = orders.id
               ), 0))
        ORDER BY payment.id
        """,
        merchant,
    ):
        yield (
            f"payment {pk}",
            f"paid {to_major(amount)} for an order of {to_major(int(total))}",
        )


def _refunds_that_fit_no_refund(merchant) -> Rows:
    for pk, amount in query(
        """
        SELECT back.id, back.amount
        FROM payments_paymentrefund AS back
        JOIN payments_payment AS payment ON payment.id = back.payment_id
        JOIN orders_refund AS refund ON refund.id = back.order_refund_id
        JOIN orders_orderline AS line ON line.id = refund.order_line_id
        WHERE back.merchant_id = :merchant
          AND (refund.amount <> back.amount OR refund.status <> 'refunded'
               OR line.order_id <> payment.order_id OR payment.merchant_id <> :merchant)
        ORDER BY back.id
        """,
        merchant,
    ):
        yield (
            f"provider refund {pk}",
            f"gives back {to_major(amount)}, which is not what its refund says",
        )


def _sums_that_differ(merchant) -> Rows:
    for pk, said, sums in query(
        """
        SELECT payment.id, payment.returned_amount, COALESCE(SUM(back.amount), 0)
        FROM payments_payment AS payment
        LEFT JOIN payments_paymentrefund AS back
          ON back.payment_id = payment.id AND back.status IN ('pending', 'done')
             AND back.trade_amount IS NULL
        WHERE payment.merchant_id = :merchant
        GROUP BY payment.id, payment.returned_amount
        HAVING payment.returned_amount <> COALESCE(SUM(back.amount), 0)
        ORDER BY payment.id
        """,
        merchant,
    ):
        yield f"payment {pk}", f"says {to_major(said)}, refunds {to_major(int(sums))}"


PAYMENT_CHECKS = (_online_money_equals_orders,)
