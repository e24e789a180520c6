"""Figures of one order, as its pages show them, and the goods of a level."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q

from apps.distributors.models import Level
from apps.orders.models import LevelGoods, Order
from apps.products.models import Category


def order_total(order: Order) -> Decimal:
    """What the customer pays for the order, shipping included, in major units.

    Uses `order.lines` as prefetched, if they are.
    """
    return sum((line.paid_amount for line in order.lines.all()), order.shipping_amount)


def sellable(level: Level | None, prefix: str = "") -> Q:
    """Which products a distributor of this level may sell; everything without a level.

    `prefix` leads to the product, e.g. `product__`. At most one query, in the merchant's scope.
    """
    if level is None or level.goods == Level.Goods.ALL:
        return Q()
    rows = LevelGoods.objects.filter(level=level, use=LevelGoods.Use.SELL)
    return goods_filter(rows.select_related("category"), prefix)


def sellable_categories(level: Level | None) -> Q:
    """Which categories of the first level hold anything such a distributor may sell."""
    if level is None or level.goods == Level.Goods.ALL:
        return Q()
    rows = LevelGoods.objects.filter(level=level, use=LevelGoods.Use.SELL)
    roots = rows.values_list("category__tree_id", "product__category__tree_id")
    trees = {tree for pair in roots for tree in pair if tree is not None}
    return Q(tree_id__in=trees)


def goods_filter(rows: Iterable[LevelGoods], prefix: str = "") -> Q:
    """The products of these rows, categories with all that is below; none of them: nothing.

    Rows carry their category.
    """
    rows = list(rows)
    products = [row.product_id for row in rows if row.product_id]
    found = Q(**{f"{prefix}pk__in": products})
    for row in rows:
        if row.category:
            found |= _below(row.category, prefix)
    return found


def _below(category: Category, prefix: str) -> Q:
    path = f"{prefix}category__"
    within = {"tree_id": category.tree_id, "lft__gte": category.lft, "rght__lte": category.rght}
    return Q(**{path + name: value for name, value in within.items()})
