"""Stock by warehouse, and the ledger of every change of it."""

import pytest
from django.db import DatabaseError, transaction
from django.db.models import OuterRef
from django_scopes import scope

from apps.distributors.models import Store
from apps.products.models import Sku, StockMovement, Warehouse, WarehouseStock
from apps.products.selectors import availability, available, low_stock, stock_by_warehouse
from apps.products.selectors.stock import Availability, in_reach
from apps.products.services.places import save_supplier, save_warehouse
from apps.products.services.refusals import ProductRefused, StockShort
from apps.products.services.stock import (
    correct_stock,
    ensure_warehouse,
    give_back_stock,
    reserve_stock,
    set_total_stock,
    transfer_stock,
)
from tests.factories import MerchantFactory, SkuFactory, StoreFactory

Reason = StockMovement.Reason


def places(sku):
    rows = WarehouseStock.objects.filter(sku=sku).order_by("warehouse__rank", "warehouse_id")
    return list(rows.values_list("warehouse__code", "quantity"))


def ledger(sku):
    rows = StockMovement.objects.filter(sku=sku).order_by("pk")
    return list(rows.values_list("warehouse__code", "reason", "quantity"))


def total(sku):
    return Sku.objects.get(pk=sku.pk).stock


@pytest.fixture
def sku(merchant):
    return SkuFactory(code="A", stock=5)


@pytest.fixture
def second(merchant, sku):
    return save_warehouse(merchant=merchant, code="B", name="South", rank=2)


def test_stock_begins_with_a_movement(sku):
    assert (total(sku), places(sku)) == (5, [("MAIN", 5)])
    assert ledger(sku) == [("MAIN", "opening", 5)]


def test_goods_received_and_counted(merchant, sku):
    main = ensure_warehouse(merchant=merchant)
    given = {"sku": sku, "warehouse": main, "document": "PO-1"}
    assert correct_stock(quantity=7, reason=Reason.PURCHASE, request_key="k1", **given) == 12
    # The same form again.
    assert correct_stock(quantity=7, reason=Reason.PURCHASE, request_key="k1", **given) == 12
    assert correct_stock(quantity=-2, reason=Reason.COUNT, request_key="k2", **given) == 10
    assert total(sku) == 10
    assert ledger(sku)[1:] == [("MAIN", "purchase", 7), ("MAIN", "count", -2)]


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [(0, Reason.COUNT), (-1, Reason.PURCHASE), (-6, Reason.COUNT)],
)
def test_a_correction_that_cannot_be_changes_nothing(merchant, sku, quantity, reason):
    main = ensure_warehouse(merchant=merchant)
    with pytest.raises(ProductRefused):
        correct_stock(sku=sku, warehouse=main, quantity=quantity, reason=reason, request_key="k")
    assert (total(sku), places(sku), len(ledger(sku))) == (5, [("MAIN", 5)], 1)


def test_one_key_never_stands_for_two_numbers(merchant, sku):
    main = ensure_warehouse(merchant=merchant)
    given = {"sku": sku, "warehouse": main, "reason": Reason.COUNT, "request_key": "k"}
    correct_stock(quantity=1, **given)
    with pytest.raises(ProductRefused, match="used before"):
        correct_stock(quantity=2, **given)
    assert total(sku) == 6


def test_moving_between_warehouses_keeps_the_total(merchant, sku, second):
    main = ensure_warehouse(merchant=merchant)
    for _again in range(2):
        transfer_stock(sku=sku, source=main, target=second, quantity=3, request_key="t")
    assert (total(sku), places(sku)) == (5, [("MAIN", 2), ("B", 3)])
    with pytest.raises(StockShort):
        transfer_stock(sku=sku, source=main, target=second, quantity=3, request_key="u")
    with pytest.raises(ProductRefused):
        transfer_stock(sku=sku, source=main, target=main, quantity=1, request_key="v")
    assert (total(sku), places(sku)) == (5, [("MAIN", 2), ("B", 3)])


def test_an_order_takes_from_the_warehouses_in_their_order(merchant, sku, second):
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=second, quantity=3,
        request_key="t",
    )  # fmt: skip
    reserve_stock(merchant=merchant, items={sku.pk: 4}, document="O1", key="order/1")
    assert (total(sku), places(sku)) == (1, [("MAIN", 0), ("B", 1)])
    with pytest.raises(StockShort) as short:
        reserve_stock(merchant=merchant, items={sku.pk: 2}, document="O2", key="order/2")
    assert short.value.left == 1
    give_back_stock(
        merchant=merchant, items={sku.pk: 4}, document="O1", key="order/1/cancel",
        reason=Reason.CANCEL,
    )  # fmt: skip
    assert (total(sku), places(sku)) == (5, [("MAIN", 2), ("B", 3)])


def test_a_store_serves_pickup_alone(merchant, sku):
    store = StoreFactory()
    room = save_warehouse(merchant=merchant, code="S", name="Room", kind="physical", store=store)
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=room, quantity=2,
        request_key="t",
    )  # fmt: skip
    assert available([sku]) == {sku.pk: 3}
    assert available([sku], store) == {sku.pk: 5}
    assert available([sku], StoreFactory()) == {sku.pk: 3}
    assert [row.quantity for row in stock_by_warehouse([sku])[sku.pk]] == [3, 2]
    found = availability([sku])[sku.pk]
    assert (found.delivery, found.in_store, found.most) == (3, {store.pk: 2}, 5)
    with pytest.raises(StockShort):
        reserve_stock(merchant=merchant, items={sku.pk: 4}, document="O1", key="o1")
    reserve_stock(merchant=merchant, items={sku.pk: 4}, document="O2", key="o2", store=store)
    assert places(sku) == [("MAIN", 1), ("S", 0)]


