"""Reading a file of distributors, and comparing it with the people who are there already."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import CharField, ExpressionWrapper, F, QuerySet
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Row
from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor, Level
from apps.distributors.numbering import cycles
from apps.distributors.services.banned import banned_among
from apps.merchants.models import Merchant

DISTRIBUTOR_COLUMNS = ("code", "parent_code", "name", "phone", "level", "joined_at", "status")
# Far below what any database takes in one statement.
CODES_PER_QUERY = 500
PEOPLE_SHOWN_IN_A_CYCLE = 5


@dataclass(frozen=True)
class DistributorDraft:
    """One row of the file; `joined_at` and `status` are None where the cell is empty."""

    row: Row
    code: str
    parent_code: str
    name: str
    phone: str
    level: str
    joined_at: datetime | None
    status: str | None


class Person(NamedTuple):
    """A distributor as stored, in the words of the file."""

    pk: int
    code: str
    parent_code: str
    name: str
    phone: str
    level: str
    joined_at: datetime
    status: str


@dataclass(frozen=True)
class Known:
    """What the merchant has already, as far as a file speaks of it."""

    people: dict[str, Person]
    phones: dict[str, str]
    levels: dict[str, int]
    banned_phones: set[str]

    @classmethod
    def of(cls, merchant: Merchant, drafts: Sequence[DistributorDraft]) -> "Known":
        """Everybody whose code or phone the drafts name, all levels, and who is banned."""
        # As plain text: a phone field would parse every number, going in and coming out.
        phone_text = ExpressionWrapper(F("phone"), output_field=CharField())
        everybody = Distributor.objects.order_by().annotate(phone_text=phone_text)
        codes = {draft.code for draft in drafts} | {draft.parent_code for draft in drafts}
        phones = {draft.phone for draft in drafts} - {""}
        return cls(
            people={
                person.code: person
                for part in _parts(codes)
                for person in _people(everybody.filter(code__in=part))
            },
            phones={
                phone: code
                for part in _parts(phones)
                for phone, code in everybody.filter(phone_text__in=part).values_list(
                    "phone_text", "code"
                )
            },
            levels=dict(Level.objects.values_list("code", "pk")),
            banned_phones=banned_among(merchant, phones),
        )


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    everything = sorted(values)
    for start in range(0, len(everything), CODES_PER_QUERY):
        yield everything[start : start + CODES_PER_QUERY]


def _people(distributors: QuerySet[Distributor]) -> Iterator[Person]:
    columns = (
        "pk",
        "code",
        "parent__code",
        "name",
        "phone_text",
        "level__code",
        "joined_at",
        "status",
    )
    for pk, code, parent, name, phone, level, joined_at, status in distributors.values_list(
        *columns
    ):
        yield Person(pk, code, parent or "", name, phone or "", level or "", joined_at, status)


def read_distributor_drafts(rows: Sequence[Row], zone: ZoneInfo) -> list[DistributorDraft]:
    """The rows; faults of single cells and repetitions are reported on the rows' problems."""
    drafts = [_read(row, zone) for row in rows]
    _check_repeated("code", drafts, lambda draft: draft.code)
    _check_repeated("phone", drafts, lambda draft: draft.phone)
    return drafts


def _read(row: Row, zone: ZoneInfo) -> DistributorDraft:
    return DistributorDraft(
        row=row,
        code=row.text("code", max_length=64),
        parent_code=row.text("parent_code", required=False, max_length=64),
        name=row.text("name", max_length=80),
        phone=_phone(row),
        level=row.text("level", required=False, max_length=40),
        joined_at=row.moment("joined_at", zone, required=False),
        status=row.choice("status", Distributor.Status.values, default=""),
    )


def _phone(row: Row) -> str:
    value = row.text("phone", required=False)
    if not value:
        return ""
    normalised = normalise_phone(value)
    if normalised is None:
        row.fail("phone", _("“%(value)s” is not a phone number.") % {"value": value})
    return normalised or ""


def _check_repeated(
    column: str, drafts: Sequence[DistributorDraft], value_of: Callable[[DistributorDraft], str]
) -> None:
    lines: dict[str, int] = {}
    for draft in drafts:
        value = value_of(draft)
        if value and lines.setdefault(value, draft.row.line) != draft.row.line:
            draft.row.fail(
                column,
                _("“%(value)s” stands on line %(line)s already.")
                % {"value": value, "line": lines[value]},
            )


def check_against(
    known: Known, drafts: Sequence[DistributorDraft]
) -> tuple[ImportReport, list[DistributorDraft]]:
    """What becomes of each row, and the rows to add; faults are reported on the rows' problems."""
    report, new = ImportReport(), []
    in_file = {draft.code for draft in drafts}
    for draft in drafts:
        person = known.people.get(draft.code)
        if draft.level and draft.level not in known.levels:
            draft.row.fail(
                "level",
                _("there is no level “%(value)s”; import the levels first.")
                % {"value": draft.level},
            )
        if person is not None:
            _check_same(person, draft)
        else:
            _check_new(known, draft, in_file)
            new.append(draft)
        report.add(draft.row.line, "created" if person is None else "unchanged", draft.code)
    _check_cycles(new)
    return report, new


def _check_new(known: Known, draft: DistributorDraft, in_file: set[str]) -> None:
    parent = draft.parent_code
    if parent and parent not in in_file and parent not in known.people:
        draft.row.fail(
            "parent_code",
            _("“%(value)s” is neither in the file nor registered.") % {"value": parent},
        )
    holder = known.phones.get(draft.phone)
    if holder is not None:
        draft.row.fail(
            "phone",
            _("“%(value)s” already belongs to %(holder)s.")
            % {"value": draft.phone, "holder": holder},
        )
    elif draft.phone in known.banned_phones:
        draft.row.fail("phone", _("whoever has this phone number was banned here."))


def _check_same(person: Person, draft: DistributorDraft) -> None:
    for column in ("parent_code", "name", "phone", "level", "joined_at", "status"):
        given, stored = getattr(draft, column), getattr(person, column)
        # An empty time or status says nothing, whatever happened since the person joined.
        if given == stored or (column in ("joined_at", "status") and not given):
            continue
        if isinstance(stored, datetime):
            stored = stored.astimezone(given.tzinfo).isoformat()
        draft.row.fail(
            column,
            _(
                "%(code)s is registered with “%(stored)s”. An import adds people and changes"
                " nobody: write “%(stored)s” here, or change it on the distributor's page."
            )
            % {"code": person.code, "stored": stored},
        )


def _check_cycles(drafts: Sequence[DistributorDraft]) -> None:
    index = {draft.code: number for number, draft in enumerate(drafts) if draft.code}
    for cycle in cycles([index.get(draft.parent_code, -1) for draft in drafts]):
        for position, member in enumerate(cycle):
            around = [*cycle[position:], *cycle[:position], member]
            codes = [drafts[each].code for each in around]
            if len(codes) > PEOPLE_SHOWN_IN_A_CYCLE:
                codes = [*codes[: PEOPLE_SHOWN_IN_A_CYCLE - 2], "…", codes[-1]]
            drafts[member].row.fail(
                "parent_code",
                _("leads back to the person: %(cycle)s.") % {"cycle": " → ".join(codes)},
            )
