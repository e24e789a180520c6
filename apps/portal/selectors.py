"""What one distributor sees, read within the merchant's scope. Each function names its queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from apps.commissions.engine import CompiledPlan, Line, Upline, compute
from apps.commissions.models import Commission, Plan
from apps.commissions.selectors import PENDING, RELEASED, with_state
from apps.core.money import to_major, to_minor
from apps.distributors.models import Binding, Distributor, Suspension
from apps.distributors.services.suspensions import open_suspension
from apps.ledger.models import Account
from apps.orders.models import Order, OrderLine, ShippingProblem
from apps.orders.services.lines import category_paths
from apps.payouts.selectors import written_off
from apps.products.models import Product
from apps.promotion.models import Attribution

ZERO = Decimal("0.00")
MAX_DEPTH = 3
EARNING_VIEWS = (PENDING, RELEASED, "reversed")


@dataclass(frozen=True)
class Balances:
    """Where a distributor's money stands, in major units."""

    pending: Decimal = ZERO
    available: Decimal = ZERO
    withdrawing: Decimal = ZERO
    paid: Decimal = ZERO
    debt: Decimal = ZERO
    written_off: Decimal = ZERO

    @property
    def lifetime(self) -> Decimal:
        """All ever booked minus all ever reversed: the books hold it without being asked twice."""
        held = self.pending + self.available + self.withdrawing + self.paid
        return held - self.debt - self.written_off


def balances_of(distributor: Distributor) -> Balances:
    """One query. Somebody who never earned has no wallet yet: zeros."""
    rows = Account.objects.filter(wallet__distributor=distributor)
    rows = rows.annotate(given_up=written_off(distributor))
    balances: dict[str, Decimal] = {}
    for kind, balance, given_up in rows.values_list("kind", "balance", "given_up"):
        balances |= {kind: balance, "written_off": given_up}
    return Balances(**balances)


def start_of_day(day: date) -> datetime:
    """Midnight in the active time zone, which the portal sets to the merchant's."""
    return timezone.make_aware(datetime.combine(day, time.min))


def daily_earnings(distributor: Distributor, *, days: int) -> list[tuple[date, Decimal]]:
    """(day, net earned) for the last `days` days up to today, oldest first, no gaps. One query."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    rows = (
        Commission.objects.filter(beneficiary=distributor, earned_at__gte=start_of_day(first))
        .annotate(day=TruncDate("earned_at"))
        .values("day")
        .annotate(total=Sum("amount"))
        .values_list("day", "total")
    )
    totals = dict(rows)
    every_day = (first + timedelta(days=offset) for offset in range(days))
    return [(day, totals.get(day, ZERO)) for day in every_day]


def earnings_of(
    distributor: Distributor, *, show: str = "", first: date | None = None, last: date | None = None
) -> QuerySet[Commission]:
    """Commission rows, newest first, each with `state`; both days included, by the day earned.

    `show` is one of EARNING_VIEWS; anything else shows all. What is shown as pending adds up to the
    pending balance, because a reversal shares the state of the sale it reverses.
    """
    rows = with_state(Commission.objects.filter(beneficiary=distributor))
    if show == "reversed":
        rows = rows.filter(reverses__isnull=False)
    elif show in EARNING_VIEWS:
        rows = rows.filter(state=show)
    if first:
        rows = rows.filter(earned_at__gte=start_of_day(first))
    if last:
        rows = rows.filter(earned_at__lt=start_of_day(last + timedelta(days=1)))
    return rows.select_related("order_line__order", "plan", "refund", "release").order_by(
        "-earned_at", "-pk"
    )


def expected_release(commission: Commission) -> datetime | None:
    """When a pending commission becomes available unless returned; None before completion."""
    return commission.due_at(commission.order_line.order.completed_at)


def suspension_of(distributor: Distributor) -> Suspension | None:
    """The suspension under way. No query for people who are not suspended."""
    if distributor.status != Distributor.Status.SUSPENDED:
        return None
    return open_suspension(distributor)


def _total_of_lines() -> Subquery:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return Subquery(lines.annotate(total=Sum("paid_amount")).values("total"))


def _refunded_of_lines() -> Subquery:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return Subquery(lines.annotate(total=Sum("refunded_amount")).values("total"))


def _commission_of(distributor: Distributor) -> Subquery:
    rows = Commission.objects.filter(order_line__order=OuterRef("pk"), beneficiary=distributor)
    rows = rows.order_by().values("order_line__order")
    return Subquery(rows.annotate(total=Sum("amount")).values("total"))


def orders_of(distributor: Distributor, *, status: str = "") -> QuerySet[Order]:
    """Orders this distributor brought in or was given, newest first, with `goods_total`,
    `refunded_total` and `my_commission` (None when nothing was booked)."""
    orders = Order.objects.filter(Q(distributor=distributor) | Q(pk__in=_given(distributor)))
    if status in Order.Status.values:
        orders = orders.filter(status=status)
    return (
        orders.select_related("customer")
        .annotate(
            goods_total=_total_of_lines(),
            refunded_total=_refunded_of_lines(),
            my_commission=_commission_of(distributor),
        )
        .order_by("-placed_at", "-pk")
    )


def _given(distributor: Distributor) -> QuerySet:
    """Orders that an appeal gave to this distributor, or their customer's binding did."""
    others = [Attribution.Method.APPEAL, Attribution.Method.BINDING]
    given = Attribution.objects.standing().filter(distributor=distributor, method__in=others)
    return given.values("order")


