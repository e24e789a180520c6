"""A level as fields to fill in, and back. Its service decides what is right."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from apps.console.views.plan_fields import RowForm, number, select, text
from apps.distributors.models import Level, LevelCondition
from apps.distributors.services.levels import ConditionTerms, LevelTerms
from apps.orders.models import LevelGoods
from apps.orders.services.level_goods import Goods
from apps.orders.services.lines import category_paths
from apps.products.models import Category, Product

GROUPS = ("conditions", "sell", "count")
Kind = LevelCondition.Kind
Period = LevelCondition.Period
# What needs no further number comes first.
PERIODS = (Period.MONTH, Period.QUARTER, Period.DAYS, Period.LIFETIME)


def percent(label: Any, help_text: Any = "", required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def whole(label: Any, help_text: Any = "", required: bool = False, **bounds: int):
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        **bounds,
    )


class LevelHead(forms.Form):
    """What a level says once."""

    name = forms.CharField(label=_("Level name"), max_length=40)
    code = forms.SlugField(
        label=_("Level code"),
        max_length=40,
        help_text=_("Letters, digits, - and _. Plans and files name it: it never changes."),
    )
    rank = whole(
        _("Level rank"), _("A higher rank is a higher level."), True, min_value=0, max_value=100_000
    )
    badge_text = forms.CharField(
        label=_("Badge"), max_length=8, required=False, help_text=_("Empty: the name.")
    )
    badge_colour = forms.ChoiceField(label=_("Badge colour"), choices=Level.Colour.choices)
    default_rate_1 = percent(_("Depth 1, percent"))
    default_rate_2 = percent(_("Depth 2, percent"))
    default_rate_3 = percent(_("Depth 3, percent"))
    own_discount = percent(
        _("Discount on own purchases, percent"),
        _("In every shop, for who is signed in as a distributor of this level."),
    )
    return_quota = percent(
        _("Return quota, percent"),
        _("The share of bought goods that may be sent back; 20 to 30 is usual."),
    )
    goods = forms.ChoiceField(label=_("May sell"), choices=Level.Goods.choices)
    may_recruit = forms.BooleanField(
        label=_("May bring in distributors of their own"), required=False
    )
    max_direct = whole(
        _("Most direct distributors"),
        _("Empty: no limit. Terminated people do not count."),
        min_value=0,
        max_value=1_000_000,
    )
    materials = forms.ChoiceField(label=_("Promotion materials"), choices=Level.Materials.choices)
    combine = forms.ChoiceField(label=_("Reached by"), choices=Level.Combine.choices)
    grace_days = whole(
        _("Days of grace"),
        _(
            "Who falls short keeps the level for so many days, then falls. 0: at once. Empty: a "
            "level once reached is kept."
        ),
        min_value=0,
        max_value=366,
    )


class ConditionRow(RowForm):
    """At least so much of a figure over a period."""

    group = "conditions"

    kind = select(_("Figure"), Kind.choices)
    number = number(_("At least"))
    period = select(_("Period"), [(each, each.label) for each in PERIODS])
    days = text(_("Days"), inputmode="numeric", autocomplete="off")

    def clean(self) -> None:
        if not self.is_filled:
            return
        try:
            self.figure = Decimal(self.value("number"))
        except InvalidOperation:
            self.figure = None
        if self.figure is None or not self.figure.is_finite() or not 0 < self.figure <= 10**10:
            self.add_error("number", _("Give a number above zero."))
        elif self.figure != round(self.figure, 0 if self.value("kind") == Kind.ORDERS else 2):
            self.add_error("number", _("Too many decimals."))
        is_days = self.value("period") == Period.DAYS
        if is_days and not (self.value("days").isdecimal() and int(self.value("days")[:6])):
            self.add_error("days", _("How many days?"))

    def terms(self) -> ConditionTerms:
        kind, period = self.value("kind"), self.value("period")
        is_count = kind == Kind.ORDERS
        return ConditionTerms(
            kind=kind,
            period=period,
            days=int(self.value("days")) if period == Period.DAYS else None,
            amount=None if is_count else self.figure,
            count=int(self.figure) if is_count else None,
        )


class GoodsRow(RowForm):
    """A category with all below it, or one product."""

    telling = ("value",)

    scope = select(_("Goods"), [("category", _("Category")), ("product", _("Product"))])
    value = text(_("Which"), list="plan-category", autocomplete="off")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs["list"] = f"plan-{self.value('scope') or 'category'}"

    def find(self, categories: dict[str, int]) -> Category | Product | None:
        """What it names in the merchant's scope, `categories` by path; the fault is shown here."""
        value = self.value("value")
        if self.value("scope") == "product":
            found = Product.objects.filter(code=value).first()
        else:
            found = Category.objects.filter(pk=categories.get(value)).first()
        if found is None:
            self.add_error("value", _("There is no such thing here: choose from the list."))
        return found


