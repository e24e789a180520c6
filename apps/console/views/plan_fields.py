"""A plan document as fields to fill in, and back: each fault shown at the field that it names.

The document's own checks decide what is right; here values only change their shape.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from apps.commissions.plan_document import PlanProblem

UNITS = [("percent", "%"), ("amount", _("per piece"))]
SCOPES = [
    ("", _("any goods")),
    ("sku", _("SKU")),
    ("product", _("Product")),
    ("category", _("Category")),
]
BONUSES = 3
Choices = list[tuple[str, Any]]


def text(label: Any, help_text: Any = "", **attrs: str) -> forms.CharField:
    """A line of text; nothing is needed here, the document's checks ask for what is."""
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=forms.TextInput(attrs=attrs)
    )


def number(label: Any, help_text: Any = "") -> forms.CharField:
    return text(label, help_text, inputmode="decimal", autocomplete="off")


def select(label: Any, choices: Choices, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=forms.Select(choices=choices)
    )


def flag(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class RowForm(forms.Form):
    """One row of a table. Its rows share their field names: the browser sends them in order."""

    group: ClassVar[str] = ""
    # A row with none of these filled in is not there.
    telling: ClassVar[tuple[str, ...]] = ("number",)

    def __init__(self, values: Mapping[str, str], place: int, levels: Choices, group: str = ""):
        self.place = place
        group = group or self.group
        data = {f"{group}-{name}": value for name, value in values.items()}
        super().__init__(data, prefix=group, auto_id=f"id_%s_{place}", label_suffix="")
        if "level" in self.fields:
            current = values.get("level", "")
            known = {code for code, _name in levels}
            kept = [] if current in known or not current else [(current, current)]
            self.fields["level"].widget.choices = [("", _("any level")), *levels, *kept]
        self.full_clean()

    def value(self, name: str) -> str:
        return self.cleaned_data.get(name, "").strip()

    @property
    def is_filled(self) -> bool:
        return any(self.value(name) for name in self.telling)

    def earning(self) -> dict[str, str]:
        return {self.value("unit") or "percent": self.value("number")}


class RuleRow(RowForm):
    group = "rules"
    telling = ("number", "value", "level")

    depth = select(_("Depth"), [("1", "1"), ("2", "2"), ("3", "3")])
    level = select(_("Level"), [])
    scope = select(_("Goods"), SCOPES)
    value = text(_("Which"), list="plan-sku", autocomplete="off")
    number = number(_("Pays"))
    unit = select(_("Unit"), UNITS)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs["list"] = f"plan-{self.value('scope') or 'sku'}"

    def part(self) -> dict[str, Any]:
        part: dict[str, Any] = {"depth": whole(self.value("depth"))}
        if self.value("level"):
            part["level"] = self.value("level")
        if self.value("scope"):
            part[self.value("scope")] = self.value("value")
        return part | self.earning()

    def clean(self) -> None:
        if self.value("value") and not self.value("scope"):
            self.add_error("scope", _("Choose what this is, or empty the field beside it."))


class RateRow(RowForm):
    group = "rates"
    telling = ("level", "number")

    level = select(_("Level"), [])
    number = number(_("Percent"))

    def part(self) -> dict[str, Any]:
        return {"level": self.value("level"), "percent": self.value("number")}


class AgentRow(RowForm):
    group = "agents"
    telling = ("region", "distributor", "number")

    region = text(_("Region"), placeholder="浙江省/杭州市")
    distributor = text(_("Distributor code"), autocomplete="off")
    number = number(_("Pays"))
    unit = select(_("Unit"), UNITS)

    def part(self) -> dict[str, Any]:
        names = ("region", "distributor")
        return {name: self.value(name) for name in names} | self.earning()


class StepRow(RowForm):
    telling = ("reach", "number")

    reach = number(_("From net sales of"))
    number = number(_("Pays"))
    unit = select(_("Unit"), [("percent", _("percent of them")), ("amount", _("once"))])

    def part(self) -> dict[str, Any]:
        return {"reach": self.value("reach")} | self.earning()


class BonusFields(RowForm):
    """Whose sales a stage bonus looks at, in what period, and how much it gives out at most."""

    of = select(_("Sales"), [("own", _("own sales")), ("team", _("team sales"))])
    period = select(
        _("Period"), [("month", _("month")), ("quarter", _("quarter")), ("year", _("year"))]
    )
    pool = number(_("Pool"), _("The most it gives out in a period. Empty: no limit."))


class HeadForm(forms.Form):
    """What a plan says once."""

    name = text(_("Plan name"), maxlength="80")
    depths = select(
        _("Depths"),
        [("1", "1"), ("2", "2"), ("3", "3")],
        _("1: the seller. 2: the upline as well. 3: the upline's upline as well."),
    )
    base = select(
        _("Base"),
        [
            ("paid", _("line paid, after discounts, without shipping")),
            ("list", _("list price × quantity")),
            ("profit", _("profit: paid − cost, never below 0")),
        ],
    )
    hold_days = number(_("Hold, days"), _("After completion, before it can be withdrawn."))
    self_purchase = flag(_("Own purchases earn the buyer commission"))
    compression = flag(_("Skip inactive uplines: the next active one moves up"))
    ceiling_of = select(
        _("Ceiling"),
        [("", _("none")), ("paid", _("of the line paid")), ("profit", _("of the profit"))],
        _("All people together never earn more than this share of a line."),
    )
    ceiling_percent = number(_("Ceiling, percent"))
    same_level = number(
        _("Same-level award, percent"),
        _("For an upline whose rate is not higher because the one below has the same level."),
    )
    newcomer_days = number(_("Days since joining"))
    newcomer_percent = number(_("Percent"))
    referral_orders = number(_("First own orders"))
    referral_percent = number(_("Percent"))
    regions_pays = select(
        _("An order pays"),
        [
            ("nearest", _("the nearest agent only")),
            ("all", _("the agents of district, city and province")),
        ],
    )
    store_number = number(_("Pays"))
    store_unit = select(_("Unit"), UNITS)

    def value(self, name: str) -> str:
        return self.cleaned_data.get(name, "").strip()


# Where a path of the document stands among the fields of HeadForm.
HEAD_FIELDS = {
    **{name: name for name in ("name", "depths", "base", "hold_days", "self_purchase")},
    "compression": "compression",
    "ceiling.of": "ceiling_of",
    "ceiling.percent": "ceiling_percent",
    "level_difference.same_level": "same_level",
    "newcomer.days": "newcomer_days",
    "newcomer.percent": "newcomer_percent",
    "referral.orders": "referral_orders",
    "referral.percent": "referral_percent",
    "regions.pays": "regions_pays",
    "store": "store_number",
    "store.percent": "store_number",
    "store.amount": "store_number",
}
# Where a key of a row of the document stands among the fields of its row.
ROW_FIELDS = {
    **dict.fromkeys(("percent", "amount"), "number"),
    **dict.fromkeys(("sku", "product", "category"), "value"),
}
ROW_PATH = re.compile(r"^(rules|level_difference\.rates|regions\.agents)\[(\d+)\]\.?(\w*)$")
STEP_PATH = re.compile(r"^stage_bonuses\[(\d+)\](?:\.steps\[(\d+)\])?\.?(\w*)$")
TABLES = {"rules": RuleRow, "rates": RateRow, "agents": AgentRow}
TABLE_OF = {"rules": "rules", "level_difference.rates": "rates", "regions.agents": "agents"}


def whole(value: str) -> int | str:
    """A whole number where it is one; the document's checks complain about anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else value


class PlanForm:
    """The fields of a plan, filled from what was posted."""

    def __init__(self, data: MultiValueDict, levels: Choices):
        self.levels = levels
        self.head = HeadForm(data, label_suffix="")
        self.head.full_clean()
        self.tables = {
            group: [row_class(values, place, levels) for place, values in self._rows(data, group)]
            for group, row_class in TABLES.items()
        }
        self.bonuses = [self._bonus(data, place) for place in range(BONUSES)]

    @staticmethod
    def _rows(data: MultiValueDict, group: str) -> Iterator[tuple[int, dict[str, str]]]:
        columns = {
            key.removeprefix(f"{group}-"): data.getlist(key)
            for key in data
            if key.startswith(f"{group}-")
        }
        for place in range(max(map(len, columns.values()), default=0)):
            yield place, {name: cells[place] for name, cells in columns.items()
                          if place < len(cells)}  # fmt: skip

    def _bonus(self, data: MultiValueDict, place: int) -> dict[str, Any]:
        group = f"steps{place}"
        own = next(iter(self._rows(data, f"bonus{place}")), (0, {}))[1]
        return {
            "group": group,
            "fields": BonusFields(own, place, self.levels, f"bonus{place}"),
            "rows": [
                StepRow(values, row, self.levels, group) for row, values in self._rows(data, group)
            ],
            "blank": StepRow({}, 0, self.levels, group),
        }

    @property
    def blank(self) -> dict[str, RowForm]:
        """An empty row of each table, to be added."""
        return {group: row({}, 0, self.levels) for group, row in TABLES.items()}

    def rows_of(self, group: str) -> list[RowForm]:
        if group in self.tables:
            return self.tables[group]
        return self.bonuses[int(group.removeprefix("steps"))]["rows"]

    def add_row(self, group: str) -> None:
        """One more empty row, for browsers without scripts."""
        rows = self.rows_of(group)
        row_class = TABLES.get(group, StepRow)
        rows.append(row_class({}, len(rows), self.levels, group))

    def add_rules(self, rules: Iterable[dict[str, Any]]) -> None:
        """Rules for levels, by percentage; what a rule of any goods says already stays."""
        rows = self.tables["rules"]
        there = {(row.value("depth"), row.value("level")) for row in rows if not row.value("scope")}
        for rule in rules:
            values = {"depth": str(rule["depth"]), "level": rule["level"]}
            if tuple(values.values()) not in there:
                values |= {"scope": "", "value": "", "number": rule["percent"], "unit": "percent"}
                rows.append(RuleRow(values, len(rows), self.levels))

    def remove_row(self, group: str, place: int) -> None:
        rows = self.rows_of(group)
        rows[:] = [row for row in rows if row.place != place]

    def document(self) -> dict[str, Any]:
        """The plan document as it was filled in, unchecked."""
        head = self.head
        document: dict[str, Any] = {
            "name": head.value("name"),
            "depths": whole(head.value("depths")),
            "base": head.value("base") or "paid",
            "hold_days": whole(head.value("hold_days")),
            "self_purchase": head.cleaned_data["self_purchase"],
            "compression": head.cleaned_data["compression"],
            "ceiling": None,
            "rules": self._parts("rules"),
        }
        if head.value("ceiling_of") or head.value("ceiling_percent"):
            document["ceiling"] = {
                "of": head.value("ceiling_of"),
                "percent": head.value("ceiling_percent"),
            }
        return document | self._further_kinds()

    def _further_kinds(self) -> dict[str, Any]:
        head, kinds = self.head, {}
        rates, agents = self._parts("rates"), self._parts("agents")
        if rates or head.value("same_level"):
            kinds["level_difference"] = {"rates": rates}
            if head.value("same_level"):
                kinds["level_difference"]["same_level"] = head.value("same_level")
        for kind, count in (("newcomer", "days"), ("referral", "orders")):
            values = (head.value(f"{kind}_{count}"), head.value(f"{kind}_percent"))
            if any(values):
                kinds[kind] = {count: whole(values[0]), "percent": values[1]}
        if agents:
            kinds["regions"] = {"pays": head.value("regions_pays") or "nearest", "agents": agents}
        if head.value("store_number"):
            kinds["store"] = {head.value("store_unit") or "percent": head.value("store_number")}
        if bonuses := [self._bonus_part(each) for each in self._filled_bonuses()]:
            kinds["stage_bonuses"] = bonuses
        return kinds

    def _filled_bonuses(self) -> list[dict[str, Any]]:
        return [
            each
            for each in self.bonuses
            if each["fields"].value("pool") or any(row.is_filled for row in each["rows"])
        ]

    @staticmethod
    def _bonus_part(bonus: dict[str, Any]) -> dict[str, Any]:
        own = bonus["fields"]
        part: dict[str, Any] = {
            "of": own.value("of") or "own",
            "period": own.value("period") or "month",
            "steps": [row.part() for row in bonus["rows"] if row.is_filled],
        }
        return part | ({"pool": own.value("pool")} if own.value("pool") else {})

    def _parts(self, group: str) -> list[dict[str, Any]]:
        return [row.part() for row in self._filled(group)]

    def _filled(self, group: str) -> list[RowForm]:
        return [row for row in self.tables[group] if row.is_filled]

    def is_valid(self) -> bool:
        """Whether the fields themselves make sense; the document is checked by its service."""
        return not any(row.errors for rows in self.tables.values() for row in rows)

    def show(self, problems: Iterable[PlanProblem]) -> list[PlanProblem]:
        """Put each problem at the field it names; those that name none are given back."""
        return [each for each in problems if not self._shown(each)]

    def _shown(self, problem: PlanProblem) -> bool:
        if field := HEAD_FIELDS.get(problem.path):
            self.head.add_error(field, problem.reason)
        elif found := ROW_PATH.match(problem.path):
            row = self._filled(TABLE_OF[found[1]])[int(found[2])]
            self._at(row, found[3], problem.reason)
        elif found := STEP_PATH.match(problem.path):
            bonus = self._filled_bonuses()[int(found[1])]
            rows = [row for row in bonus["rows"] if row.is_filled]
            row = rows[int(found[2])] if found[2] else bonus["fields"]
            self._at(row, found[3], problem.reason)
        else:
            return False
        return True

    @staticmethod
    def _at(row: RowForm, key: str, reason: str) -> None:
        field = ROW_FIELDS.get(key, key)
        row.add_error(field if field in row.fields else None, reason)
