"""Products from a merchant's file: one SKU a row, made or brought up to date by its code."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Row
from apps.core.locks import lock_until_commit
from apps.core.money import to_minor
from apps.products.models import Category, Product, Sku, StockMovement
from apps.products.services.archive import ProductArchive
from apps.products.services.categories import ensure_category
from apps.products.services.import_more import (
    Known,
    find_known,
    read_pictures,
    refuse_options,
    write_level_prices,
    write_options,
    write_pictures,
)
from apps.products.services.product_file import (
    MORE_COLUMNS,
    PRODUCT_COLUMNS,
    Draft,
    read_draft,
    refuse_repeats,
)
from apps.products.services.stock import lock_skus, set_total_stock

__all__ = ["MORE_COLUMNS", "PRODUCT_COLUMNS", "import_products"]
MONEY = ("price", "cost", "market_price", "floor_price")


@transaction.atomic
def import_products(
    *,
    merchant,
    rows: Sequence[Row],
    archive: ProductArchive | None = None,
    write_files: bool = True,
) -> ImportReport:
    """Make new SKUs, each with a product of the same code or the one it names, and update known
    ones.

    Name, category, options and pictures are the product's; pictures come with an `archive`. Raises
    ImportRefused, with nothing written, when any row is at fault. Without `write_files` pictures
    are looked at but not stored, for a rehearsal that is rolled back.
    """
    # Two files at once would both find the same SKU missing, and both make it.
    lock_until_commit(f"products:{merchant.pk}")
    drafts = [read_draft(row) for row in rows]
    refuse_repeats(drafts)
    skus = _known_skus(merchant, drafts)
    known = find_known(merchant, drafts, skus)
    _refuse_foreign_products(drafts, known)
    _refuse_two_names(drafts)
    refuse_options(drafts, known)
    pictures = read_pictures(drafts, archive)
    rows[0].problems.raise_if_any()
    paths = sorted({draft.category for draft in drafts if draft.category})
    categories = {path: ensure_category(merchant=merchant, path=path) for path in paths}
    changed = _write_products(merchant, drafts, known, categories)
    changed |= write_options(drafts, known)
    new = [draft for draft in drafts if draft.sku not in skus]
    changed |= _update_skus(drafts, known)
    _create_skus(merchant, new, known)
    changed |= write_level_prices(drafts, known)
    changed |= write_pictures(drafts, known, pictures, write_files)
    _set_stock(merchant, drafts, known)
    fresh = {draft.sku for draft in new}
    report = ImportReport()
    for draft in drafts:
        outcome = "updated" if draft.sku in changed else "unchanged"
        report.add(draft.line, "created" if draft.sku in fresh else outcome, draft.sku)
    return report


def _known_skus(merchant, drafts: Sequence[Draft]) -> dict[str, Sku]:
    wanted = {draft.sku for draft in drafts}
    every = Sku.objects.filter(merchant=merchant).values_list("pk", "code")
    skus = lock_skus(pk for pk, code in every.iterator() if code in wanted)
    return {sku.code: sku for sku in skus.values()}


def _refuse_foreign_products(drafts: Sequence[Draft], known: Known) -> None:
    """A SKU stays with its product; without naming one, a new SKU makes one of its own code."""
    for draft in drafts:
        sku = known.skus.get(draft.sku)
        if sku is not None:
            code = known.products_by_id[sku.product_id].code
            if draft.product and draft.product != code:
                draft.row.fail(
                    "product",
                    _("“%(sku)s” belongs to “%(code)s”.") % {"sku": draft.sku, "code": code},
                )
            draft.product = code
        elif not draft.product and draft.sku in known.products:
            draft.row.fail(
                "sku",
                _("“%(sku)s” is the code of a product without such a SKU.") % {"sku": draft.sku},
            )
        draft.product = draft.product or draft.sku


def _refuse_two_names(drafts: Sequence[Draft]) -> None:
    """SKUs of one product share its name and category, so the file must agree with itself."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.product, draft)
        for column in ("name", "category"):
            if getattr(other, column) != getattr(draft, column):
                draft.row.fail(
                    column,
                    _("differs from line %(line)s, which is the same product.")
                    % {"line": other.line},
                )


def _write_products(
    merchant, drafts: Sequence[Draft], known: Known, categories: Mapping[str, Category]
) -> set[str]:
    """Make and change products; the SKUs of those that changed."""
    changed: set[str] = set()
    new: dict[str, Product] = {}
    renamed: set[str] = set()
    for draft in drafts:
        category = categories.get(draft.category)
        product = known.products.get(draft.product)
        if product is None:
            product = Product(
                merchant=merchant, code=draft.product, name=draft.name, category=category
            )
            known.products[draft.product] = new[draft.product] = product
        elif draft.product in new:
            continue
        elif (product.name, product.category_id) != (draft.name, category.pk if category else None):
            product.name, product.category = draft.name, category
            product.save(update_fields=["name", "category"])
            renamed.add(draft.product)
        if draft.product in renamed:
            changed.add(draft.sku)
    Product.objects.bulk_create(new.values(), batch_size=1000)
    return changed


def _values(draft: Draft, known: Known) -> dict:
    """What the row says about its SKU, but for its stock, by the names of the fields."""
    values = {"price": draft.price, "cost": draft.cost}
    more = draft.more
    for name in ("market_price", "floor_price", "low_stock"):
        if name in more:
            values[name] = more[name]
    if "supplier" in more:
        values["supplier_id"] = known.suppliers[more["supplier"]] if more["supplier"] else None
    if "options" in more:
        values["combination"] = known.combination(draft)
    return values


def _update_skus(drafts: Sequence[Draft], known: Known) -> set[str]:
    """Bring known SKUs up to date; those that changed, by their stock too."""
    changed: set[str] = set()
    rows: list[tuple[Sku, dict]] = []
    for draft in drafts:
        sku = known.skus.get(draft.sku)
        if sku is None:
            continue
        values = _values(draft, known)
        differing = {
            name: value
            for name, value in values.items()
            if _plain(name, value) != _plain(name, getattr(sku, name))
        }
        if differing:
            rows.append((sku, differing))
        if differing or draft.stock != sku.stock:
            changed.add(draft.sku)
    # Two SKUs may change places, so that places are left before they are taken.
    leaving = [sku.pk for sku, differing in rows if "combination" in differing]
    if leaving:
        Sku.objects.filter(pk__in=leaving).update(combination="")
    for sku, differing in rows:
        for name, value in differing.items():
            setattr(sku, name, value)
        sku.save(update_fields=list(differing))
    return changed


def _plain(name: str, value):
    return to_minor(value) if name in MONEY and value is not None else value


def _create_skus(merchant, drafts: Sequence[Draft], known: Known) -> None:
    made = Sku.objects.bulk_create(
        [
            Sku(
                merchant=merchant,
                product=known.products[draft.product],
                code=draft.sku,
                **_values(draft, known),
            )
            for draft in drafts
        ],
        batch_size=1000,
    )
    known.skus.update((sku.code, sku) for sku in made)


def _set_stock(merchant, drafts: Sequence[Draft], known: Known) -> None:
    set_total_stock(
        merchant=merchant,
        totals={known.skus[draft.sku].pk: draft.stock for draft in drafts},
        reason=StockMovement.Reason.IMPORT,
    )
