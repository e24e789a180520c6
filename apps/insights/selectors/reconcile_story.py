"""A reconciliation told for a page: each check with its words, and where its rows can be seen."""

from collections import defaultdict
from dataclasses import dataclass, field

from apps.commissions.models import Commission
from apps.distributors.models import Distributor
from apps.insights.models import ReconcileRun
from apps.insights.selectors.check_words import (
    SUBJECT,
    CheckWords,
    say_detail,
    say_subject,
    words_of,
)
from apps.insights.selectors.reconcile import CHECKS, check_name
from apps.ledger.models import Account
from apps.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A row at fault in the reader's language. `page` says which kind of page shows it, if any:
    order, distributor, withdrawal or transfer, with that row's `pk`."""

    subject: str
    detail: str
    page: str = ""
    pk: int | None = None


@dataclass(slots=True)
class CheckRow:
    """One check of a run."""

    name: str
    words: CheckWords
    fault_count: int
    milliseconds: int
    faults: list[FaultRow] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many rows at fault were not kept."""
        return self.fault_count - len(self.faults)


def check_rows(run: ReconcileRun) -> list[CheckRow]:
    """The run's checks, those with faults first; at most four queries, whatever was found."""
    order = {check_name(each): number for number, each in enumerate(CHECKS)}
    pages = _pages([subject for _check, subject, _detail in run.faults])
    rows = {
        name: CheckRow(name, words_of(name), result["faults"], result["ms"])
        for name, result in sorted(
            run.checks.items(), key=lambda each: (not each[1]["faults"], order.get(each[0], 99))
        )
    }
    for check, subject, detail in run.faults:
        page, pk = pages.get(subject, ("", None))
        rows[check].faults.append(FaultRow(say_subject(subject), say_detail(detail), page, pk))
    return list(rows.values())


def _pages(subjects: list[str]) -> dict[str, tuple[str, int]]:
    """Subject → (kind of page, row) for the subjects that have one."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for subject in subjects:
        if match := SUBJECT.fullmatch(subject):
            numbers[match["kind"]].add(match["number"])
    targets = {
        "account": ("distributor", _owners(numbers["account"])),
        "commission": ("order", _orders(Commission, "order_line__order_id", numbers["commission"])),
        "distributor": ("distributor", _people(numbers["distributor"])),
        "order": ("order", {each: int(each) for each in numbers["order"]}),
        "order line": ("order", _orders(OrderLine, "order_id", numbers["order line"])),
        "transfer": ("transfer", {each: int(each) for each in numbers["transfer"]}),
        "withdrawal": ("withdrawal", {each: int(each) for each in numbers["withdrawal"]}),
    }
    found = {}
    for subject in subjects:
        match = SUBJECT.fullmatch(subject)
        page, rows = targets.get(match["kind"], ("", {})) if match else ("", {})
        if match and match["number"] in rows:
            found[subject] = (page, rows[match["number"]])
    return found


def _orders(model, path: str, numbers: set[str]) -> dict[str, int]:
    if not numbers:
        return {}
    rows = model.objects.filter(pk__in=numbers).values_list("pk", path)
    return {str(pk): order for pk, order in rows}


def _owners(numbers: set[str]) -> dict[str, int]:
    if not numbers:
        return {}
    rows = Account.objects.filter(pk__in=numbers, wallet__isnull=False)
    return {str(pk): owner for pk, owner in rows.values_list("pk", "wallet__distributor_id")}


def _people(codes: set[str]) -> dict[str, int]:
    if not codes:
        return {}
    return dict(Distributor.objects.filter(code__in=codes).values_list("code", "pk"))
