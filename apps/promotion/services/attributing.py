"""Attribution: every paid order is given, once, to the distributor who earned it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.core.locks import lock_until_commit
from apps.merchants.models import Merchant
from apps.orders.models import SOLD_STATUSES, Order
from apps.promotion.models import Attribution
from apps.promotion.services.uplines import Uplines, Walk

Method = Attribution.Method
SelfPurchasePolicy = Callable[[datetime], bool | None]


@dataclass(frozen=True)
class PaidOrder:
    """What attribution needs to know of an order."""

    pk: int
    paid_at: datetime
    distributor: int | None
    customer: str


def attribute_orders(
    *, merchant: Merchant, as_of: datetime, self_purchase_at: SelfPurchasePolicy, limit: int = 1000
) -> int:
    """Attribute up to `limit` more orders paid by `as_of`; returns how many, 0 when none is left.

    Runs in the scope of `merchant`, oldest payment first, one transaction per `limit` orders.
    `self_purchase_at` tells whether distributors earned on their own purchases at a moment, None if
    that is not decided yet; such purchases wait, and everything behind them goes on.
    """
    after: PaidOrder | None = None
    while True:
        written, after = _attribute_page(merchant, as_of, self_purchase_at, limit, after)
        if written or after is None:
            return written


@transaction.atomic
def _attribute_page(
    merchant: Merchant,
    as_of: datetime,
    self_purchase_at: SelfPurchasePolicy,
    limit: int,
    after: PaidOrder | None,
) -> tuple[int, PaidOrder | None]:
    """Attribute one page; returns how many, and the last order looked at (None: no order left)."""
    lock_until_commit(f"promotion.attribution.{merchant.pk}")
    orders = _waiting_orders(merchant, as_of, limit, after)
    if not orders:
        return 0, None
    uplines = Uplines(since=orders[0].paid_at)
    uplines.load(order.distributor for order in orders if order.distributor is not None)
    ways = {}
    for order in orders:
        way = _way(order, uplines, self_purchase_at)
        if way is not None:
            ways[order.pk] = way
    uplines.climb(walk for _method, walk in ways.values())
    attributions = [_attribution(merchant, pk, *way) for pk, way in ways.items()]
    # Unique by order: should anything else write one first, it stands.
    Attribution.objects.bulk_create(attributions, ignore_conflicts=True, batch_size=500)
    return len(attributions), orders[-1]


def _waiting_orders(
    merchant: Merchant, as_of: datetime, limit: int, after: PaidOrder | None
) -> list[PaidOrder]:
    waiting = Order.objects.filter(
        merchant=merchant, status__in=SOLD_STATUSES, paid_at__lte=as_of, attribution__isnull=True
    )
    if after is not None:
        waiting = waiting.filter(
            Q(paid_at__gt=after.paid_at) | Q(paid_at=after.paid_at, pk__gt=after.pk)
        )
    columns = ("pk", "paid_at", "distributor_id", "customer__identifier")
    return [
        PaidOrder(*row) for row in waiting.order_by("paid_at", "pk").values_list(*columns)[:limit]
    ]


def _way(
    order: PaidOrder, uplines: Uplines, self_purchase_at: SelfPurchasePolicy
) -> tuple[Method, Walk] | None:
    """How the order is attributed and where its chain begins; None if it has to wait."""
    if order.distributor is None:
        return Method.NONE, Walk(order.paid_at, None)
    seller = uplines.person(order.distributor)
    if not seller.is_known_as(order.customer):
        return Method.ORDER, Walk(order.paid_at, seller.pk)
    earns_own = self_purchase_at(order.paid_at)
    if earns_own is None:
        return None
    if earns_own:
        return Method.SELF_PURCHASE, Walk(order.paid_at, seller.pk)
    parent = uplines.parent_at(seller, order.paid_at)
    method = Method.NONE if parent is None else Method.SELF_TO_PARENT
    return method, Walk(order.paid_at, parent)


def _attribution(merchant: Merchant, order: int, method: Method, walk: Walk) -> Attribution:
    return Attribution(
        merchant=merchant,
        order_id=order,
        method=method,
        chain=walk.chain,
        distributor_id=walk.chain[0]["id"] if walk.chain else None,
    )
