"""Products from a merchant's file: one SKU a row, made or brought up to date by its code."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Row
from apps.core.locks import lock_until_commit
from apps.core.money import to_minor
from apps.products.models import Category, Product, Sku
from apps.products.services.categories import ensure_category, split_path
from apps.products.services.refusals import ProductRefused

PRODUCT_COLUMNS = ("sku", "name", "category", "price", "cost", "stock")


@dataclass
class Draft:
    """One row, read."""

    line: int
    sku: str
    name: str
    category: str
    price: Decimal | None
    cost: Decimal | None
    stock: int | None


@transaction.atomic
def import_products(*, merchant, rows: Sequence[Row]) -> ImportReport:
    """Make new SKUs, each with a product of the same code, and update known ones.

    Name and category are the product's. Raises ImportRefused, with nothing written, when any row
    is at fault.
    """
    # Two files at once would both find the same SKU missing, and both make it.
    lock_until_commit(f"products:{merchant.pk}")
    drafts = [_read(row) for row in rows]
    _refuse_repeats(rows, drafts)
    known = _known_skus(merchant, drafts)
    _refuse_foreign_products(merchant, rows, drafts, known)
    _refuse_two_names(rows, drafts, known)
    rows[0].problems.raise_if_any()
    paths = sorted({draft.category for draft in drafts if draft.category})
    categories = {path: ensure_category(merchant=merchant, path=path) for path in paths}
    report = ImportReport()
    new = []
    for draft in drafts:
        sku = known.get(draft.sku)
        if sku is None:
            new.append(draft)
            outcome = "created"
        else:
            outcome = "updated" if _update(sku, draft, categories) else "unchanged"
        report.add(draft.line, outcome, draft.sku)
    _create(merchant, new, categories)
    return report


def _read(row: Row) -> Draft:
    draft = Draft(
        line=row.line,
        sku=row.text("sku", max_length=64),
        name=row.text("name", max_length=120),
        category=row.text("category", required=False, max_length=400),
        price=row.money("price"),
        cost=row.money("cost"),
        stock=row.integer("stock"),
    )
    if draft.category:
        try:
            draft.category = "/".join(split_path(draft.category))
        except ProductRefused as refused:
            row.fail("category", str(refused))
    return draft


def _refuse_repeats(rows: Sequence[Row], drafts: Sequence[Draft]) -> None:
    seen: dict[str, int] = {}
    for row, draft in zip(rows, drafts, strict=True):
        if draft.sku and draft.sku in seen:
            row.fail(
                "sku",
                _("“%(sku)s” stands in line %(line)s already.")
                % {"sku": draft.sku, "line": seen[draft.sku]},
            )
        seen.setdefault(draft.sku, draft.line)


def _known_skus(merchant, drafts: Sequence[Draft]) -> dict[str, Sku]:
    skus = (
        Sku.objects.filter(merchant=merchant)
        .select_related("product")
        .select_for_update(of=("self",))
    )
    wanted = {draft.sku for draft in drafts}
    # In code order, so that two writers never wait for each other.
    return {sku.code: sku for sku in skus.order_by("code") if sku.code in wanted}


def _refuse_foreign_products(merchant, rows, drafts, known: dict[str, Sku]) -> None:
    """A new SKU makes a product of its own code, which another SKU's product may have taken."""
    taken = set(Product.objects.filter(merchant=merchant).values_list("code", flat=True))
    for row, draft in zip(rows, drafts, strict=True):
        if draft.sku in taken and draft.sku not in known:
            row.fail(
                "sku",
                _("“%(sku)s” is the code of a product without such a SKU.") % {"sku": draft.sku},
            )


def _refuse_two_names(rows, drafts, known: dict[str, Sku]) -> None:
    """SKUs of one product share its name and category, so the file must agree with itself."""
    first: dict[int, Draft] = {}
    for row, draft in zip(rows, drafts, strict=True):
        sku = known.get(draft.sku)
        if sku is None:
            continue
        other = first.setdefault(sku.product_id, draft)
        for column in ("name", "category"):
            if getattr(other, column) != getattr(draft, column):
                row.fail(
                    column,
                    _("differs from line %(line)s, which is the same product.")
                    % {"line": other.line},
                )


def _update(sku: Sku, draft: Draft, categories: dict[str, Category]) -> bool:
    category = categories.get(draft.category)
    product = sku.product
    product_now = (product.name, product.category_id)
    product_then = (draft.name, category.pk if category else None)
    if product_now != product_then:
        product.name, product.category = draft.name, category
        product.save(update_fields=["name", "category"])
    sku_now = (to_minor(sku.price), to_minor(sku.cost), sku.stock)
    sku_then = (to_minor(draft.price), to_minor(draft.cost), draft.stock)
    if sku_now != sku_then:
        sku.price, sku.cost, sku.stock = draft.price, draft.cost, draft.stock
        sku.save(update_fields=["price", "cost", "stock"])
    return (product_now, sku_now) != (product_then, sku_then)


def _create(merchant, drafts: Sequence[Draft], categories: dict[str, Category]) -> None:
    products = Product.objects.bulk_create(
        [
            Product(
                merchant=merchant,
                code=draft.sku,
                name=draft.name,
                category=categories.get(draft.category),
            )
            for draft in drafts
        ],
        batch_size=1000,
    )
    Sku.objects.bulk_create(
        [
            Sku(
                merchant=merchant,
                product=product,
                code=draft.sku,
                price=draft.price,
                cost=draft.cost,
                stock=draft.stock,
            )
            for product, draft in zip(products, drafts, strict=True)
        ],
        batch_size=1000,
    )
