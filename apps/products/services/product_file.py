"""The rows of a product file: what each cell says, and faults by line and column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.core.csv_files import Row
from apps.core.csv_output import FORMULA_STARTS
from apps.core.money import MoneyError, to_major, to_minor
from apps.products.services.categories import split_path
from apps.products.services.options import Option, check_options
from apps.products.services.refusals import ProductRefused

PRODUCT_COLUMNS = ("sku", "name", "category", "price", "cost", "stock")
# A column that is not there leaves what it is about as it is; an empty cell takes it away, but
# for pictures, which are only ever replaced.
MORE_COLUMNS = (
    "product",
    "options",
    "market_price",
    "floor_price",
    "supplier",
    "low_stock",
    "level_prices",
    "images",
)
BETWEEN = ";"
PAIR = ":"


@dataclass
class Draft:
    """One row, read. `more` holds the cells of optional columns that the file has."""

    row: Row
    sku: str
    product: str
    name: str
    category: str
    price: Decimal | None
    cost: Decimal | None
    stock: int | None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> int:
        """Where it stands in the file."""
        return self.row.line


def read_draft(row: Row) -> Draft:
    """The row as a draft; its faults are noted."""
    sku = _text(row, "sku", max_length=64)
    draft = Draft(
        row=row,
        sku=sku,
        product=_text(row, "product", required=False, max_length=64),
        name=_text(row, "name", max_length=120),
        category=_text(row, "category", required=False, max_length=400),
        price=row.money("price"),
        cost=row.money("cost"),
        stock=row.integer("stock"),
    )
    if draft.category:
        draft.category = _told(row, "category", lambda: "/".join(split_path(draft.category)), "")
    readers: dict[str, Callable[[Row], Any]] = {
        "options": _options,
        "market_price": lambda each: each.money("market_price", required=False),
        "floor_price": lambda each: each.money("floor_price", required=False),
        "supplier": lambda each: _text(each, "supplier", required=False, max_length=64),
        "low_stock": lambda each: each.integer("low_stock", required=False),
        "level_prices": _level_prices,
        "images": _images,
    }
    draft.more = {name: read(row) for name, read in readers.items() if name in row.cells}
    _check_prices(draft)
    return draft


def _check_prices(draft: Draft) -> None:
    price = draft.price
    if price is None:
        return
    floor, market = draft.more.get("floor_price"), draft.more.get("market_price")
    if floor is not None and price < floor:
        draft.row.fail(
            "price",
            _("%(price)s is below the lowest price allowed, %(floor)s.")
            % {"price": price, "floor": floor},
        )
    if market is not None and market < price:
        draft.row.fail("market_price", _("is below the price, %(price)s.") % {"price": price})
    for amount in draft.more.get("level_prices", {}).values():
        if floor is not None and amount < floor:
            draft.row.fail(
                "level_prices",
                _("%(price)s is below the lowest price allowed, %(floor)s.")
                % {"price": amount, "floor": floor},
            )
        if amount > price:
            draft.row.fail(
                "level_prices",
                _("%(price)s is above the SKU's own price, %(own)s.")
                % {"price": amount, "own": price},
            )


def _text(row: Row, column: str, *, required: bool = True, max_length: int) -> str:
    value = row.text(column, required=required, max_length=max_length)
    # As exports write words that a spreadsheet would run.
    if value.startswith("'") and value[1:2] in FORMULA_STARTS:
        return value[1:]
    return value


def _told(row: Row, column: str, read: Callable[[], Any], default: Any) -> Any:
    """What `read` makes of the cell; a refusal is a fault of it."""
    try:
        return read()
    except ProductRefused as refused:
        row.fail(column, str(refused))
        return default


def _parts(row: Row, column: str, max_length: int) -> list[str]:
    text = _text(row, column, required=False, max_length=max_length)
    return [part.strip() for part in text.replace("；", BETWEEN).split(BETWEEN) if part.strip()]


def _pairs(row: Row, column: str) -> list[tuple[str, str]]:
    pairs = []
    for part in _parts(row, column, max_length=1000):
        name, sign, value = part.replace("：", PAIR).partition(PAIR)
        if not (sign and name.strip() and value.strip()):
            row.fail(column, _("“%(part)s” is not written as name:value.") % {"part": part[:80]})
            return []
        pairs.append((name.strip(), value.strip()))
    if len({name for name, _value in pairs}) != len(pairs):
        row.fail(column, _("names something twice."))
        return []
    return pairs


def _options(row: Row) -> list[tuple[str, str]]:
    pairs = _pairs(row, "options")
    checked = [Option(name, (value,)) for name, value in pairs]
    return pairs if _told(row, "options", lambda: check_options(checked), None) is not None else []


def _level_prices(row: Row) -> dict[str, Decimal]:
    prices = {}
    for level, value in _pairs(row, "level_prices"):
        try:
            minor = to_minor(value)
        except MoneyError:
            minor = -1
        if minor < 0:
            row.fail(
                "level_prices",
                _("“%(value)s” is not an amount with at most two decimals.") % {"value": value},
            )
            return {}
        prices[level] = to_major(minor)
    return prices


def _images(row: Row) -> list[str]:
    return _parts(row, "images", max_length=2000)


def refuse_repeats(drafts: Sequence[Draft]) -> None:
    """Note SKUs that stand in the file twice."""
    seen: dict[str, int] = {}
    for draft in drafts:
        if draft.sku and draft.sku in seen:
            draft.row.fail(
                "sku",
                _("“%(sku)s” stands in line %(line)s already.")
                % {"sku": draft.sku, "line": seen[draft.sku]},
            )
        seen.setdefault(draft.sku, draft.line)