def visible_orders(distributor: Distributor) -> QuerySet[Order]:
    """Orders whose page this distributor may open: brought in by them or given to them, or earning
    them money."""
    earning = Commission.objects.filter(beneficiary=distributor).values("order_line__order")
    return Order.objects.filter(
        Q(distributor=distributor) | Q(pk__in=earning) | Q(pk__in=_given(distributor))
    )


def shipping_problems_of(distributor: Distributor) -> QuerySet[ShippingProblem]:
    """Orders brought in by or given to the distributor that cannot be sent, newest first."""
    theirs = Q(order__distributor=distributor) | Q(order__in=_given(distributor))
    found = ShippingProblem.objects.filter(theirs, resolved_at__isnull=True)
    return found.select_related("order").order_by("-reported_at", "-pk")


def children_of(distributor: Distributor) -> QuerySet[Distributor]:
    """Direct children, newest first, with `direct_count` and `recent_orders` (paid, 30 days)."""
    since = timezone.now() - timedelta(days=30)
    grandchildren = Distributor.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
    orders = Order.objects.filter(distributor=OuterRef("pk"), paid_at__gte=since)
    orders = orders.exclude(status=Order.Status.CANCELLED).order_by().values("distributor")
    return (
        Distributor.objects.filter(parent=distributor)
        .select_related("level")
        .annotate(
            direct_count=Coalesce(
                Subquery(grandchildren.annotate(number=Count("pk")).values("number")), 0
            ),
            recent_orders=Coalesce(
                Subquery(orders.annotate(number=Count("pk")).values("number")), 0
            ),
        )
        .order_by("-joined_at", "-pk")
    )


def expected_commissions(
    distributor: Distributor, products: Iterable[Product]
) -> dict[int, Decimal]:
    """Product id → what selling one of its cheapest SKU in the own shop earns, in major units.

    Computed by the engine under the plan in force, for the upline as it stands; nothing without a
    plan or for somebody who is not active. Three queries. `products` have their SKUs prefetched.
    """
    plan = Plan.objects.in_force_at(timezone.now()).first()
    if plan is None:
        return {}
    paths = category_paths()
    lines = [_line_of_one(product, paths) for product in products]
    entitlements = compute(lines, _upline_of(distributor), CompiledPlan(plan.document))
    return {
        each.line_id: to_major(each.amount)
        for each in entitlements
        if each.beneficiary_id == distributor.pk and each.depth == 1
    }


def _line_of_one(product: Product, paths: dict[int, str]) -> Line:
    sku = min(product.skus.all(), key=lambda each: (each.price, each.pk))
    price = to_minor(sku.price)
    return Line(
        id=product.pk,
        sku=sku.code,
        product=product.code,
        category=paths.get(product.category_id, ""),
        quantity=1,
        paid=price,
        list=price,
        cost=to_minor(sku.cost),
    )


def _upline_of(distributor: Distributor) -> list[Upline]:
    person = Distributor.objects.select_related(
        "level", "parent__level", "parent__parent__level"
    ).get(pk=distributor.pk)
    people = [person]
    while people[-1].parent_id and len(people) < MAX_DEPTH:
        people.append(people[-1].parent)
    return [
        Upline(id=one.pk, level=one.level.code if one.level else None, is_active=one.is_active)
        for one in people
    ]


def customers_of(
    distributor: Distributor, *, lost: bool = False, search: str = ""
) -> QuerySet[Binding]:
    """Bindings to this distributor in force now, newest first, each with its customer and `orders`
    (paid, counted for them); or, `lost`, the last of each customer who is theirs no more."""
    mine = Binding.objects.filter(distributor=distributor)
    holding = mine.in_force_at(timezone.now())
    if lost:
        last = mine.filter(customer=OuterRef("customer")).order_by("-starts_at", "-pk")
        mine = mine.exclude(customer__in=holding.values("customer"))
        mine = mine.filter(pk=Subquery(last.values("pk")[:1]))
    else:
        mine = holding
    if search:
        mine = mine.filter(
            Q(customer__identifier__endswith=search) | Q(customer__name__icontains=search)
        )
    orders = Attribution.objects.standing().filter(
        distributor=distributor, order__customer=OuterRef("customer")
    )
    counted = orders.order_by().values("order__customer").annotate(number=Count("pk"))
    return (
        mine.select_related("customer")
        .annotate(orders=Coalesce(Subquery(counted.values("number")), 0))
        .order_by("-starts_at", "-pk")
    )


def days_left(moment: datetime | None, now: datetime) -> int | None:
    """Whole days until `moment`, a begun one included; 0 when it is over, None for never."""
    if moment is None:
        return None
    return max(0, -((now - moment) // timedelta(days=1)))
