"""What orders and refunds do to stock. Imported orders never took anything from it."""

from collections.abc import Mapping

from apps.accounts.models import User
from apps.orders.models import Order, OrderLine, Refund
from apps.products.models import StockMovement
from apps.products.services.stock import (
    Move,
    give_back_stock,
    move_stock,
    reserve_stock,
)

Reason = StockMovement.Reason


def reserve_for(order: Order, items: Mapping[int, int]) -> None:
    """Take a shop order's goods, SKU id → pieces, from stock. Raises StockShort."""
    reserve_stock(
        merchant=order.merchant,
        items=items,
        document=order.order_no,
        key=f"order/{order.pk}",
        store=order.store,
    )


def return_stock(order: Order) -> None:
    """Put back what a shop order took and no refund has put back, each where it came from."""
    if order.source != Order.Source.SHOP:
        return
    items = {line.sku_id: line.quantity for line in order.lines.all()}
    moves = StockMovement.objects.filter(merchant=order.merchant_id, document=order.order_no)
    # Orders older than the stock ledger have no reservation in it: their lines stand for it.
    for sku_id, quantity in moves.exclude(reason=Reason.SALE).values_list("sku_id", "quantity"):
        items[sku_id] -= quantity
    give_back_stock(
        merchant=order.merchant,
        items={sku_id: left for sku_id, left in items.items() if left > 0},
        document=order.order_no,
        key=f"order/{order.pk}/cancel",
        reason=Reason.CANCEL,
    )


def restock_refund(refund: Refund, line: OrderLine, actor: User | None = None) -> None:
    """Put the pieces that a refund brought back into stock, where they came from.

    `line.order` is loaded. For an order of a file, whose goods never left our stock, nothing.
    """
    if line.order.source != Order.Source.SHOP or not refund.quantity:
        return
    give_back_stock(
        merchant=line.order.merchant,
        items={line.sku_id: refund.quantity},
        document=line.order.order_no,
        key=f"refund/{refund.pk}",
        reason=Reason.RETURN,
        note=refund.refund_no,
        actor=actor,
    )


def take_again(refund: Refund, undo: Refund, line: OrderLine) -> None:
    """The goods of a refund that had gone back into stock leave again. Raises StockShort."""
    back = StockMovement.objects.filter(
        merchant=line.merchant_id, key__startswith=f"refund/{refund.pk}/", reason=Reason.RETURN
    )
    moves = [
        Move(
            sku_id=move.sku_id,
            warehouse_id=move.warehouse_id,
            quantity=-move.quantity,
            key=f"refund/{undo.pk}/{move.sku_id}/{move.warehouse_id}",
        )
        for move in back
    ]
    move_stock(
        merchant=line.order.merchant,
        moves=moves,
        reason=Reason.UNDONE,
        document=line.order.order_no,
        note=undo.refund_no,
    )