class LevelForm:
    """The fields of a level, filled from what was posted."""

    rows = {"conditions": ConditionRow, "sell": GoodsRow, "count": GoodsRow}

    def __init__(self, data: MultiValueDict, *, is_new: bool):
        self.head = LevelHead(data, label_suffix="")
        if not is_new:
            self.head.fields["code"].disabled = True
            self.head.fields["code"].initial = data.get("code")
        self.tables = {
            group: [row(values, place, [], group) for place, values in _rows(data, group)]
            for group, row in self.rows.items()
        }

    @property
    def blank(self) -> dict[str, RowForm]:
        """An empty row of each table, to be added."""
        return {group: row({}, 0, [], group) for group, row in self.rows.items()}

    def add_row(self, group: str) -> None:
        """One more empty row, for browsers without scripts."""
        rows = self.tables[group]
        rows.append(self.rows[group]({}, len(rows), [], group))

    def remove_row(self, group: str, place: int) -> None:
        self.tables[group] = [row for row in self.tables[group] if row.place != place]

    def filled(self, group: str) -> list[Any]:
        return [row for row in self.tables[group] if row.is_filled]

    def values(self) -> dict[str, Any] | None:
        """What `save_level_with_goods` takes, without the level; None, with faults at fields."""
        goods = {group: self._goods(group) for group in ("sell", "count")}
        rows_are_sound = not any(row.errors for rows in self.tables.values() for row in rows)
        if not self.head.is_valid() or not rows_are_sound:
            return None
        cleaned = dict(self.head.cleaned_data)
        named = {name: cleaned.pop(name) for name in ("code", "name", "rank")}
        for name in ("own_discount", "return_quota"):
            cleaned[name] = cleaned[name] or Decimal(0)
        return {
            **named,
            "terms": LevelTerms(**cleaned),
            "conditions": [row.terms() for row in self.filled("conditions")],
            "may_sell": goods["sell"],
            "counted": goods["count"],
        }

    def _goods(self, group: str) -> Goods:
        paths = {path: pk for pk, path in category_paths().items()}
        found = [row.find(paths) for row in self.filled(group)]
        categories = {each.pk: each for each in found if isinstance(each, Category)}
        products = {each.pk: each for each in found if isinstance(each, Product)}
        return Goods(categories=list(categories.values()), products=list(products.values()))


def _rows(data: MultiValueDict, group: str) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {
        key.removeprefix(f"{group}-"): data.getlist(key)
        for key in data
        if key.startswith(f"{group}-")
    }
    for place in range(max(map(len, columns.values()), default=0)):
        yield (
            place,
            {name: cells[place] for name, cells in columns.items() if place < len(cells)},
        )


def values_of(level: Level | None) -> MultiValueDict:
    """What the fields of a level hold, as a browser would post it; those of a new one for None."""
    source = level or Level()
    data = MultiValueDict()
    for name in LevelHead.base_fields:
        value = getattr(source, name)
        if value is True:
            data[name] = "on"
        elif value is not None and value is not False and value != "":
            data[name] = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if level is None:
        return data
    for each in level.conditions.order_by("pk"):
        figure = each.count if each.amount is None else each.amount
        cells = {"kind": each.kind, "number": figure, "period": each.period, "days": each.days}
        _append(data, "conditions", cells)
    paths = category_paths()
    for each in LevelGoods.objects.filter(level=level).select_related("product").order_by("pk"):
        is_product = each.product_id is not None
        value = each.product.code if is_product else paths[each.category_id]
        cells = {"scope": "product" if is_product else "category", "value": value}
        _append(data, each.use, cells)
    return data


def _append(data: MultiValueDict, group: str, cells: dict[str, Any]) -> None:
    for name, value in cells.items():
        data.appendlist(f"{group}-{name}", "" if value is None else str(value))
