"""What people sold in a period, as the ranking and the review of levels count it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum

from apps.commissions.selectors.moved_sales import MovedSales, moved_sales
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund

REGION_SEPARATOR = "/"
# Before anything could have been sold.
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


def net_sales(
    *,
    merchant,
    start: datetime | None,
    end: datetime,
    people: Any = None,
    region: str = "",
    moved: MovedSales | None = None,
) -> dict[int, int]:
    """Distributor id → lines paid in [start, end) minus refunds of that time, in minor units.

    Of orders attributed to them (design §5 Exactly, 9 and 10); `start` None is the beginning.
    People without either are left out. `people` (ids or a queryset of ids) asks about these alone,
    `region` about orders shipped into it. What appeals moved counts as `moved_sales` says, which is
    asked unless `moved` holds its answer. Two queries besides.
    """
    asked = {"merchant": merchant, "start": start, "end": end, "region": region, "people": people}
    sales = totals(sales_by_person(**asked))
    refunds = totals(refunds_by_person(**asked))
    for person, refunded in refunds.items():
        sales[person] = sales.get(person, 0) - refunded
    if moved is None:
        moved = moves_of(merchant=merchant, start=start, end=end, region=region)
    return _added(sales, moved.sales, people)


def order_counts(
    *,
    merchant,
    start: datetime | None,
    end: datetime,
    people: Any = None,
    region: str = "",
    moved: MovedSales | None = None,
) -> dict[int, int]:
    """Distributor id → how many orders paid in [start, end) were theirs; see `net_sales`.

    One query besides `moved_sales`.
    """
    counts = totals(
        orders_by_person(merchant=merchant, start=start, end=end, people=people, region=region)
    )
    if moved is None:
        moved = moves_of(merchant=merchant, start=start, end=end, region=region)
    return _added(counts, moved.orders, people)


def sales_by_person(
    *, merchant, start: datetime | None, end: datetime, people: Any = None, region: str = ""
) -> QuerySet:
    """The lines of `net_sales`, before refunds and appeals: rows of `person` and `figure`."""
    lines = OrderLine.objects.filter(
        _within("order__paid_at", start, end),
        shipped_into(region, "order__"),
        merchant=merchant,
        order__status__in=SOLD_STATUSES,
    )
    attributed = _first_attributed(lines, "order__attributions", people)
    return by_person(attributed, "order__attributions__distributor", sum_minor("paid_amount"))


def refunds_by_person(
    *, merchant, start: datetime | None, end: datetime, people: Any = None, region: str = ""
) -> QuerySet:
    """The refunds of `net_sales`, before appeals: rows of `person` and `figure`."""
    refunds = Refund.objects.filter(
        _within("refunded_at", start, end),
        shipped_into(region, "order_line__order__"),
        merchant=merchant,
        order_line__order__status__in=SOLD_STATUSES,
        status=Refund.Status.REFUNDED,
    )
    attributions = "order_line__order__attributions"
    attributed = _first_attributed(refunds, attributions, people)
    return by_person(attributed, f"{attributions}__distributor", sum_minor("amount"))


def orders_by_person(
    *, merchant, start: datetime | None, end: datetime, people: Any = None, region: str = ""
) -> QuerySet:
    """What `order_counts` counts, before appeals: rows of `person` and `figure`."""
    orders = Order.objects.filter(
        _within("paid_at", start, end),
        shipped_into(region, ""),
        merchant=merchant,
        status__in=SOLD_STATUSES,
    )
    attributed = _first_attributed(orders, "attributions", people)
    return by_person(attributed, "attributions__distributor", Count("pk"))


def moves_of(*, merchant, start: datetime | None, end: datetime, region: str = "") -> MovedSales:
    """What appeals moved in the period, of orders shipped into `region`."""
    return moved_sales(
        merchant=merchant,
        start=start or BEGINNING,
        end=end,
        orders=shipped_into(region, "order__"),
    )


def shipped_into(region: str, order: str) -> Q:
    """Orders shipped into a region such as 浙江省/杭州市, or anywhere; `order` leads to them."""
    if not region:
        return Q()
    inside = Q(**{f"{order}region__startswith": region + REGION_SEPARATOR})
    return Q(**{f"{order}region": region}) | inside


def by_person(rows: QuerySet, person: str, figure: Any) -> QuerySet:
    """One grouped query: `person`, which the path of that name leads to, and their `figure`."""
    grouped = rows.order_by().values(person=F(person)).annotate(figure=figure)
    return grouped.values_list("person", "figure")


def per_person(rows: QuerySet, person: str, figure: Any) -> dict[Any, int]:
    """What `person` leads to → figure, in one grouped query."""
    return totals(by_person(rows, person, figure))


def totals(grouped: QuerySet) -> dict[Any, int]:
    """What a query of `person` and `figure` says, as person → figure."""
    return {person: int(figure) for person, figure in grouped.iterator()}


def sum_minor(field: str) -> Sum:
    """The sum as the database holds it: whole minor units instead of Decimals."""
    return Sum(field, output_field=BigIntegerField())


def _first_attributed(rows: QuerySet, attributions: str, people: Any) -> QuerySet:
    """Rows of orders that these people, or anybody at all, brought by their first attribution."""
    person = f"{attributions}__distributor"
    who = {f"{person}__isnull": False} if people is None else {f"{person}__in": people}
    # In one call: conditions on the same attribution.
    return rows.filter(**{f"{attributions}__number": 1}, **who)


def _added(
    figures: dict[int, int], changes: Mapping[int, int], people: Iterable[int] | QuerySet | None
) -> dict[int, int]:
    if not changes:
        return figures
    wanted = None if people is None else set(people)
    for person, change in changes.items():
        if wanted is None or person in wanted:
            figures[person] = figures.get(person, 0) + change
    return figures


def _within(field: str, start: datetime | None, end: datetime) -> Q:
    within = Q(**{f"{field}__lt": end})
    return within & Q(**{f"{field}__gte": start}) if start else within
