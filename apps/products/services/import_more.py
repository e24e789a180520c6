"""The optional columns of a product file: options, suppliers, prices per level, pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from apps.distributors.models import Level
from apps.products.models import (
    VALUE_SEPARATOR,
    CampaignLine,
    LevelPrice,
    Product,
    ProductPicture,
    Sku,
    Supplier,
)
from apps.products.services.archive import ProductArchive
from apps.products.services.drawing import Drawn, draw
from apps.products.services.images import MAX_PICTURES, set_pictures
from apps.products.services.options import MAX_VALUES, check_combination, read_options
from apps.products.services.prices import below_floor, check_new_floor
from apps.products.services.product_file import Draft
from apps.products.services.refusals import ProductRefused

Pictures = dict[str, list[tuple[bytes, Drawn]]]


@dataclass
class Known:
    """What the merchant has that the file speaks of."""

    skus: dict[str, Sku]
    products: dict[str, Product]
    products_by_id: dict[int, Product]
    suppliers: dict[str, int]
    levels: dict[str, Level]
    # Product code → its options as the file leaves them.
    options: dict[str, list[dict]] = field(default_factory=dict)

    def combination(self, draft: Draft) -> str:
        """The row's combination as its SKU keeps it."""
        return VALUE_SEPARATOR.join(value for _name, value in draft.more["options"])


def find_known(merchant, drafts: Sequence[Draft], skus: dict[str, Sku]) -> Known:
    """Suppliers, levels and products, in a query each; unknown suppliers and levels are noted."""
    products = list(Product.objects.filter(merchant=merchant))
    known = Known(
        skus=skus,
        products={product.code: product for product in products},
        products_by_id={product.pk: product for product in products},
        suppliers=dict(Supplier.objects.filter(merchant=merchant).values_list("code", "pk")),
        levels={level.code: level for level in Level.objects.filter(merchant=merchant)},
    )
    for draft in drafts:
        supplier = draft.more.get("supplier")
        if supplier and supplier not in known.suppliers:
            draft.row.fail("supplier", _("“%(code)s” is no supplier's code.") % {"code": supplier})
        for level in draft.more.get("level_prices", {}):
            if level not in known.levels:
                draft.row.fail("level_prices", _("“%(code)s” is no level.") % {"code": level})
    _refuse_prices_of_before(merchant, drafts, known)
    return known


def _refuse_prices_of_before(merchant, drafts: Sequence[Draft], known: Known) -> None:
    """A price or a floor in the file must fit what the SKU keeps beside it."""
    for draft in drafts:
        sku = known.skus.get(draft.sku)
        if sku is None or draft.price is None:
            continue
        if "floor_price" not in draft.more:
            if sku.floor_price is not None and draft.price < sku.floor_price:
                draft.row.fail("price", below_floor(sku, draft.price))
            for amount in draft.more.get("level_prices", {}).values():
                if sku.floor_price is not None and amount < sku.floor_price:
                    draft.row.fail("level_prices", below_floor(sku, amount))
        elif draft.more["floor_price"] not in (None, sku.floor_price):
            _refuse_floor(draft, sku)
        market = sku.market_price
        if "market_price" not in draft.more and market is not None and draft.price > market:
            draft.row.fail(
                "price",
                _("is above the struck-through price, %(price)s.") % {"price": market},
            )


def _refuse_floor(draft: Draft, sku: Sku) -> None:
    new = Sku(pk=sku.pk, code=sku.code, floor_price=draft.more["floor_price"])
    lines = CampaignLine.objects.filter(sku=sku)
    if "level_prices" in draft.more and not lines.exists():
        # The levels' prices are the file's, and were looked at with it.
        return
    try:
        check_new_floor(new)
    except ProductRefused as refused:
        draft.row.fail("floor_price", str(refused))


def refuse_options(drafts: Sequence[Draft], known: Known) -> None:
    """Note rows whose options do not fit each other, or the product's other SKUs."""
    by_product: dict[str, list[Draft]] = {}
    for draft in drafts:
        if "options" in draft.more:
            by_product.setdefault(draft.product, []).append(draft)
    others = _other_combinations(drafts, known)
    for code, rows in by_product.items():
        product = known.products.get(code)
        known.options[code] = _merged(rows, product.options if product else [])
        _refuse_combinations(rows, known, others.get(code, {}))


def _merged(rows: Sequence[Draft], before: list[dict]) -> list[dict]:
    """The options that the rows name, with the values there were and those that are new."""
    naming = [draft for draft in rows if draft.more["options"]]
    if not naming:
        return []
    names = [name for name, _value in naming[0].more["options"]]
    kept = before if [each["name"] for each in before] == names else []
    values: list[list[str]] = [list(each["values"]) for each in kept] or [[] for _name in names]
    for draft in naming:
        if [name for name, _value in draft.more["options"]] != names:
            draft.row.fail(
                "options",
                _("names other options than line %(line)s, which is the same product.")
                % {"line": naming[0].line},
            )
            continue
        for known_values, (name, value) in zip(values, draft.more["options"], strict=True):
            if value not in known_values:
                known_values.append(value)
            if len(known_values) > MAX_VALUES:
                draft.row.fail(
                    "options",
                    _("“%(name)s”: from one to %(max)s values.")
                    % {"name": name, "max": MAX_VALUES},
                )
    return [{"name": name, "values": found} for name, found in zip(names, values, strict=True)]


