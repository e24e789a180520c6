"""What the console's pages show, read across apps. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from apps.commissions.models import Commission, OrderBooking, StageRun
from apps.commissions.selectors import with_state
from apps.distributors.models import Ban, Distributor, DistributorEvent, Suspension
from apps.distributors.services.suspensions import open_suspension
from apps.insights.selectors import OpenDebt, open_debts
from apps.ledger.selectors import wallet_balances
from apps.orders.models import Order, OrderLine, Refund
from apps.payouts.models import (
    DebtWriteOff,
    FinalSettlement,
    Payout,
    PayoutAccount,
    PayoutBatch,
    PayoutFreeze,
    Withdrawal,
)
from apps.payouts.selectors import current_payout_account, open_write_off
from apps.price_control.models import Violation
from apps.price_control.selectors import violations_of
from apps.price_control.selectors import waiting as waiting_violations
from apps.promotion.models import Attribution

LATEST = 8
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Earning:
    """What one person earned on one line, what refunds took back of it, and what is left."""

    commission: Commission
    reversals: list[Commission]
    release_at: datetime | None

    @property
    def left(self) -> Decimal:
        """The amount after every reversal, in major units."""
        return self.commission.amount + sum((each.amount for each in self.reversals), NOTHING)


@dataclass(slots=True)
class LineStory:
    """An order line with everything that came of it."""

    line: OrderLine
    earnings: list[Earning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OrderStory:
    """One order from the click to the last reversal."""

    order: Order
    lines: list[LineStory]
    refunds: list[Refund]
    attribution: Attribution | None
    booking: OrderBooking | None
    total: Decimal
    refunded: Decimal
    commission: Decimal


def order_story(order: Order) -> OrderStory:
    """The whole order in a fixed number of queries; amounts in major units."""
    lines = list(order.lines.select_related("sku__product").order_by("line_no"))
    refunds = list(
        Refund.objects.filter(order_line__order=order)
        .select_related("order_line", "undoes")
        .order_by("requested_at", "pk")
    )
    booking = OrderBooking.objects.filter(order=order).select_related("plan").first()
    stories = {line.pk: LineStory(line) for line in lines}
    commissions = _commissions(order)
    for commission in commissions:
        if commission.refund_id is None:
            story = stories[commission.order_line_id]
            story.earnings.append(_earning(commission, commissions, order, booking))
    return OrderStory(
        order=order,
        lines=list(stories.values()),
        refunds=refunds,
        attribution=Attribution.objects.filter(order=order).select_related("distributor").first(),
        booking=booking,
        total=sum((line.paid_amount for line in lines), order.shipping_amount),
        refunded=sum((line.refunded_amount for line in lines), NOTHING),
        commission=sum((each.amount for each in commissions), NOTHING),
    )


def _commissions(order: Order) -> list[Commission]:
    found = Commission.objects.filter(order_line__order=order)
    related = found.select_related("beneficiary", "refund", "plan")
    return list(with_state(related).order_by("order_line_id", "depth", "pk"))


def _earning(
    commission: Commission,
    commissions: list[Commission],
    order: Order,
    booking: OrderBooking | None,
) -> Earning:
    return Earning(
        commission=commission,
        reversals=[each for each in commissions if each.reverses_id == commission.pk],
        release_at=commission.due_at(order.completed_at) if booking else None,
    )


@dataclass(frozen=True, slots=True)
class DistributorStory:
    """One distributor: above, below, earned and sold."""

    distributor: Distributor
    uplines: list[Distributor]
    children: list[Distributor]
    child_count: int
    balances: dict[str, Decimal]
    lifetime: Decimal
    orders: list[Order]
    commissions: list[Commission]
    withdrawals: list[Withdrawal]
    events: list[DistributorEvent]
    open_debts: Sequence[OpenDebt]
    open_write_off: DebtWriteOff | None
    suspension: Suspension | None
    ban: Ban | None
    violations: list[Violation]


def distributor_story(distributor: Distributor) -> DistributorStory:
    """The distributor's page: the newest rows of each kind, in a fixed number of queries.

    Three more for somebody in debt, one for somebody not active.
    """
    earned = Commission.objects.filter(beneficiary=distributor)
    related = earned.select_related("order_line__order", "refund")
    orders = Order.objects.filter(
        Q(attribution__distributor=distributor)
        | Q(distributor=distributor, attribution__isnull=True)
    )
    balances = wallet_balances(distributor)
    in_debt = bool(balances["debt"])
    return DistributorStory(
        distributor=distributor,
        uplines=list(distributor.get_ancestors().select_related("level")),
        children=list(children_of(distributor)[:LATEST]),
        child_count=Distributor.objects.filter(parent=distributor).count(),
        balances=balances,
        lifetime=earned.aggregate(sum=Sum("amount"))["sum"] or NOTHING,
        orders=list(orders.select_related("customer").order_by("-placed_at", "-pk")[:LATEST]),
        commissions=list(with_state(related).order_by("-earned_at", "-pk")[:LATEST]),
        withdrawals=list(
            Withdrawal.objects.filter(distributor=distributor).order_by("-pk")[:LATEST]
        ),
        events=list(
            DistributorEvent.objects.filter(distributor=distributor)
            .select_related("actor")
            .order_by("-effective_at", "-pk")[:LATEST]
        ),
        open_debts=open_debts(distributor=distributor, merchant=distributor.merchant)
        if in_debt
        else [],
        open_write_off=open_write_off(distributor) if in_debt else None,
        suspension=open_suspension(distributor)
        if distributor.status == Distributor.Status.SUSPENDED
        else None,
        ban=open_ban(distributor),
        violations=list(violations_of(distributor)[:LATEST]),
    )


def open_ban(distributor: Distributor) -> Ban | None:
    """The ban that keeps somebody terminated out. No query for the others."""
    if distributor.status != Distributor.Status.TERMINATED:
        return None
    return Ban.objects.filter(distributor=distributor, lifted_at__isnull=True).first()


@dataclass(frozen=True, slots=True)
class SettlementStory:
    """What is owed to and by somebody who leaves, and every final withdrawal so far."""

    balances: dict[str, Decimal]
    is_settled: bool
    account: PayoutAccount | None
    settlements: list[FinalSettlement]
    team_size: int


def settlement_story(distributor: Distributor) -> SettlementStory:
    """The final settlement's page in four queries; amounts in major units."""
    balances = wallet_balances(distributor)
    settlements = FinalSettlement.objects.filter(distributor=distributor)
    return SettlementStory(
        balances=balances,
        is_settled=not any(amount for kind, amount in balances.items() if kind != "paid"),
        account=current_payout_account(distributor),
        settlements=list(settlements.select_related("withdrawal", "settled_by").order_by("-pk")),
        team_size=Distributor.objects.filter(parent=distributor).count(),
    )


