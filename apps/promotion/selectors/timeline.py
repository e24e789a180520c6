"""What became of a customer since the first click."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from apps.distributors.models import Binding, BindingAttempt, Customer, Distributor
from apps.orders.models import Order
from apps.promotion.models import Attribution, Click

# As many of a kind as a page can show; the newest.
LATEST = 50


class Happened(StrEnum):
    """What happened to a customer: click → bound → order → lost."""

    CLICK = "click"
    BOUND = "bound"
    ORDER = "order"
    ATTEMPT = "attempt"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, and the row it happened by."""

    at: datetime
    what: Happened
    distributor: Distributor | None
    row: Click | Binding | BindingAttempt | Order


def customer_timeline(customer: Customer, *, seen_by: Distributor | None = None) -> list[Step]:
    """What happened to the customer, newest first, in four queries; up to LATEST of each kind.

    `seen_by`: only what concerns that distributor, of attempts that there were some.
    """
    steps = [*_clicks(customer, seen_by), *_bindings(customer, seen_by)]
    steps += [*_orders(customer, seen_by), *_attempts(customer, seen_by)]
    order = list(Happened)
    return sorted(steps, key=lambda step: (step.at, order.index(step.what)), reverse=True)


def _clicks(customer: Customer, seen_by: Distributor | None) -> Iterator[Step]:
    clicks = Click.objects.filter(customer=customer).select_related("distributor")
    if seen_by:
        clicks = clicks.filter(distributor=seen_by)
    for click in clicks.order_by("-at", "-pk")[:LATEST]:
        yield Step(click.at, Happened.CLICK, click.distributor, click)


def _bindings(customer: Customer, seen_by: Distributor | None) -> Iterator[Step]:
    bindings = Binding.objects.filter(customer=customer)
    if seen_by:
        bindings = bindings.filter(distributor=seen_by)
    now = timezone.now()
    related = bindings.select_related("distributor", "policy", "actor", "ended_by")
    for binding in related.order_by("-starts_at", "-pk")[:LATEST]:
        yield Step(binding.starts_at, Happened.BOUND, binding.distributor, binding)
        end = binding.last_moment
        if end is not None and end <= now:
            yield Step(end, Happened.LOST, binding.distributor, binding)


def _orders(customer: Customer, seen_by: Distributor | None) -> Iterator[Step]:
    orders = Order.objects.filter(customer=customer).select_related("distributor")
    if seen_by:
        theirs = Attribution.objects.standing().filter(distributor=seen_by).values("order")
        orders = orders.filter(Q(distributor=seen_by) | Q(pk__in=theirs))
    for order in orders.order_by("-placed_at", "-pk")[:LATEST]:
        yield Step(order.placed_at, Happened.ORDER, order.distributor, order)


def _attempts(customer: Customer, seen_by: Distributor | None) -> Iterator[Step]:
    attempts = BindingAttempt.objects.filter(binding__customer=customer)
    if seen_by:
        attempts = attempts.filter(binding__distributor=seen_by)
    for attempt in attempts.select_related("distributor").order_by("-at", "-pk")[:LATEST]:
        person = None if seen_by else attempt.distributor
        yield Step(attempt.at, Happened.ATTEMPT, person, attempt)


def first_of(steps: Sequence[Step], what: Happened) -> Step | None:
    """The earliest step of a kind, of a timeline."""
    return next((step for step in reversed(steps) if step.what == what), None)