def _other_combinations(drafts: Sequence[Draft], known: Known) -> dict[str, dict[str, str]]:
    """Product code → combination → SKU, of SKUs that the file does not give one."""
    given = {draft.sku for draft in drafts if "options" in draft.more}
    wanted = {
        known.products[draft.product].pk for draft in drafts if draft.product in known.products
    }
    if not given or not wanted:
        return {}
    found: dict[str, dict[str, str]] = {}
    rows = Sku.objects.filter(product__in=wanted).exclude(combination="")
    for code, product, combination in rows.values_list("code", "product__code", "combination"):
        if code not in given:
            found.setdefault(product, {})[combination] = code
    return found


def _refuse_combinations(rows: Sequence[Draft], known: Known, taken: Mapping[str, str]) -> None:
    options = read_options(known.options[rows[0].product])
    for combination, sku in taken.items():
        try:
            check_combination(options, combination)
        except ProductRefused:
            rows[0].row.fail(
                "options",
                _("does not fit “%(sku)s” of the same product: %(combination)s.")
                % {"sku": sku, "combination": combination},
            )
    owners = dict(taken)
    for draft in rows:
        combination = known.combination(draft)
        if combination and combination in owners:
            draft.row.fail(
                "options",
                _("“%(combination)s” is “%(sku)s” already.")
                % {"combination": combination, "sku": owners[combination]},
            )
        owners.setdefault(combination, draft.sku)


def write_options(drafts: Sequence[Draft], known: Known) -> set[str]:
    """Keep the products' options; the rows' SKUs where they changed."""
    differing = set()
    for code, options in known.options.items():
        product = known.products[code]
        if product.options != options:
            product.options = options
            product.save(update_fields=["options"])
            differing.add(code)
    return {draft.sku for draft in drafts if draft.product in differing}


def write_level_prices(drafts: Sequence[Draft], known: Known) -> set[str]:
    """Make the levels' prices those of the file; the SKUs where they changed."""
    wanted = {
        (known.skus[draft.sku].pk, known.levels[level].pk): price
        for draft in drafts
        for level, price in draft.more.get("level_prices", {}).items()
    }
    codes = {
        known.skus[draft.sku].pk: draft.sku for draft in drafts if "level_prices" in draft.more
    }
    changed = set()
    # One by one, so that each keeps its history.
    for row in LevelPrice.objects.filter(sku__in=list(codes)) if codes else ():
        price = wanted.pop((row.sku_id, row.level_id), None)
        if price == row.price:
            continue
        changed.add(codes[row.sku_id])
        if price is None:
            row.delete()
        else:
            row.price = price
            row.save()
    merchant_id = next(iter(known.products.values())).merchant_id
    for (sku, level), price in wanted.items():
        LevelPrice.objects.create(merchant_id=merchant_id, sku_id=sku, level_id=level, price=price)
    return changed | {codes[sku] for sku, _level in wanted}


def read_pictures(drafts: Sequence[Draft], archive: ProductArchive | None) -> Pictures:
    """Product code → its pictures of the file, drawn; what is missing or no picture is noted."""
    drawn: dict[str, Drawn] = {}
    found: Pictures = {}
    first: dict[str, Draft] = {}
    for draft in drafts:
        names = draft.more.get("images") or []
        if not names:
            continue
        other = first.setdefault(draft.product, draft)
        if other.more["images"] != names:
            draft.row.fail(
                "images",
                _("differs from line %(line)s, which is the same product.") % {"line": other.line},
            )
        elif len(names) > MAX_PICTURES:
            draft.row.fail(
                "images",
                _("A product has at most %(max)s pictures.") % {"max": MAX_PICTURES},
            )
        elif other is draft and archive is not None:
            found[draft.product] = _pictures_of(draft, names, archive, drawn)
    if archive is None:
        _refuse_names_alone(first)
    return found


def _pictures_of(
    draft: Draft, names: Sequence[str], archive: ProductArchive, drawn: dict[str, Drawn]
) -> list[tuple[bytes, Drawn]]:
    found = []
    for name in names:
        content = archive.pictures.get(name)
        if content is None:
            draft.row.fail(
                "images", _("“%(name)s” is not in the folder “images”.") % {"name": name}
            )
            continue
        try:
            drawn[name] = drawn.get(name) or draw(content)
        except ProductRefused as refused:
            draft.row.fail("images", f"{name}: {refused}")
            continue
        found.append((content, drawn[name]))
    return found


def _refuse_names_alone(first: Mapping[str, Draft]) -> None:
    """Without an archive the column may only say what is there already, as an export does."""
    there: dict[str, list[str]] = {}
    pictures = ProductPicture.objects.filter(product__code__in=list(first)) if first else ()
    for picture in pictures:
        there.setdefault(picture.product_id, []).append(picture.file_name)
    ids = dict(Product.objects.filter(code__in=list(first)).values_list("code", "pk"))
    for code, draft in first.items():
        if there.get(ids.get(code), []) != draft.more["images"]:
            draft.row.fail(
                "images", _("Send pictures along: a ZIP of the CSV and a folder “images”.")
            )


def write_pictures(
    drafts: Sequence[Draft], known: Known, pictures: Pictures, write_files: bool
) -> set[str]:
    """Give the products their pictures; the rows' SKUs where they changed."""
    changed = {
        code
        for code, contents in pictures.items()
        if set_pictures(product=known.products[code], contents=contents, write_files=write_files)
    }
    return {draft.sku for draft in drafts if draft.product in changed}
