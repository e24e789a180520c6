"""Stock, and the ledger of every change of it.

Whoever changes stock holds the SKUs' rows, locked in id order; what lies in a warehouse and what a
SKU has in all then change together with the movement that says why.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import User
from apps.distributors.models import Store
from apps.merchants.models import Merchant
from apps.products.models import Sku, StockMovement, Warehouse, WarehouseStock
from apps.products.selectors.stock import default_warehouse, serving_warehouses
from apps.products.services.refusals import ProductRefused, StockShort

Reason = StockMovement.Reason
BATCH = 2000
DEFAULT_CODE = "MAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of one SKU's stock in one warehouse; `key` names the fact behind it."""

    sku_id: int
    warehouse_id: int
    quantity: int
    key: str


def ensure_warehouse(*, merchant: Merchant) -> Warehouse:
    """The merchant's default network warehouse, made where there is none yet."""
    found = default_warehouse()
    if found is None:
        # In the site's language, also where a command speaks none.
        with override(settings.LANGUAGE_CODE):
            name = _("Main warehouse")
        found, _created = Warehouse.objects.get_or_create(
            merchant=merchant, code=DEFAULT_CODE, defaults={"name": name}
        )
    return found


def lock_skus(ids: Iterable[int]) -> dict[int, Sku]:
    """SKU id → the SKU as it is now, locked until commit, always in id order."""
    found = {}
    for batch in _batches(sorted(set(ids))):
        rows = Sku.objects.select_for_update(no_key=True).filter(pk__in=batch)
        found.update((sku.pk, sku) for sku in rows.order_by("pk"))
    return found


@transaction.atomic
def move_stock(
    *,
    merchant: Merchant,
    moves: Sequence[Move],
    reason: str,
    document: str = "",
    note: str = "",
    actor: User | None = None,
) -> int:
    """Make these movements; how many were new. A fact that moved stock before moves none again.

    The same number of queries however many. Raises StockShort, with nothing written, where a
    warehouse has too few, and ProductRefused for a known fact that moves another number.
    """
    moves = [move for move in moves if move.quantity]
    if not moves:
        return 0
    skus = lock_skus(move.sku_id for move in moves)
    fresh = _fresh(merchant, moves)
    _write_places(merchant, fresh, skus)
    StockMovement.objects.bulk_create(
        [
            StockMovement(
                merchant=merchant,
                sku_id=move.sku_id,
                warehouse_id=move.warehouse_id,
                quantity=move.quantity,
                key=move.key,
                reason=reason,
                document=document,
                note=note[:200],
                actor=actor,
            )
            for move in fresh
        ],
        batch_size=BATCH,
    )
    return len(fresh)


def _fresh(merchant: Merchant, moves: Sequence[Move]) -> list[Move]:
    known: dict[str, int] = {}
    for batch in _batches([move.key for move in moves]):
        rows = StockMovement.objects.filter(merchant=merchant, key__in=batch)
        known.update(rows.values_list("key", "quantity"))
    if any(known.get(move.key, move.quantity) != move.quantity for move in moves):
        raise ProductRefused(_("This form was used before: open it again."))
    return [move for move in moves if move.key not in known]


def _write_places(merchant: Merchant, moves: Sequence[Move], skus: Mapping[int, Sku]) -> None:
    places = _places(skus)
    known = set(places)
    for move in moves:
        place = (move.sku_id, move.warehouse_id)
        row = places.setdefault(
            place,
            WarehouseStock(merchant=merchant, sku_id=move.sku_id, warehouse_id=move.warehouse_id),
        )
        row.quantity += move.quantity
        skus[move.sku_id].stock += move.quantity
    touched = {(move.sku_id, move.warehouse_id) for move in moves}
    for place in touched:
        if places[place].quantity < 0:
            raise StockShort(skus[place[0]])
    WarehouseStock.objects.bulk_create(
        [places[place] for place in sorted(touched - known)], batch_size=BATCH
    )
    WarehouseStock.objects.bulk_update(
        [places[place] for place in sorted(touched & known)], ["quantity"], batch_size=BATCH
    )
    Sku.objects.bulk_update(
        [skus[pk] for pk in sorted({move.sku_id for move in moves})], ["stock"], batch_size=BATCH
    )


def _places(ids: Iterable[int]) -> dict[tuple[int, int], WarehouseStock]:
    found = {}
    for batch in _batches(sorted(ids)):
        for row in WarehouseStock.objects.filter(sku__in=batch):
            found[row.sku_id, row.warehouse_id] = row
    return found


def _batches(values: Sequence) -> Iterable[Sequence]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


@transaction.atomic
def reserve_stock(
    *,
    merchant: Merchant,
    items: Mapping[int, int],
    document: str,
    key: str,
    store: Store | None = None,
) -> None:
    """Take what an order wants, SKU id → pieces, from the warehouses that serve it, in their order.

    With a `store`, for pickup, its own stock comes first. Raises StockShort, with nothing written,
    for the first SKU of which too few lie there.
    """
    skus = lock_skus(items)
    places = _places(skus)
    warehouses = list(serving_warehouses(store).values_list("pk", flat=True))
    moves = []
    for sku_id, wanted in sorted(items.items()):
        left = wanted
        for warehouse_id in warehouses:
            row = places.get((sku_id, warehouse_id))
            taken = min(left, row.quantity) if row else 0
            if taken:
                moves.append(_move(sku_id, warehouse_id, -taken, key))
                left -= taken
        if left:
            raise StockShort(skus[sku_id], wanted - left)
    move_stock(merchant=merchant, moves=moves, reason=Reason.SALE, document=document)


