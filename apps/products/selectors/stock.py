"""Where goods lie, and what runs low."""

from collections.abc import Iterable

from django.db.models import F, QuerySet

from apps.distributors.models import Store
from apps.products.models import Sku, Warehouse, WarehouseStock


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


def available(skus: Iterable[Sku], store: Store | None = None) -> dict[int, int]:
    """SKU id → how many an order could get by parcel, or for pickup at `store`. One query."""
    skus = list(skus)
    rows = WarehouseStock.objects.filter(
        sku__in=[sku.pk for sku in skus], warehouse__in=serving_warehouses(store).order_by()
    )
    found = {sku.pk: 0 for sku in skus}
    for sku_id, quantity in rows.values_list("sku_id", "quantity"):
        found[sku_id] += quantity
    return found


def low_stock() -> QuerySet[Sku]:
    """SKUs at or below the number somebody wants to hear of, the scarcest first."""
    found = Sku.objects.filter(low_stock__isnull=False, stock__lte=F("low_stock"))
    return found.select_related("product").order_by("stock", "code")