def with_child_count(distributors: QuerySet[Distributor]) -> QuerySet[Distributor]:
    """Annotate `child_count`: how many people stand directly below, None for nobody."""
    children = Distributor.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
    return distributors.annotate(child_count=Subquery(children.annotate(n=Count("pk")).values("n")))


def children_of(parent: Distributor | None) -> QuerySet[Distributor]:
    """The people directly below, or at the top, by code, with level and `child_count`."""
    found = Distributor.objects.filter(parent=parent).select_related("level")
    return with_child_count(found).order_by("code")


def batch_lines(batch: PayoutBatch) -> list[Payout]:
    """The lines of a batch with the person and the account of each, in three joins."""
    lines = Payout.objects.filter(batch=batch)
    return list(
        lines.select_related(
            "withdrawal__distributor", "withdrawal__payout_account", "settled_by"
        ).order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits for somebody."""

    withdrawals: int
    approved_withdrawals: int
    orders: int
    refunds: int
    batches: int
    write_offs: int
    stops: int
    violations: int
    appeals: int


def to_do() -> ToDo:
    """Counts of what waits, over the active scope."""
    waiting = Withdrawal.objects.aggregate(
        submitted=Count("pk", filter=Q(status=Withdrawal.Status.SUBMITTED)),
        approved=Count("pk", filter=Q(status=Withdrawal.Status.APPROVED)),
    )
    of_price_control = waiting_violations()
    return ToDo(
        withdrawals=waiting["submitted"],
        approved_withdrawals=waiting["approved"],
        orders=Order.objects.filter(status=Order.Status.PENDING).count(),
        refunds=Refund.objects.filter(status=Refund.Status.REQUESTED).count(),
        batches=PayoutBatch.objects.filter(status=PayoutBatch.Status.DRAFT).count(),
        write_offs=DebtWriteOff.objects.filter(status=DebtWriteOff.Status.PROPOSED).count(),
        stops=PayoutFreeze.objects.filter(cleared_at=None).count(),
        violations=of_price_control.to_decide,
        appeals=of_price_control.appeals,
    )


def latest_runs() -> list[StageRun]:
    """The newest passes over the stages."""
    return list(StageRun.objects.order_by("-pk")[:5])
