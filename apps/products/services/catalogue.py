"""Products and SKUs, one at a time. Orders keep the prices they were placed with."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.money import MoneyError, to_major, to_minor
from apps.products.models import Category, Product, Sku
from apps.products.services.refusals import ProductRefused


@transaction.atomic
def save_product(
    *,
    merchant,
    code: str,
    name: str,
    category: Category | None = None,
    summary: str = "",
    description: str = "",
    is_listed: bool = True,
    product: Product | None = None,
) -> Product:
    """Make a product, or change one. Raises ProductRefused for a code in use or a bad value."""
    product = _locked(Product, product) or Product(merchant=merchant)
    product.code, product.name = code.strip(), name.strip()
    if category is not None and category.merchant_id != product.merchant_id:
        raise ProductRefused(_("This category belongs to another merchant."))
    product.category = category
    product.summary, product.description = summary.strip(), description.strip()
    product.is_listed = is_listed
    return _save(product, exclude=["image"])


@transaction.atomic
def save_sku(
    *,
    product: Product,
    code: str,
    price: Decimal,
    cost: Decimal,
    stock: int | None,
    sku: Sku | None = None,
) -> Sku:
    """Make a SKU of a product, or change one; price and cost in major units.

    Without `stock` a known SKU keeps what it has, and a new one starts with none.
    Raises ProductRefused for a code in use, a negative amount or stock.
    """
    sku = _locked(Sku, sku) or Sku(merchant=product.merchant, product=product)
    sku.code = code.strip()
    if stock is not None:
        sku.stock = stock
    sku.price, sku.cost = _amount(price), _amount(cost)
    return _save(sku)


def _amount(value: Decimal) -> Decimal:
    try:
        minor = to_minor(value)
    except MoneyError as error:
        raise ProductRefused(
            _("“%(value)s” is not an amount with at most two decimals.") % {"value": value}
        ) from error
    if minor < 0:
        raise ProductRefused(_("Price and cost must not be negative."))
    return to_major(minor)


def _locked(model, row):
    return model.objects.select_for_update().get(pk=row.pk) if row else None


def _save(row, exclude: list[str] | None = None):
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise ProductRefused("\n".join(error.messages)) from error
    row.save()
    return row
