"""What was stored against what the engine says now: one definition for explaining and auditing.

Amounts are whole minor units and rates basis points, until a `Difference` is told to people.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext, gettext_noop

from apps.commissions.engine import Entitlement
from apps.commissions.engine.plan import KIND_ORDER
from apps.commissions.models import Commission
from apps.core.money import cumulative_share, to_major, to_percent

# (order line, beneficiary, kind, depth): unique among the sale rows of a line.
Key = tuple[int, int, str, int]
AMOUNT, BASE, RATE, PLAN, REVERSED = "amount", "base", "rate", "plan", "reversed"

SENTENCES = {
    AMOUNT: gettext_noop("amount of %(a)s, %(b)s %(c)s: stored %(d)s, recomputed %(e)s"),
    BASE: gettext_noop("base of %(a)s, %(b)s %(c)s: stored %(d)s, recomputed %(e)s"),
    RATE: gettext_noop("rate of %(a)s, %(b)s %(c)s: stored %(d)s, recomputed %(e)s"),
    PLAN: gettext_noop("plan of %(a)s, %(b)s %(c)s: stored %(d)s, recomputed %(e)s"),
    REVERSED: gettext_noop("taken back of %(a)s, %(b)s %(c)s: stored %(d)s, recomputed %(e)s"),
}


class StoredSale(NamedTuple):
    """A sale's row as it was stored."""

    plan: int
    base: int
    rate: int | None
    amount: int


class Finding(NamedTuple):
    """One thing about one row that is not what it should be; None: there is no such row."""

    key: Key
    what: str
    stored: int | None
    recomputed: int | None


class Difference(NamedTuple):
    """A finding as people read it: amounts in major units, rates in percent, plans by id."""

    order_no: str
    line_no: int
    beneficiary: str
    kind: str
    depth: int
    what: str
    stored: Decimal | int | None
    recomputed: Decimal | int | None

    def __str__(self) -> str:
        return f"order {self.order_no} line {self.line_no}: {self.detail}"

    @property
    def detail(self) -> str:
        """What differs on the line, in the words of a log."""
        return SENTENCES[self.what] % self._values(self.kind)

    @property
    def said(self) -> str:
        """What differs on the line, in the reader's language."""
        return gettext(SENTENCES[self.what]) % self._values(str(Commission.Kind(self.kind).label))

    def _values(self, kind: str) -> dict[str, Any]:
        stored, recomputed = ("—" if each is None else each for each in self[-2:])
        return {
            "a": self.beneficiary, "b": kind, "c": self.depth, "d": stored, "e": recomputed
        }  # fmt: skip


def is_recomputed(kind: str) -> bool:
    """Whether rows of this kind follow from the order alone.

    A stage bonus follows from the sales of a whole period and is proved where it is settled.
    """
    return kind in KIND_ORDER


def find_differences(
    entitlements: Iterable[Entitlement],
    plan: int,
    sales: Mapping[Key, StoredSale],
    reversed_so_far: Mapping[Key, int],
    refunded: Mapping[int, tuple[int, int]],
) -> Iterator[Finding]:
    """Where the rows of one order are not what the engine says, line by line.

    `reversed_so_far` and `refunded` (line → refunded, paid) count refunds that have been booked.
    """
    expected = {
        (each.line_id, each.beneficiary_id, each.kind, each.depth): each for each in entitlements
    }
    for key in sorted({*expected, *sales, *reversed_so_far}):
        sale = sales.get(key)
        entitlement = expected.get(key)
        right = (
            StoredSale(plan, entitlement.base, entitlement.rule.rate, entitlement.amount)
            if entitlement
            else None
        )
        if sale is None or right is None:
            if sale is not right:
                yield Finding(key, AMOUNT, sale and sale.amount, right and right.amount)
        else:
            names = zip((PLAN, BASE, RATE, AMOUNT), sale, right, strict=True)
            yield from (Finding(key, *each) for each in names if each[1] != each[2])
        part, whole = refunded.get(key[0], (0, 0))
        due = cumulative_share(right.amount, part, whole) if right else 0
        found = reversed_so_far.get(key, 0)
        if found != due:
            yield Finding(key, REVERSED, found, due)


def told(
    finding: Finding, *, order_no: str, line_numbers: Mapping[int, int], codes: Mapping[int, str]
) -> Difference:
    """The finding with numbers and codes that people know."""
    line, person, kind, depth = finding.key
    return Difference(
        order_no,
        line_numbers.get(line, 0),
        codes.get(person, f"#{person}"),
        kind,
        depth,
        finding.what,
        _readable(finding.what, finding.stored),
        _readable(finding.what, finding.recomputed),
    )


def _readable(what: str, value: int | None) -> Decimal | int | None:
    if value is None or what == PLAN:
        return value
    return to_percent(value) if what == RATE else to_major(value)
