"""Money given back: asked for, decided, recorded, imported, undone."""

from datetime import datetime, timedelta

from apps.core.csv_files import Problems, Row
from apps.core.money import to_major, to_minor
from apps.orders.models import OrderLine, Refund
from apps.orders.services.refund_importing import import_refunds
from apps.orders.services.refunds import (
    complete_refund,
    record_refund,
    reject_refund,
    request_refund,
    undo_refund,
)
from tests.reference.world import Line as LineFact
from tests.reference.world import Refund as RefundFact
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.orders import SOLD
from tests.simulation.operations.register import operation


def left_of(line: LineFact, at: datetime | None = None) -> int:
    """What may still be given back, in minor units; with `at`, by something that happened then:
    also what stood given back later, and was undone since, needs its room."""
    given_back = highest = 0
    for refund in sorted(line.refunds, key=lambda each: (each.refunded_at, each.amount < 0)):
        given_back += refund.amount
        if at is None or (refund.refunded_at, refund.amount < 0) <= (at, False):
            highest = given_back
        else:
            highest = max(highest, given_back)
    return line.paid - highest


def some_amount(life: Life, line: LineFact) -> int:
    """Mostly part or all of what is left; sometimes nothing, or a fen too much."""
    left = left_of(line)
    return life.rng.choice((left, left, left + 1, 0, *(life.rng.randint(0, left) for _ in "four")))


def facts_of(life: Life, line: OrderLine):
    order = life.fact_of(line.order)
    return order, order.lines[line.line_no]


@operation(5)
def record(life: Life) -> Attempt | None:
    line = life.pick_line()
    if line is None:
        return None
    order, fact = facts_of(life, line)
    amount, number, at = some_amount(life, fact), life.number("R"), life.around_now()

    def note(refund: Refund) -> None:
        fact.refunds.append(RefundFact(number, amount, at))
        life.refunds.append(refund)

    return Attempt(
        lambda: record_refund(
            order_line=line, amount=to_major(amount), refund_no=number, refunded_at=at
        ),
        note,
        may=lambda: (
            order.status in SOLD and at >= order.paid_at and 0 < amount <= left_of(fact, at)
        ),
        forever=True,
    )


@operation(4)
def late_return(life: Life) -> Attempt | None:
    """All that is left of a line, long after it was received: the commission may be spent."""
    week_ago = life.now - timedelta(days=7)
    old = [
        line
        for line in life.lines
        if (done_at := life.fact_of(line.order).completed_at) and done_at < week_ago
    ]
    if not old:
        return None
    line = life.rng.choice(old)
    _order, fact = facts_of(life, line)
    amount, number, at = left_of(fact), life.number("L"), life.now

    def note(refund: Refund) -> None:
        fact.refunds.append(RefundFact(number, amount, at))
        life.refunds.append(refund)

    return Attempt(
        lambda: record_refund(
            order_line=line, amount=to_major(amount), refund_no=number, refunded_at=at
        ),
        note,
        may=lambda: 0 < amount <= left_of(fact, at),
        forever=True,
    )


@operation(4)
def request(life: Life) -> Attempt | None:
    line = life.pick_line()
    if line is None:
        return None
    _order, fact = facts_of(life, line)
    amount = some_amount(life, fact)

    def note(refund: Refund) -> None:
        refund.order_line = line
        life.refunds.append(refund)

    return Attempt(lambda: request_refund(order_line=line, amount=to_major(amount)), note)


@operation(3)
def accept(life: Life) -> Attempt | None:
    refund = life.pick(life.refunds)
    if refund is None:
        return None
    _order, fact = facts_of(life, refund.order_line)
    at = life.around_now()

    def note(done: Refund) -> None:
        fact.refunds.append(RefundFact(done.refund_no, to_minor(refund.amount), at))

    return Attempt(lambda: complete_refund(refund=refund, refunded_at=at), note)


@operation(2)
def turn_down(life: Life) -> Attempt | None:
    refund = life.pick(life.refunds)
    return refund and Attempt(lambda: reject_refund(refund=refund))


@operation(3)
def undo(life: Life) -> Attempt | None:
    """The goods went back to the customer, who paid again."""
    refund = life.pick(life.refunds)
    if refund is None:
        return None
    _order, fact = facts_of(life, refund.order_line)
    number, at = life.number("U"), life.around_now()

    def note(undone: Refund) -> None:
        fact.refunds.append(RefundFact(number, to_minor(undone.amount), at))

    return Attempt(
        lambda: undo_refund(refund=refund, refund_no=number, refunded_at=at), note, forever=True
    )


@operation(3)
def take_in_file(life: Life) -> Attempt | None:
    """A file of one refund, often sent again."""
    line = life.pick_line()
    if line is None:
        return None
    order, fact = facts_of(life, line)
    amount, number, at = some_amount(life, fact), life.number("RF"), life.around_now()
    cells = {
        "refund_no": number,
        "order_no": order.number,
        "line_no": str(fact.number),
        "quantity": "",
        "amount": str(to_major(amount)),
        "refunded_at": at.isoformat(),
    }

    def note(_report) -> None:
        if all(each.number != number for each in fact.refunds):
            fact.refunds.append(RefundFact(number, amount, at))

    return Attempt(
        lambda: import_refunds(merchant=life.merchant, rows=[Row(2, cells, Problems())]),
        note,
        may=lambda: (
            order.status in SOLD and at >= order.paid_at and 0 < amount <= left_of(fact, at)
        ),
        forever=True,
    )
