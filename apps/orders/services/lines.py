"""What an order line remembers of its SKU: later price lists never change what was sold."""

from decimal import Decimal

from apps.orders.models import Order, OrderLine
from apps.products.models import PATH_SEPARATOR, Category, Sku


def build_line(
    *,
    order: Order,
    line_no: int,
    sku: Sku,
    category_paths: dict[int, str],
    quantity: int,
    unit_price: Decimal,
    discount: Decimal = Decimal(0),
    coupon: Decimal = Decimal(0),
) -> OrderLine:
    """An unsaved line with list price, cost, name and category as they are now.

    Amounts are in major units; `coupon` is taken off besides `discount`. `sku.product` must be
    loaded; `category_paths` comes from the function of that name.
    """
    return OrderLine(
        merchant_id=order.merchant_id,
        order=order,
        line_no=line_no,
        sku=sku,
        title=sku.product.name,
        category_path=category_paths.get(sku.product.category_id, ""),
        quantity=quantity,
        unit_price=unit_price,
        discount=discount + coupon,
        coupon_discount=coupon,
        list_price=sku.price,
        unit_cost=sku.cost,
        paid_amount=unit_price * quantity - discount - coupon,
    )


def category_paths() -> dict[int, str]:
    """Category id → its path from the root, e.g. 茶/普洱, for the merchant in scope. One query."""
    categories = {
        pk: (parent_id, name)
        for pk, parent_id, name in Category.objects.values_list("pk", "parent_id", "name")
    }
    return {pk: _path(pk, categories) for pk in categories}


def _path(pk: int, categories: dict[int, tuple[int | None, str]]) -> str:
    names = []
    current: int | None = pk
    while current is not None:
        current, name = categories[current]
        names.append(name)
    return PATH_SEPARATOR.join(reversed(names))
