"""Orders as the engine wants them, read in bulk: whole numbers, no model instances."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.commissions.engine import NO_FACTS, Agent, Extra, Facts, Line, Upline
from apps.commissions.models import Rebooking
from apps.core.bulk import any_of, stored_integer
from apps.distributors.models import Distributor
from apps.orders.models import OrderLine
from apps.products.selectors.pricing import extra_commission
from apps.promotion.models import Attribution
from apps.promotion.services.attributing import Attributed

LINE_COLUMNS = (
    "order_id",
    "pk",
    "sku__code",
    "sku__product__code",
    "category_path",
    "quantity",
)


def engine_lines(orders: Sequence[int]) -> dict[int, list[Line]]:
    """Order id → its lines as the engine wants them, in line order. One query."""
    lines: dict[int, list[Line]] = defaultdict(list)
    rows = OrderLine.objects.filter(order_id__in=any_of(orders)).order_by("order_id", "line_no")
    for (
        order_id,
        pk,
        sku,
        product,
        category,
        quantity,
        paid,
        list_price,
        unit_cost,
        extra,
    ) in rows.values_list(
        *LINE_COLUMNS,
        *map(stored_integer, ("paid_amount", "list_price", "unit_cost")),
        extra_commission(sku="sku_id", at="order__placed_at"),
    ):
        lines[order_id].append(
            Line(
                pk, sku, product, category, quantity, paid, list_price * quantity,
                unit_cost * quantity, _extra(extra),
            )
        )  # fmt: skip
    return lines


def _extra(told: str | None) -> Extra | None:
    if not told:
        return None
    rate, _colon, campaign = told.partition(":")
    return Extra(campaign, int(rate))


def engine_chain(chain: Iterable[dict]) -> list[Upline]:
    """The engine's view of a chain as attribution wrote it down."""
    return [
        Upline(each["id"], each["level"], each["status"] == Distributor.Status.ACTIVE)
        for each in chain
    ]


def engine_facts(facts: dict[str, Any] | None) -> Facts:
    """The engine's view of facts as they are kept."""
    if not facts:
        return NO_FACTS
    return Facts(
        seller_days=facts.get("seller_days"),
        recruiter=_upline(facts.get("recruiter")),
        purchase=facts.get("purchase"),
        agents=tuple(
            Agent(each["number"], each["region"], _upline(each)) for each in facts.get("agents", ())
        ),
        store=_upline(facts.get("store")),
    )


def _upline(snapshot: dict[str, Any] | None) -> Upline | None:
    if snapshot is None:
        return None
    is_active = snapshot["status"] == Distributor.Status.ACTIVE
    return Upline(snapshot["id"], snapshot["level"], is_active)


def read_attributions(orders: Sequence[int]) -> dict[int, Attributed]:
    """Order id → how it is attributed, appeals that were upheld included. One query."""
    rows = Attribution.objects.standing().filter(order_id__in=any_of(orders))
    return {
        pk: Attributed(method, json.loads(chain))
        for pk, method, chain in rows.annotate(text=Cast("chain", TextField())).values_list(
            "order_id", "method", "text"
        )
    }


class Version(NamedTuple):
    """An order as it was booked once: first, or again after an appeal (`rebooking`)."""

    rebooking: int | None
    chain: list[dict]
    facts: dict[str, Any] | None
    is_standing: bool


def read_versions(facts: Mapping[int, dict | None]) -> dict[int, list[Version]]:
    """Booked order id → every version of it, oldest first. Two queries.

    `facts`: order id → what its first booking kept.
    """
    orders = list(facts)
    again: dict[int, list[tuple[int, dict | None]]] = defaultdict(list)
    rebookings = Rebooking.objects.filter(order_id__in=any_of(orders)).order_by("pk")
    for order, pk, kept in rebookings.values_list("order_id", "pk", "facts"):
        again[order].append((pk, kept))
    rows = Attribution.objects.filter(order_id__in=any_of(orders)).order_by("order_id", "number")
    versions: dict[int, list[Version]] = {}
    for order, number, text in rows.annotate(text=Cast("chain", TextField())).values_list(
        "order_id", "number", "text"
    ):
        booked = [(None, facts[order]), *again.get(order, ())]
        # More attributions than bookings would be a fault of its own (`reconcile`).
        pk, kept = booked[min(number, len(booked)) - 1]
        version = Version(pk, json.loads(text), kept, number == len(booked))
        versions.setdefault(order, []).append(version)
    return versions
