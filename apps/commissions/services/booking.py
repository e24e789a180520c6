"""Booking: a paid, attributed order becomes commissions, and commissions become money owed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.commissions.engine import CompiledPlan, Entitlement, Line, Upline, compute
from apps.commissions.models import Commission, OrderBooking, Plan
from apps.commissions.services.plans import plans_lock
from apps.core.locks import lock_until_commit
from apps.core.money import to_major, to_minor, to_percent
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer
from apps.ledger.services import COMMISSION_EXPENSE, AccountRef, Posting, post_transfers
from apps.orders.models import SOLD_STATUSES, Order, OrderLine
from apps.promotion.models import Attribution

DOCUMENT_TYPE = "commission"


def self_purchase_at(merchant):
    """A function telling whether the plan in force at a moment pays for own purchases.

    It answers None for a moment no plan covers: such an order cannot be decided yet.
    """
    plans = list(Plan.objects.filter(merchant=merchant, effective_from__isnull=False))

    def answer(moment: datetime) -> bool | None:
        plan = _plan_at(plans, moment)
        return None if plan is None else plan.document["self_purchase"]

    return answer


def _plan_at(plans: Sequence[Plan], moment: datetime) -> Plan | None:
    for plan in plans:
        if plan.effective_from <= moment and (
            plan.effective_to is None or moment < plan.effective_to
        ):
            return plan
    return None


@transaction.atomic
def book_orders(*, merchant, as_of: datetime, limit: int) -> tuple[int, int]:
    """Compute the next paid orders that have not been; returns (orders, commissions) booked.

    An order is computed under the plan in force when it was paid; one that no plan covers waits.
    One transaction; several workers may run it at once, each takes other orders.
    """
    lock_until_commit(plans_lock(merchant), shared=True)
    plans = list(
        Plan.objects.filter(merchant=merchant, effective_from__isnull=False).order_by(
            "effective_from"
        )
    )
    if not plans:
        return 0, 0
    orders = _claim_orders(merchant, plans[0].effective_from, as_of, limit)
    if not orders:
        return 0, 0
    plan_of = {order.pk: _plan_at(plans, order.paid_at) for order in orders}
    entitlements = _entitlements(orders, plan_of)
    commissions = Commission.objects.bulk_create(
        [
            _commission(merchant, order, plan_of[order.pk], each)
            for order in orders
            for each in entitlements[order.pk]
        ]
    )
    OrderBooking.objects.bulk_create(
        [OrderBooking(merchant=merchant, order=order, plan=plan_of[order.pk]) for order in orders]
    )
    post_transfers(merchant=merchant, postings=[_earning(each) for each in commissions])
    return len(orders), len(commissions)


def _claim_orders(merchant, since: datetime, as_of: datetime, limit: int) -> list[Order]:
    booked = OrderBooking.objects.filter(order=OuterRef("pk"))
    attributed = Attribution.objects.filter(order=OuterRef("pk"))
    orders = list(
        Order.objects.filter(
            Exists(attributed),
            ~Exists(booked),
            merchant=merchant,
            status__in=SOLD_STATUSES,
            paid_at__gte=since,
            paid_at__lte=as_of,
        )
        .order_by("paid_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    # Another worker may have booked and let go of a row between the search and the lock.
    done = set(OrderBooking.objects.filter(order__in=orders).values_list("order_id", flat=True))
    return [order for order in orders if order.pk not in done]


def _entitlements(
    orders: Sequence[Order], plan_of: dict[int, Plan]
) -> dict[int, list[Entitlement]]:
    compiled = {plan: CompiledPlan(plan.document) for plan in set(plan_of.values())}
    lines = engine_lines(orders)
    chains = dict(Attribution.objects.filter(order__in=orders).values_list("order_id", "chain"))
    return {
        order.pk: compute(
            lines[order.pk], engine_chain(chains[order.pk]), compiled[plan_of[order.pk]]
        )
        for order in orders
    }


def engine_lines(orders: Sequence[Order]) -> dict[int, list[Line]]:
    """Order id → its lines as the engine wants them, in line order."""
    lines = defaultdict(list)
    rows = OrderLine.objects.filter(order__in=orders).order_by("order_id", "line_no")
    for (
        pk,
        order_id,
        sku,
        product,
        category,
        quantity,
        paid,
        list_price,
        unit_cost,
    ) in rows.values_list(
        "pk",
        "order_id",
        "sku__code",
        "sku__product__code",
        "category_path",
        "quantity",
        "paid_amount",
        "list_price",
        "unit_cost",
    ):
        lines[order_id].append(
            Line(
                id=pk,
                sku=sku,
                product=product,
                category=category,
                quantity=quantity,
                paid=to_minor(paid),
                list=to_minor(list_price) * quantity,
                cost=to_minor(unit_cost) * quantity,
            )
        )
    return lines


def engine_chain(chain: list[dict]) -> list[Upline]:
    """The engine's view of a chain as attribution wrote it down."""
    return [
        Upline(
            id=each["id"],
            level=each["level"],
            is_active=each["status"] == Distributor.Status.ACTIVE,
        )
        for each in chain
    ]


def _commission(merchant, order: Order, plan: Plan, entitlement: Entitlement) -> Commission:
    rate = entitlement.rule.rate
    return Commission(
        merchant=merchant,
        order_line_id=entitlement.line_id,
        plan=plan,
        beneficiary_id=entitlement.beneficiary_id,
        depth=entitlement.depth,
        base_amount=to_major(entitlement.base),
        rate=None if rate is None else to_percent(rate),
        amount=to_major(entitlement.amount),
        earned_at=order.paid_at,
    )


def _earning(commission: Commission) -> Posting:
    return Posting(
        key=f"commission:{commission.pk}:earn",
        kind=Transfer.Kind.EARN,
        debit=COMMISSION_EXPENSE,
        credit=AccountRef(Account.Kind.PENDING, commission.beneficiary_id),
        amount=to_minor(commission.amount),
        effective_at=commission.earned_at,
        document_type=DOCUMENT_TYPE,
        document_id=commission.pk,
    )
