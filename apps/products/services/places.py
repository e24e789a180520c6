"""Suppliers and warehouses: whom goods come from and where they lie."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.distributors.models import Store
from apps.merchants.models import Merchant
from apps.products.models import Supplier, Warehouse
from apps.products.services.refusals import ProductRefused


@transaction.atomic
def save_supplier(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    contact: str = "",
    phone: str = "",
    note: str = "",
    is_active: bool = True,
    supplier: Supplier | None = None,
) -> Supplier:
    """Make a supplier or change one. Raises ProductRefused for a code in use or a bad value."""
    supplier = _own(Supplier, merchant, supplier)
    supplier.code, supplier.name = code.strip(), name.strip()
    supplier.contact, supplier.phone, supplier.note = contact.strip(), phone.strip(), note.strip()
    supplier.is_active = is_active
    return save_row(supplier)


@transaction.atomic
def save_warehouse(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    kind: str = Warehouse.Kind.NETWORK,
    store: Store | None = None,
    rank: int = 1,
    is_active: bool = True,
    warehouse: Warehouse | None = None,
) -> Warehouse:
    """Make a warehouse or change one; a store's own stock names the store.

    Raises ProductRefused for a code in use, another merchant's or no store, or a store that has
    stock of its own already.
    """
    warehouse = _own(Warehouse, merchant, warehouse)
    if store is not None and store.merchant_id != merchant.pk:
        raise ProductRefused(_("This store belongs to another merchant."))
    warehouse.code, warehouse.name = code.strip(), name.strip()
    warehouse.kind, warehouse.store = kind, store
    warehouse.rank, warehouse.is_active = rank, is_active
    return save_row(warehouse)


def _own(model, merchant: Merchant, row):
    if row is None:
        return model(merchant=merchant)
    found = model.objects.select_for_update().filter(pk=row.pk, merchant=merchant).first()
    if found is None:
        raise ProductRefused(_("This belongs to another merchant."))
    return found


def save_row(row, exclude: list[str] | None = None):
    """Save a row that holds what its model asks for. Raises ProductRefused with what does not."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise ProductRefused("\n".join(error.messages)) from error
    row.save()
    return row
