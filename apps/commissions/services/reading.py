"""Orders as the engine wants them, read in bulk: whole numbers, no model instances."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.commissions.engine import Line, Upline
from apps.core.bulk import any_of, stored_integer
from apps.distributors.models import Distributor
from apps.orders.models import OrderLine
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
    ) in rows.values_list(
        *LINE_COLUMNS, *map(stored_integer, ("paid_amount", "list_price", "unit_cost"))
    ):
        lines[order_id].append(
            Line(
                pk, sku, product, category, quantity, paid, list_price * quantity,
                unit_cost * quantity,
            )
        )  # fmt: skip
    return lines


def engine_chain(chain: Iterable[dict]) -> list[Upline]:
    """The engine's view of a chain as attribution wrote it down."""
    return [
        Upline(each["id"], each["level"], each["status"] == Distributor.Status.ACTIVE)
        for each in chain
    ]


def read_attributions(orders: Sequence[int]) -> dict[int, Attributed]:
    """Order id → how it was attributed. One query."""
    rows = Attribution.objects.filter(order_id__in=any_of(orders))
    return {
        pk: Attributed(method, json.loads(chain))
        for pk, method, chain in rows.annotate(text=Cast("chain", TextField())).values_list(
            "order_id", "method", "text"
        )
    }