def test_a_warehouse_out_of_use_serves_nobody(merchant, sku):
    main = ensure_warehouse(merchant=merchant)
    save_warehouse(merchant=merchant, warehouse=main, code="MAIN", name="Main", is_active=False)
    assert available([sku]) == {sku.pk: 0}
    with pytest.raises(StockShort):
        reserve_stock(merchant=merchant, items={sku.pk: 1}, document="O", key="o")


def test_a_closed_store_has_nothing_to_be_had(merchant, sku):
    store = StoreFactory(is_active=False)
    room = save_warehouse(merchant=merchant, code="S", name="Room", kind="physical", store=store)
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=room, quantity=5,
        request_key="t",
    )  # fmt: skip
    assert total(sku) == 5
    assert availability([sku])[sku.pk] == Availability(delivery=0, in_store={})
    assert not Sku.objects.filter(in_reach(OuterRef("pk"))).exists()
    Store.objects.update(is_active=True)
    assert availability([sku])[sku.pk] == Availability(delivery=0, in_store={store.pk: 5})
    assert availability([sku])[sku.pk].is_pickup_only
    assert Sku.objects.filter(in_reach(OuterRef("pk"))).exists()


@pytest.mark.parametrize(
    ("delivery", "in_store", "expected"),
    [
        (0, {}, (0, False, False)),
        (5, {}, (5, True, False)),
        (6, {}, (6, False, False)),
        (0, {1: 2, 2: 3}, (3, False, True)),
        (1, {1: 2, 2: 3}, (4, True, False)),
    ],
)
def test_what_one_order_could_get(delivery, in_store, expected):
    """Pieces of two stores never come together in one order."""
    found = Availability(delivery, in_store)
    assert (found.most, found.is_scarce, found.is_pickup_only) == expected


def test_stock_of_another_merchant_is_not_to_be_had_here(merchant, sku):
    foreign = MerchantFactory()
    with scope(merchant=foreign):
        other = SkuFactory(stock=7)
    assert availability([other])[other.pk] == Availability()


def test_a_new_total_is_taken_from_all_warehouses(merchant, sku, second):
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=second, quantity=3,
        request_key="t",
    )  # fmt: skip
    set_total_stock(merchant=merchant, totals={sku.pk: 1})
    assert (total(sku), places(sku)) == (1, [("MAIN", 0), ("B", 1)])
    set_total_stock(merchant=merchant, totals={sku.pk: 9})
    assert (total(sku), places(sku)) == (9, [("MAIN", 8), ("B", 1)])
    with pytest.raises(ProductRefused):
        set_total_stock(merchant=merchant, totals={sku.pk: -1})


def test_the_database_keeps_movements_and_never_goes_below_zero(merchant, sku):
    for change in (
        lambda: StockMovement.objects.update(quantity=9),
        lambda: StockMovement.objects.all()._raw_delete("default"),
        lambda: WarehouseStock.objects.update(quantity=-1),
        lambda: Sku.objects.update(stock=-1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert ledger(sku) == [("MAIN", "opening", 5)]


def test_stock_of_another_merchant_is_out_of_reach(merchant, sku):
    foreign = Warehouse.objects.create(merchant=MerchantFactory(), code="X", name="X")
    with pytest.raises(ProductRefused, match="another merchant"):
        correct_stock(sku=sku, warehouse=foreign, quantity=1, reason=Reason.COUNT, request_key="k")
    with pytest.raises(ProductRefused, match="another merchant"):
        save_warehouse(merchant=merchant, warehouse=foreign, code="X", name="Mine")
    with pytest.raises(ProductRefused, match="another merchant"):
        save_warehouse(
            merchant=merchant, code="Y", name="Y", kind="physical",
            store=StoreFactory(merchant=foreign.merchant),
        )  # fmt: skip
    assert (total(sku), len(ledger(sku))) == (5, 1)


@pytest.mark.parametrize(("kind", "has_store"), [("network", True), ("physical", False)])
def test_only_a_stores_own_stock_names_a_store(merchant, kind, has_store):
    store = StoreFactory() if has_store else None
    with pytest.raises(ProductRefused, match="names its store"):
        save_warehouse(merchant=merchant, code="Z", name="Z", kind=kind, store=store)


def test_what_runs_low_is_listed_scarcest_first(merchant, sku):
    Sku.objects.filter(pk=sku.pk).update(low_stock=5)
    SkuFactory(code="B", stock=3, low_stock=2)
    SkuFactory(code="C", stock=0)
    none = SkuFactory(code="D", stock=0, low_stock=0)
    assert [each.code for each in low_stock()] == [none.code, "A"]


def test_suppliers(merchant):
    supplier = save_supplier(merchant=merchant, code=" S1 ", name="Farm", contact="Li")
    assert (supplier.code, supplier.name, supplier.is_active) == ("S1", "Farm", True)
    with pytest.raises(ProductRefused):
        save_supplier(merchant=merchant, code="S1", name="Other")
    save_supplier(merchant=merchant, supplier=supplier, code="S1", name="Farm 2", is_active=False)
    supplier.refresh_from_db()
    assert (supplier.name, supplier.is_active) == ("Farm 2", False)


def test_the_number_of_queries_does_not_grow(merchant, django_assert_num_queries):
    few = {SkuFactory(stock=9).pk: 1}
    many = {SkuFactory(stock=9).pk: 1 for _each in range(20)}
    for number, items in enumerate((few, many)):
        with django_assert_num_queries(13):
            reserve_stock(merchant=merchant, items=items, document=f"O{number}", key=f"o{number}")
