"""What the console's pages show, read across apps. Nothing here changes anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum

from apps.commissions.models import Appeal, Commission, OrderBooking, Simulation, StageRun
from apps.commissions.selectors import with_state
from apps.distributors.models import (
    Ban,
    Distributor,
    DistributorEvent,
    DuplicateFlag,
    Level,
    LevelGrace,
    Suspension,
    TreeMove,
)
from apps.distributors.selectors import (
    PastPlace,
    child_counts_at,
    children_of,
    with_child_count,
)
from apps.distributors.services.suspensions import open_suspension
from apps.insights.selectors import OpenDebt, open_debts
from apps.joining.selectors import waiting_applications
from apps.ledger.selectors import wallet_balances
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund, ShippingProblem
from apps.payments.models import Payment, TransferProof
from apps.payments.selectors import waiting_payments
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
from apps.products.selectors import low_stock
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
    payments: list[Payment]
    proofs: list[TransferProof]
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
        if commission.reverses_id is None:
            story = stories[commission.order_line_id]
            story.earnings.append(_earning(commission, commissions, order, booking))
    return OrderStory(
        order=order,
        lines=list(stories.values()),
        refunds=refunds,
        attribution=Attribution.objects.standing()
        .filter(order=order)
        .select_related("distributor")
        .first(),
        booking=booking,
        payments=list(Payment.objects.filter(order=order).order_by("pk")),
        proofs=list(TransferProof.objects.filter(order=order).order_by("pk")),
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
    grace: LevelGrace | None
    open_debts: Sequence[OpenDebt]
    open_write_off: DebtWriteOff | None
    suspension: Suspension | None
    ban: Ban | None
    violations: list[Violation]
    open_move: TreeMove | None


def distributor_story(distributor: Distributor) -> DistributorStory:
    """The distributor's page: the newest rows of each kind, in a fixed number of queries.

    Three more for somebody in debt, one for somebody not active.
    """
    earned = Commission.objects.filter(beneficiary=distributor)
    related = earned.select_related("order_line__order", "refund")
    theirs = Attribution.objects.standing().filter(distributor=distributor)
    orders = Order.objects.filter(
        Q(pk__in=theirs.values("order")) | Q(distributor=distributor, attributions__isnull=True)
    )
    balances = wallet_balances(distributor)
    in_debt = bool(balances["debt"])
    return DistributorStory(
        distributor=distributor,
        uplines=list(distributor.get_ancestors().select_related("level")),
        children=children_of(parent=distributor, limit=LATEST),
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
        grace=LevelGrace.objects.filter(distributor=distributor, ended_on__isnull=True).first(),
        open_debts=open_debts(distributor=distributor, merchant=distributor.merchant)
        if in_debt
        else [],
        open_write_off=open_write_off(distributor) if in_debt else None,
        open_move=TreeMove.objects.filter(
            distributor=distributor, status__in=TreeMove.OPEN
        ).first(),
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


@dataclass(frozen=True, slots=True)
class TeamOrders:
    """The orders of somebody and everybody below that a change of upline still decides about.

    `unpaid` count who stands where when they are paid, `waiting` who stood where when they were.
    """

    unpaid: int
    waiting: int


def team_orders(distributor: Distributor) -> TeamOrders:
    """How many orders of the person and the team no stage has looked at yet. One query."""
    new = Order.objects.filter(
        stage=Order.Stage.NEW,
        status__in=[Order.Status.PENDING, *SOLD_STATUSES],
        distributor__tree_id=distributor.tree_id,
        distributor__lft__range=(distributor.lft, distributor.rght),
    ).order_by()
    unpaid = Count("pk", filter=Q(status=Order.Status.PENDING))
    counts = new.aggregate(unpaid=unpaid, every=Count("pk"))
    return TeamOrders(counts["unpaid"], counts["every"] - counts["unpaid"])


def move_simulation(
    distributor: Distributor, parent: Distributor | None, until: datetime | None = None
) -> Simulation | None:
    """The newest rehearsal of this person under `parent`, asked for before `until`."""
    asked = Simulation.objects.filter(moved=distributor, new_parent=parent).order_by("-pk")
    return (asked.filter(created_at__lte=until) if until else asked).first()


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
    applications: int
    duplicates: int
    appeals: int
    stops: int
    moves: int
    violations: int
    violation_appeals: int
    payment_flags: int
    transfer_proofs: int
    low_stock: int
    shipping_problems: int


def to_do() -> ToDo:
    """Counts of what waits, over the active scope."""
    waiting = Withdrawal.objects.aggregate(
        submitted=Count("pk", filter=Q(status=Withdrawal.Status.SUBMITTED)),
        approved=Count("pk", filter=Q(status=Withdrawal.Status.APPROVED)),
    )
    of_price_control = waiting_violations()
    of_payments = waiting_payments()
    return ToDo(
        withdrawals=waiting["submitted"],
        approved_withdrawals=waiting["approved"],
        orders=Order.objects.filter(status=Order.Status.PENDING).count(),
        refunds=Refund.objects.filter(status=Refund.Status.REQUESTED).count(),
        batches=PayoutBatch.objects.filter(status=PayoutBatch.Status.DRAFT).count(),
        write_offs=DebtWriteOff.objects.filter(status=DebtWriteOff.Status.PROPOSED).count(),
        applications=waiting_applications(),
        duplicates=DuplicateFlag.objects.filter(cleared_at=None).count(),
        appeals=Appeal.objects.filter(status=Appeal.Status.OPEN).count(),
        stops=PayoutFreeze.objects.filter(cleared_at=None).count(),
        violations=of_price_control.to_decide,
        violation_appeals=of_price_control.appeals,
        payment_flags=of_payments.flags,
        transfer_proofs=of_payments.proofs,
        moves=TreeMove.objects.filter(status=TreeMove.Status.PROPOSED).count(),
        low_stock=low_stock().count(),
        shipping_problems=ShippingProblem.objects.filter(resolved_at=None).count(),
    )


def latest_runs() -> list[StageRun]:
    """The newest passes over the stages."""
    return list(StageRun.objects.order_by("-pk")[:5])


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One person in the tree, as today or as of a past moment."""

    pk: int
    code: str
    name: str
    level: Level | None
    status: str
    child_count: int

    @property
    def is_active(self) -> bool:
        """Whether the person was active then."""
        return self.status == Distributor.Status.ACTIVE

    @property
    def status_name(self) -> str:
        """The standing in words."""
        return str(Distributor.Status(self.status).label)


def nodes_now(people: Iterable[Distributor]) -> list[TreeNode]:
    """People read by `children_of`."""
    return [
        TreeNode(
            pk=each.pk,
            code=each.code,
            name=each.name,
            level=each.level,
            status=each.status,
            child_count=each.child_count or 0,
        )
        for each in people
    ]


def path_now(person: Distributor) -> list[TreeNode]:
    """From the top down to `person`, both included. One query."""
    path = person.get_ancestors(include_self=True).select_related("level")
    return nodes_now(with_child_count(path))


def people_then(people: Sequence[PastPlace], moment: datetime) -> list[TreeNode]:
    """People of a past moment. Three queries."""
    counts = child_counts_at(people=people, moment=moment)
    levels = {level.code: level for level in Level.objects.all()}
    return [
        TreeNode(
            pk=each.pk,
            code=each.code,
            name=each.name,
            level=levels.get(each.level),
            status=each.status,
            child_count=counts.get(each.code, 0),
        )
        for each in people
    ]