@transaction.atomic
def give_back_stock(
    *,
    merchant: Merchant,
    items: Mapping[int, int],
    document: str,
    key: str,
    reason: str,
    note: str = "",
    actor: User | None = None,
) -> None:
    """Put an order's goods, SKU id → pieces, back where its reservation took them from.

    What came from no known place goes to the default warehouse: orders older than the stock ledger.
    """
    lock_skus(items)
    out = outstanding(merchant=merchant, document=document)
    moves = []
    for sku_id, wanted in sorted(items.items()):
        left = wanted
        for (of_sku, warehouse_id), quantity in sorted(out.items()):
            back = min(left, quantity) if of_sku == sku_id else 0
            if back > 0:
                moves.append(_move(sku_id, warehouse_id, back, key))
                left -= back
        if left:
            home = ensure_warehouse(merchant=merchant).pk
            moves.append(_move(sku_id, home, left, f"{key}/rest"))
    move_stock(
        merchant=merchant, moves=moves, reason=reason, document=document, note=note, actor=actor
    )


def outstanding(*, merchant: Merchant, document: str) -> dict[tuple[int, int], int]:
    """(SKU id, warehouse id) → how many pieces the order took from there and did not give back."""
    rows = StockMovement.objects.filter(merchant=merchant, document=document)
    sums = rows.order_by().values_list("sku_id", "warehouse_id").annotate(sum=Sum("quantity"))
    return {(sku, warehouse): -moved for sku, warehouse, moved in sums if moved < 0}


@transaction.atomic
def set_total_stock(
    *,
    merchant: Merchant,
    totals: Mapping[int, int],
    reason: str = Reason.COUNT,
    note: str = "",
    actor: User | None = None,
) -> None:
    """Bring SKUs, id → pieces in all warehouses together, to these totals.

    More goes to the default warehouse; fewer is taken from it first, then from the others in their
    order. Raises ProductRefused for a negative total.
    """
    if any(total < 0 for total in totals.values()):
        raise ProductRefused(_("Stock must not be negative."))
    skus = lock_skus(totals)
    changes = {pk: totals[pk] - sku.stock for pk, sku in skus.items() if totals[pk] != sku.stock}
    if not changes:
        return
    home = ensure_warehouse(merchant=merchant).pk
    places = _places(pk for pk, change in changes.items() if change < 0)
    order = [home, *Warehouse.objects.order_by("rank", "pk").values_list("pk", flat=True)]
    event = secrets.token_hex(8)
    moves = []
    for sku_id, change in changes.items():
        if change > 0:
            moves.append(_move(sku_id, home, change, event))
            continue
        for warehouse_id in dict.fromkeys(order):
            row = places.get((sku_id, warehouse_id))
            taken = min(-change, row.quantity) if row else 0
            if taken:
                moves.append(_move(sku_id, warehouse_id, -taken, event))
                change += taken
    move_stock(merchant=merchant, moves=moves, reason=reason, note=note, actor=actor)


@transaction.atomic
def correct_stock(
    *,
    sku: Sku,
    warehouse: Warehouse,
    quantity: int,
    reason: str,
    request_key: str,
    document: str = "",
    note: str = "",
    actor: User | None = None,
) -> int:
    """Goods received, or counted more (positive) or fewer (negative) by `quantity` pieces.

    The same `request_key` again changes nothing. How many are there now. Raises ProductRefused for
    no change, another merchant's warehouse or fewer than none.
    """
    _check_wall(sku, warehouse)
    if not quantity:
        raise ProductRefused(_("The stock would stay as it is: say how many more or fewer."))
    if reason == Reason.PURCHASE and quantity < 0:
        raise ProductRefused(_("Goods received are more, not fewer: use a stock count."))
    move = _move(sku.pk, warehouse.pk, quantity, request_key)
    move_stock(
        merchant=sku.merchant,
        moves=[move],
        reason=reason,
        document=document[:80],
        note=note,
        actor=actor,
    )
    return WarehouseStock.objects.get(sku=sku, warehouse=warehouse).quantity


@transaction.atomic
def transfer_stock(
    *,
    sku: Sku,
    source: Warehouse,
    target: Warehouse,
    quantity: int,
    request_key: str,
    note: str = "",
    actor: User | None = None,
) -> None:
    """Move pieces from one warehouse to another; the same `request_key` again moves none.

    Raises ProductRefused for fewer than one piece, the same or another merchant's warehouse, or too
    few in the first.
    """
    _check_wall(sku, source)
    _check_wall(sku, target)
    if source.pk == target.pk or quantity < 1:
        raise ProductRefused(_("Choose two warehouses and at least one piece."))
    moves = [
        _move(sku.pk, source.pk, -quantity, request_key),
        _move(sku.pk, target.pk, quantity, request_key),
    ]
    move_stock(merchant=sku.merchant, moves=moves, reason=Reason.TRANSFER, note=note, actor=actor)


def _check_wall(sku: Sku, warehouse: Warehouse) -> None:
    if sku.merchant_id != warehouse.merchant_id:
        raise ProductRefused(_("This warehouse belongs to another merchant."))


def _move(sku_id: int, warehouse_id: int, quantity: int, key: str) -> Move:
    return Move(
        sku_id=sku_id,
        warehouse_id=warehouse_id,
        quantity=quantity,
        key=f"{key}/{sku_id}/{warehouse_id}",
    )
