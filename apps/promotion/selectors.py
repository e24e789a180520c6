"""The links a distributor shares, and what was sold through them."""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum
from django.urls import reverse

from apps.distributors.models import Distributor
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund

REGION_SEPARATOR = "/"


def shop_link(distributor: Distributor) -> str:
    """The path of the distributor's shop, /s/<shop code>/; a page adds the site's address."""
    return reverse("shop:home", args=[distributor.shop_code])


def net_sales(
    *, merchant, start: datetime | None, end: datetime, people: Any = None, region: str = ""
) -> dict[int, int]:
    """Distributor id → lines paid in [start, end) minus refunds of that time, in minor units.

    Of orders attributed to them (design §5 Exactly, 9 and 10); `start` None is the beginning.
    People without either are left out. `people` (ids or a queryset) asks about these alone,
    `region` about orders shipped into it. Two queries.
    """
    sales = per_person(
        _of(
            OrderLine.objects.filter(
                _within("order__paid_at", start, end),
                shipped_into(region, "order__"),
                merchant=merchant,
                order__status__in=SOLD_STATUSES,
            ),
            "order__attribution__distributor",
            people,
        ),
        "order__attribution__distributor",
        sum_minor("paid_amount"),
    )
    refunds = per_person(
        _of(
            Refund.objects.filter(
                _within("refunded_at", start, end),
                shipped_into(region, "order_line__order__"),
                merchant=merchant,
                order_line__order__status__in=SOLD_STATUSES,
                status=Refund.Status.REFUNDED,
            ),
            "order_line__order__attribution__distributor",
            people,
        ),
        "order_line__order__attribution__distributor",
        sum_minor("amount"),
    )
    for person, refunded in refunds.items():
        sales[person] = sales.get(person, 0) - refunded
    return sales


def order_counts(
    *, merchant, start: datetime | None, end: datetime, people: Any = None, region: str = ""
) -> dict[int, int]:
    """Distributor id → how many attributed orders were paid in [start, end). One query."""
    orders = Order.objects.filter(
        _within("paid_at", start, end),
        shipped_into(region, ""),
        merchant=merchant,
        status__in=SOLD_STATUSES,
    )
    person = "attribution__distributor"
    return per_person(_of(orders, person, people), person, Count("pk"))


def shipped_into(region: str, order: str) -> Q:
    """Orders shipped into a region such as 浙江省/杭州市, or anywhere; `order` leads to them."""
    if not region:
        return Q()
    inside = Q(**{f"{order}region__startswith": region + REGION_SEPARATOR})
    return Q(**{f"{order}region": region}) | inside


def per_person(rows: QuerySet, person: str, figure: Any) -> dict[Any, int]:
    """What `person` leads to → figure, in one grouped query."""
    grouped = rows.order_by().values(person).annotate(figure=figure)
    return {key: int(total) for key, total in grouped.values_list(person, "figure").iterator()}


def sum_minor(field: str) -> Sum:
    """The sum as the database holds it: whole minor units instead of Decimals."""
    return Sum(field, output_field=BigIntegerField())


def _of(rows: QuerySet, person: str, people: Any) -> QuerySet:
    """The rows of these people, or of anybody at all."""
    if people is None:
        return rows.filter(**{f"{person}__isnull": False})
    return rows.filter(**{f"{person}__in": people})


def _within(field: str, start: datetime | None, end: datetime) -> Q:
    within = Q(**{f"{field}__lt": end})
    return within & Q(**{f"{field}__gte": start}) if start else within
