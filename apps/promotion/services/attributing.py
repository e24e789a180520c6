"""Attribution: every paid order is given, once, to the distributor who earned it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from apps.core.bulk import insert_rows, json_text
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.orders.services.claiming import SoldOrder
from apps.promotion.models import Attribution
from apps.promotion.services.bound_orders import name_bound
from apps.promotion.services.uplines import Uplines, Walk

Method = Attribution.Method
SelfPurchasePolicy = Callable[[datetime], bool | None]
COLUMNS = (
    "merchant_id",
    "order_id",
    "distributor_id",
    "method",
    "chain",
    "evidence",
    "created_at",
)
# How the checkout found who brought an order, in the words of an attribution.
METHODS = {
    Order.Bringing.NAMED: Method.ORDER,
    Order.Bringing.CODE: Method.CODE,
    Order.Bringing.BINDING: Method.BINDING,
    Order.Bringing.CLICK: Method.CLICK,
}


class Attributed(NamedTuple):
    """How an order was attributed, and the upline from depth 1 up as it stood when paid."""

    method: Method
    chain: list[dict]
    evidence: dict[str, Any] | None = None

    @property
    def distributor(self) -> int | None:
        """Who earned the order, or nobody."""
        return self.chain[0]["id"] if self.chain else None


def attribute_orders(
    *, merchant: Merchant, orders: Sequence[SoldOrder], self_purchase_at: SelfPurchasePolicy
) -> dict[int, Attributed]:
    """Attribute claimed orders, in the scope of `merchant` and the caller's transaction.

    Returns how, by order id. `self_purchase_at` tells whether distributors earned on their own
    purchases at a moment, None if that is not decided yet; such purchases are left out and wait.
    Raises IntegrityError for an order that was attributed before.
    """
    attributed = find_attributions(orders=orders, self_purchase_at=self_purchase_at)
    now = timezone.now()
    insert_rows(
        Attribution,
        COLUMNS,
        (
            (
                merchant.pk,
                pk,
                each.distributor,
                str(each.method),
                json_text(each.chain),
                json_text(each.evidence),
                now,
            )
            for pk, each in attributed.items()
        ),
    )
    return attributed


def find_attributions(
    *,
    orders: Sequence[SoldOrder],
    self_purchase_at: SelfPurchasePolicy,
    uplines: Uplines | None = None,
) -> dict[int, Attributed]:
    """What `attribute_orders` would write, without writing it.

    `uplines` may hold another tree than the one that is (a rehearsal). Orders that name nobody cost
    one query more, however many they are.
    """
    if not orders:
        return {}
    orders = name_bound(orders)
    uplines = uplines or Uplines(since=min(order.paid_at for order in orders))
    uplines.load(order.distributor for order in orders if order.distributor is not None)
    ways, evidence = {}, {order.pk: order.evidence for order in orders}
    for order in orders:
        way = _way(order, uplines, self_purchase_at)
        if way is not None:
            ways[order.pk] = way
    uplines.climb(walk for _method, walk in ways.values())
    return {pk: Attributed(method, walk.chain, evidence[pk]) for pk, (method, walk) in ways.items()}


def _way(
    order: SoldOrder, uplines: Uplines, self_purchase_at: SelfPurchasePolicy
) -> tuple[Method, Walk] | None:
    """How the order is attributed and where its chain begins; None if it has to wait."""
    if order.distributor is None:
        return Method.NONE, Walk(order.paid_at, None)
    seller = uplines.person(order.distributor)
    if not seller.is_known_as(order.customer):
        return METHODS[order.how], Walk(order.paid_at, seller.pk)
    earns_own = self_purchase_at(order.paid_at)
    if earns_own is None:
        return None
    if earns_own:
        return Method.SELF_PURCHASE, Walk(order.paid_at, seller.pk)
    parent = uplines.parent_at(seller, order.paid_at)
    method = Method.NONE if parent is None else Method.SELF_TO_PARENT
    return method, Walk(order.paid_at, parent)
