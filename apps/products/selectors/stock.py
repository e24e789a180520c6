"""Where goods lie, and what runs low."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.distributors.models import Store
from apps.products.models import Sku, Warehouse, WarehouseStock

# So many pieces or fewer are told as the last ones.
FEW = 5


def serving_warehouses(store: Store | None = None) -> QuerySet[Warehouse]:
    """The warehouses that serve an order, in their order.

    For pickup the store's own stock comes first and network warehouses send the rest; parcels
    come from network warehouses alone.
    """
    warehouses = Warehouse.objects.filter(is_active=True)
    network = warehouses.filter(kind=Warehouse.Kind.NETWORK)
    if store is None:
        return network.order_by("rank", "pk")
    # "physical" sorts after "network".
    return (network | warehouses.filter(store=store)).order_by("-kind", "rank", "pk")


def default_warehouse() -> Warehouse | None:
    """Where stock goes that is told without a place: the first network warehouse."""
    return (
        Warehouse.objects.filter(kind=Warehouse.Kind.NETWORK)
        .order_by("-is_active", "rank", "pk")
        .first()
    )


def stock_by_warehouse(skus: Iterable[Sku]) -> dict[int, list[WarehouseStock]]:
    """SKU id → its stock in each serving warehouse that has some, in their order. One query."""
    rows = WarehouseStock.objects.filter(
        sku__in=[sku.pk for sku in skus], quantity__gt=0, warehouse__is_active=True
    ).select_related("warehouse__store")
    found: dict[int, list[WarehouseStock]] = {}
    for row in rows.order_by("warehouse__rank", "warehouse_id"):
        found.setdefault(row.sku_id, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Availability:
    """How many pieces of a SKU an order could get.

    `delivery`: by parcel, from network warehouses alone. `in_store`: of each open store (by id) the
    pieces that lie there, which are never sent; what could be sent is brought to any store too.
    """

    delivery: int = 0
    in_store: Mapping[int, int] = field(default_factory=dict)

    def at(self, store_id: int) -> int:
        """How many could be picked up at this open store."""
        return self.delivery + self.in_store.get(store_id, 0)

    @property
    def most(self) -> int:
        """The most that one order could get in any way."""
        return self.delivery + max(self.in_store.values(), default=0)

    @property
    def is_pickup_only(self) -> bool:
        """Whether it can be had, but not by parcel."""
        return not self.delivery and self.most > 0

    @property
    def is_scarce(self) -> bool:
        """Whether so few can be sent that a customer should know."""
        return 0 < self.delivery <= FEW


def availability(skus: Iterable[Sku]) -> dict[int, Availability]:
    """SKU id → how many an order could get, by parcel and at each store. One query."""
    skus = list(skus)
    rows = stock_by_warehouse(skus)
    return {sku.pk: _availability(rows.get(sku.pk, ())) for sku in skus}


def _availability(rows: Iterable[WarehouseStock]) -> Availability:
    delivery, in_store = 0, {}
    for row in rows:
        store = row.warehouse.store
        if store is None:
            delivery += row.quantity
        elif store.is_active:
            in_store[store.pk] = row.quantity
    return Availability(delivery, in_store)


def available(skus: Iterable[Sku], store: Store | None = None) -> dict[int, int]:
    """SKU id → how many an order could get by parcel, or for pickup at `store`. One query."""
    found = availability(skus)
    return {pk: each.at(store.pk) if store else each.delivery for pk, each in found.items()}


def in_reach(sku: OuterRef) -> Exists:
    """Whether an order could get any piece of `sku` in any way: `Availability.most` in SQL."""
    rows = WarehouseStock.objects.filter(sku=sku, quantity__gt=0, warehouse__is_active=True)
    network = Q(warehouse__store__isnull=True)
    return Exists(rows.filter(network | Q(warehouse__store__is_active=True)))


def low_stock() -> QuerySet[Sku]:
    """SKUs at or below the number somebody wants to hear of, the scarcest first."""
    found = Sku.objects.filter(low_stock__isnull=False, stock__lte=F("low_stock"))
    return found.select_related("product").order_by("stock", "code")
