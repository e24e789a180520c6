"""What a file of distributors would do to the people who are there already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import CharField, ExpressionWrapper, F, QuerySet
from django.utils.translation import gettext as _

from apps.core.bulk import any_text_of
from apps.core.csv_files import ImportReport
from apps.distributors.models import Distributor, Level
from apps.distributors.numbering import children_of, cycles
from apps.distributors.services.banned import banned_among
from apps.distributors.services.distributor_file import DistributorDraft
from apps.merchants.models import Merchant

PEOPLE_SHOWN_IN_A_CYCLE = 5
# What a file may change of somebody registered. An empty cell says nothing.
CHANGEABLE = ("name", "phone", "level")


class Person(NamedTuple):
    """A distributor as stored, in the words of the file."""

    pk: int
    tree_id: int
    code: str
    parent_code: str
    name: str
    phone: str
    level: str
    joined_at: datetime
    status: str


class Change(NamedTuple):
    """Somebody registered, and a row that says otherwise."""

    person: Person
    draft: DistributorDraft

    def differs(self, column: str) -> bool:
        given = getattr(self.draft, column)
        return bool(given) and given != getattr(self.person, column)


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
        levels = dict(Level.objects.values_list("code", "pk"))
        if not everybody.exists():
            return cls({}, {}, levels, set())
        holders = everybody.filter(phone_text__in=any_text_of(phones))
        return cls(
            people={
                person.code: person
                for person in _people(everybody.filter(code__in=any_text_of(codes - {""})))
            },
            phones=dict(holders.values_list("phone_text", "code")),
            levels=levels,
            banned_phones=banned_among(merchant, phones),
        )


@dataclass(frozen=True)
class Plan:
    """What becomes of a file's rows: people to add, people to change, and a report of all."""

    report: ImportReport = field(default_factory=ImportReport)
    new: list[DistributorDraft] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def _people(distributors: QuerySet[Distributor]) -> Iterator[Person]:
    columns = (
        *("pk", "tree_id", "code", "parent__code", "name", "phone_text", "level__code"),
        *("joined_at", "status"),
    )
    for pk, tree_id, code, parent, name, phone, level, *rest in distributors.values_list(*columns):
        yield Person(pk, tree_id, code, parent or "", name, phone or "", level or "", *rest)


def check_against(known: Known, drafts: Sequence[DistributorDraft]) -> None:
    """Report, on the rows' problems, what cannot be done with them."""
    joining = {draft.code for draft in drafts} - known.people.keys()
    for draft in drafts:
        if draft.level and draft.level not in known.levels:
            draft.row.fail(
                "level",
                _("there is no level “%(value)s”; import the levels first.")
                % {"value": draft.level},
            )
        person = known.people.get(draft.code)
        if person is not None:
            _check_change(person, draft)
        elif draft.parent_code and draft.parent_code not in joining:
            _check_upline(known.people.get(draft.parent_code), draft)
        if draft.phone in known.phones:
            _check_phone(known.phones[draft.phone], draft)
        elif draft.phone in known.banned_phones:
            draft.row.fail("phone", _("whoever has this phone number was banned here."))
    _check_cycles([draft for draft in drafts if draft.code not in known.people])


def plan_import(known: Known, drafts: Sequence[DistributorDraft]) -> Plan:
    """What the rows without a fault do. Who would stand under a newcomer at fault is one, too."""
    left_out = _left_out(known, drafts)
    plan = Plan()
    for draft in drafts:
        if draft.row.line in left_out:
            continue
        person = known.people.get(draft.code)
        if person is None:
            plan.new.append(draft)
            outcome = "created"
        else:
            change = Change(person, draft)
            is_changed = any(change.differs(column) for column in CHANGEABLE)
            if is_changed:
                plan.changes.append(change)
            outcome = "updated" if is_changed else "unchanged"
        plan.report.add(draft.row.line, outcome, draft.code)
    return plan


def _left_out(known: Known, drafts: Sequence[DistributorDraft]) -> set[int]:
    """The lines at fault, spread to everybody new below them; such faults are reported as well."""
    left_out = drafts[0].row.problems.lines
    if not left_out:
        return left_out
    new = [draft for draft in drafts if draft.code not in known.people]
    index = {draft.code: number for number, draft in enumerate(new)}
    children = children_of([index.get(draft.parent_code, -1) for draft in new])
    at_fault = [number for number, draft in enumerate(new) if draft.row.line in left_out]
    for number in at_fault:  # grows while it is walked
        upline = new[number]
        for child in children.get(number, ()):
            draft = new[child]
            if draft.row.line not in left_out:
                draft.row.fail(
                    "parent_code",
                    _("the upline “%(value)s” on line %(line)s is left out.")
                    % {"value": upline.code, "line": upline.row.line},
                )
                left_out.add(draft.row.line)
                at_fault.append(child)
    return left_out


def _check_upline(upline: Person | None, draft: DistributorDraft) -> None:
    if upline is None:
        draft.row.fail(
            "parent_code",
            _("“%(value)s” is neither in the file nor registered.") % {"value": draft.parent_code},
        )
    elif upline.status != Distributor.Status.ACTIVE:
        draft.row.fail(
            "parent_code",
            _("“%(value)s” is %(status)s and cannot recruit.")
            % {"value": upline.code, "status": Distributor.Status(upline.status).label},
        )


def _check_phone(holder: str, draft: DistributorDraft) -> None:
    if holder != draft.code:
        draft.row.fail(
            "phone",
            _("“%(value)s” already belongs to %(holder)s.")
            % {"value": draft.phone, "holder": holder},
        )


def _check_change(person: Person, draft: DistributorDraft) -> None:
    if draft.parent_code != person.parent_code:
        draft.row.fail(
            "parent_code",
            _(
                "%(code)s stands under “%(stored)s”. A file moves nobody: write “%(stored)s” here,"
                " and change the upline on the distributor's page."
            )
            % {"code": person.code, "stored": person.parent_code},
        )
    if draft.joined_at and draft.joined_at != person.joined_at:
        stored = person.joined_at.astimezone(draft.joined_at.tzinfo).isoformat()
        draft.row.fail(
            "joined_at",
            _("%(code)s joined at “%(stored)s”, which no file changes: write that, or nothing.")
            % {"code": person.code, "stored": stored},
        )
    if draft.status and draft.status != person.status:
        draft.row.fail(
            "status",
            _(
                "%(code)s is “%(stored)s”. Standing changes with a reason, on the distributor's"
                " page: write “%(stored)s” here, or nothing."
            )
            % {"code": person.code, "stored": person.status},
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
