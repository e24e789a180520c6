"""What an explanation is made of, ready to be shown. Amounts are Decimals in major units."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from apps.commissions.engine import Outcome
from apps.commissions.models import Commission, Plan
from apps.commissions.selectors.comparing import Difference
from apps.commissions.selectors.settlement_story import RefundShare
from apps.distributors.models import Distributor
from apps.orders.models import Order, OrderLine
from apps.promotion.models import Attribution


@dataclass(frozen=True, slots=True)
class PersonThen:
    """Somebody as they stood when the order was paid."""

    pk: int
    code: str
    name: str
    level: str
    status: str

    @property
    def is_active(self) -> bool:
        """Whether they could earn."""
        return self.status == Distributor.Status.ACTIVE

    @property
    def standing(self) -> str:
        """Active, suspended or terminated, in words."""
        return str(Distributor.Status(self.status).label)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.name else self.code


@dataclass(frozen=True, slots=True)
class CandidateStory:
    """Somebody who might have earned on a line: what they earned or why they did not.

    `exact` is the amount before rounding, `full_amount` before the ceiling. `taken` is what refunds
    have taken back by now.
    """

    kind: str
    depth: int | None
    person: PersonThen
    outcome: Outcome
    reason: str
    rule: str
    rule_path: str
    formula: str
    scaled: str
    full_amount: Decimal
    amount: Decimal
    refunds: list[RefundShare] = field(default_factory=list)
    release: str = ""

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return str(Commission.Kind(self.kind).label)

    @property
    def left(self) -> Decimal:
        """The amount after every refund that has been taken into account."""
        return self.amount - sum((each.taken for each in self.refunds), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class LineStory:
    """One order line explained; `paid` are those who earned, `unpaid` those who did not."""

    line: OrderLine
    base: str
    ceiling: str = ""
    paid: list[CandidateStory] = field(default_factory=list)
    unpaid: list[CandidateStory] = field(default_factory=list)
    # Rows that follow from a whole period, not from this order: shown, not recomputed.
    bonuses: list[Commission] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """What somebody had earned before an appeal took it back."""

    commission: Commission
    by_refunds: Decimal
    by_appeal: Decimal


@dataclass(frozen=True, slots=True)
class EarlierBooking:
    """An attribution that no longer holds: who had the order until when, and what they earned."""

    attribution: Attribution
    until: datetime
    appeal: int | None
    rows: list[EarlierRow]


@dataclass(frozen=True, slots=True)
class OrderExplanation:
    """One order explained. `differences` are an alarm; `waiting` says why nothing is computed."""

    order: Order
    plan: Plan | None
    attribution: Attribution | None
    chain: list[PersonThen]
    lines: list[LineStory]
    differences: list[Difference]
    waiting: str = ""
    # What appeals that were upheld took back, oldest first.
    earlier: list[EarlierBooking] = field(default_factory=list)
