"""Orders placed, imported and moved on."""

from datetime import timedelta

from apps.core.csv_files import Problems, Row
from apps.core.money import to_major
from apps.orders.models import Order, OrderLine
from apps.orders.services.closing import close_order
from apps.orders.services.importing import import_orders
from apps.orders.services.progress import (
    cancel_order,
    complete_order,
    confirm_payment,
    ship_order,
)
from apps.orders.services.shop import place_shop_order
from tests.reference.random_kinds import ADDRESSES
from tests.reference.world import Line as LineFact
from tests.reference.world import Order as OrderFact
from tests.reference.world import Refund as RefundFact
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.register import operation

SOLD = ("paid", "shipped", "completed")


@operation(9)
def place_order(life: Life) -> Attempt | None:
    seller = life.pick(life.distributors.values())
    skus = life.rng.sample(life.house.skus, life.rng.choice((1, 1, 2)))
    items = {sku.pk: life.rng.choice((1, 1, 2, 3, 7)) for sku in skus}
    phone = some_buyer(life, seller.code) or f"+86139{life.rng.randrange(20):08d}"
    key, region = life.number("key"), life.rng.choice(ADDRESSES)

    def note(order: Order) -> None:
        _note_new(life, order, seller.code, phone, region)

    return Attempt(
        lambda: place_shop_order(
            merchant=life.merchant,
            distributor=seller,
            items=items,
            recipient_name="Li",
            recipient_phone=phone,
            address="Somewhere 1",
            region=region,
            request_key=key,
        ),
        note,
        forever=True,
    )


def some_buyer(life: Life, seller: str) -> str | None:
    """Often the seller, sometimes another distributor, known by phone; else a stranger."""
    luck = life.rng.random()
    if luck < 0.2 and seller:
        return life.facts.sellers[seller].phone
    if luck < 0.4:
        return life.pick(life.facts.sellers.values()).phone
    return None


def _note_new(life: Life, order: Order, seller: str, customer: str, region: str) -> None:
    if order.order_no in life.facts.orders:
        return
    fact = OrderFact(order.order_no, seller, customer, "pending", None, None, region=region)
    fact.placed_at = life.now
    lines = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("line_no"))
    for line in lines:
        line.order = order
        sku = life.facts.skus[line.sku.code]
        price = life.facts.price_at(sku, life.now)
        fact.lines[line.line_no] = LineFact(line.line_no, sku, line.quantity, price, 0)
    life.facts.orders[order.order_no] = fact
    life.orders.append(order)
    life.lines += lines


@operation(5)
def import_order(life: Life) -> Attempt | None:
    """A new order from a file, at any point of its way, paid at any time."""
    number = life.number("F")
    status = life.rng.choice(("pending", "paid", "shipped", "completed", "completed"))
    seller = life.pick(life.distributors) if life.chance(0.9) else ""
    buyer = some_buyer(life, seller) or f"wx{number}"
    region, store = life.rng.choice(ADDRESSES), life.pick(life.stores) if life.chance(0.5) else None
    paid_at = life.around_now() if status != "pending" else None
    done_at = paid_at + timedelta(hours=life.rng.randint(0, 99)) if status == "completed" else None
    fact = OrderFact(number, seller, buyer, status, paid_at, done_at, region=region)
    fact.store = store.code if store else ""
    rows, problems = [], Problems()
    for line_no in range(1, life.rng.choice((1, 1, 2)) + 1):
        sku = life.rng.choice(list(life.facts.skus.values()))
        quantity, price = life.rng.randint(1, 5), life.rng.choice((sku.price, sku.price // 2))
        discount = life.rng.randint(0, price * quantity) if life.chance(0.4) else 0
        fact.lines[line_no] = LineFact(line_no, sku, quantity, price, discount)
        rows.append(Row(line_no + 1, _cells(fact, fact.lines[line_no]), problems))

    def note(_report) -> None:
        if number not in life.facts.orders:
            life.facts.orders[number] = fact
            fact.placed_at = paid_at or life.now
            order = Order.objects.get(order_no=number)
            life.orders.append(order)
            life.lines += order.lines.order_by("line_no")
            for line in life.lines[-len(fact.lines) :]:
                line.order = order

    return Attempt(lambda: import_orders(merchant=life.merchant, rows=rows), note, forever=True)


def _cells(order: OrderFact, line: LineFact) -> dict[str, str]:
    return {
        "order_no": order.number,
        "line_no": str(line.number),
        "sku": line.sku.code,
        "quantity": str(line.quantity),
        "unit_price": str(to_major(line.unit_price)),
        "discount": str(to_major(line.discount)),
        "shipping": "8.00",
        "distributor_code": order.distributor_code,
        "customer": order.customer,
        "region": order.region,
        "store": order.store,
        "paid_at": order.paid_at.isoformat() if order.paid_at else "",
        "completed_at": order.completed_at.isoformat() if order.completed_at else "",
        "status": order.status,
    }


@operation(9)
def confirm(life: Life) -> Attempt | None:
    order = life.pick_order("pending")
    if order is None:
        return None
    fact, paid_at = life.fact_of(order), life.around_now()

    def note(_order: Order) -> None:
        fact.status, fact.paid_at = "paid", paid_at

    return Attempt(
        lambda: confirm_payment(order=order, actor=life.house.maker, paid_at=paid_at),
        note,
        may=lambda: fact.status == "pending",
    )


@operation(5)
def ship(life: Life) -> Attempt | None:
    order = life.pick_order("paid")
    if order is None:
        return None
    fact = life.fact_of(order)

    def note(_order: Order) -> None:
        fact.status = "shipped"

    return Attempt(
        lambda: ship_order(order=order, actor=life.house.maker, tracking_number="SF1"),
        note,
        may=lambda: fact.status == "paid",
    )


@operation(9)
def complete(life: Life) -> Attempt | None:
    order = life.pick_order("paid", "shipped")
    if order is None:
        return None
    fact, completed_at = life.fact_of(order), life.around_now()

    def note(_order: Order) -> None:
        fact.status, fact.completed_at = "completed", completed_at

    return Attempt(
        lambda: complete_order(order=order, actor=life.house.maker, completed_at=completed_at),
        note,
        may=lambda: fact.status in ("paid", "shipped") and completed_at >= fact.paid_at,
    )


@operation(2)
def cancel(life: Life) -> Attempt | None:
    order = life.pick_order("pending")
    if order is None:
        return None
    fact = life.fact_of(order)

    def note(_order: Order) -> None:
        fact.status = "cancelled"

    return Attempt(
        lambda: cancel_order(order=order, actor=life.house.maker),
        note,
        may=lambda: fact.status == "pending",
    )


@operation(2)
def close(life: Life) -> Attempt | None:
    """Cancel a paid order: all that is left is given back, and it stays a sale of its day."""
    order = life.pick_order("paid", "shipped")
    if order is None:
        return None
    fact, closed_at = life.fact_of(order), life.around_now()

    def note(_order: Order) -> None:
        fact.status = "closed"
        for line in fact.lines.values():
            left = line.paid - sum(each.amount for each in line.refunds)
            if left:
                line.refunds.append(RefundFact("closing", left, closed_at))

    def may() -> bool | None:
        if any(each.amount < 0 for line in fact.lines.values() for each in line.refunds):
            return None
        nothing_left = all(
            line.paid == sum(each.amount for each in line.refunds) for line in fact.lines.values()
        )
        return fact.status in ("paid", "shipped") and (nothing_left or closed_at >= fact.paid_at)

    return Attempt(
        lambda: close_order(order=order, actor=life.house.maker, closed_at=closed_at), note, may
    )
