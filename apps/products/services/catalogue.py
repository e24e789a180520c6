"""Products and SKUs, one at a time. Orders keep the prices they were placed with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.rich_text import clean_rich_text
from apps.products.models import Category, Product, Sku
from apps.products.services.options import (
    Option,
    check_combination,
    check_options,
    combinations,
    read_options,
)
from apps.products.services.places import save_row
from apps.products.services.prices import check_floor, check_new_floor, read_amount
from apps.products.services.refusals import ProductRefused
from apps.products.services.stock import lock_skus, set_total_stock


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
    """Make a product, or change one; of the description only harmless markup is kept.

    Raises ProductRefused for a code in use or a bad value.
    """
    product = _locked(Product, product) or Product(merchant=merchant)
    product.code, product.name = code.strip(), name.strip()
    if category is not None and category.merchant_id != product.merchant_id:
        raise ProductRefused(_("This category belongs to another merchant."))
    product.category = category
    product.summary, product.description = summary.strip(), clean_rich_text(description)
    product.is_listed = is_listed
    return save_row(product, exclude=["image", "video"])


@transaction.atomic
def save_sku(
    *,
    product: Product,
    code: str,
    price: Decimal,
    cost: Decimal,
    stock: int | None,
    sku: Sku | None = None,
    actor: User | None = None,
    **more: Any,
) -> Sku:
    """Make a SKU of a product, or change one; amounts in major units.

    `stock` is the total over all warehouses, written as a stock count; without it a known SKU keeps
    what it has, and a new one starts with none. `more` may name `combination`, `market_price`,
    `floor_price`, `supplier` and `low_stock`; what it does not name stays. Raises ProductRefused
    for a code or combination in use, a negative amount or stock, a price below the floor, a floor
    above a level's or a campaign's price, and another merchant's supplier.
    """
    sku = lock_skus([sku.pk])[sku.pk] if sku else Sku(merchant=product.merchant, product=product)
    sku.code = code.strip()
    sku.price, sku.cost = read_amount(price), read_amount(cost)
    _set_more(sku, product, **more)
    check_floor(sku, sku.price)
    check_new_floor(sku)
    if stock is not None and stock < 0:
        raise ProductRefused(_("Stock must not be negative."))
    sku = save_row(sku)
    if stock is not None:
        set_total_stock(merchant=product.merchant, totals={sku.pk: stock}, actor=actor)
        sku.stock = stock
    return sku


def _set_more(sku: Sku, product: Product, **more: Any) -> None:
    if "combination" in more:
        options = read_options(product.options)
        sku.combination = check_combination(options, more.pop("combination"))
    for name in ("market_price", "floor_price"):
        if name in more:
            value = more.pop(name)
            setattr(sku, name, None if value is None else read_amount(value))
    if "supplier" in more:
        supplier = more.pop("supplier")
        if supplier is not None and supplier.merchant_id != product.merchant_id:
            raise ProductRefused(_("This supplier belongs to another merchant."))
        sku.supplier = supplier
    if "low_stock" in more:
        sku.low_stock = more.pop("low_stock")
    if more:
        raise TypeError(f"save_sku knows no {', '.join(more)}.")


@transaction.atomic
def set_options(
    *,
    product: Product,
    options: Sequence[Option],
    price: Decimal | None = None,
    cost: Decimal = Decimal(0),
) -> list[Sku]:
    """Say what a product's SKUs differ in; with `price`, make a SKU of every missing combination.

    A new SKU's code is the product's with a number, its price and cost (major units) are those
    given, its stock is none. The new SKUs. Raises ProductRefused, with nothing changed, for options
    that cannot be, or where a SKU of the product has a value that would no longer be there.
    """
    product = _locked(Product, product)
    product.options = check_options(options)
    kept = read_options(product.options)
    known = list(lock_skus(product.skus.values_list("pk", flat=True)).values())
    for sku in known:
        check_combination(kept, sku.combination)
    product.save(update_fields=["options"])
    if price is None:
        return []
    taken = {sku.combination for sku in known}
    codes = set(Sku.objects.filter(merchant=product.merchant_id).values_list("code", flat=True))
    new, number = [], 0
    for combination in combinations(kept):
        if combination in taken:
            continue
        number += 1
        while f"{product.code}-{number}" in codes:
            number += 1
        new.append(
            save_sku(
                product=product,
                code=f"{product.code}-{number}",
                price=price,
                cost=cost,
                stock=None,
                combination=combination,
            )
        )
    return new


def _locked(model, row):
    return model.objects.select_for_update().get(pk=row.pk) if row else None
