"""From the click to the money: click → visitor → bound → order → paid (推广漏斗).

A funnel follows the clicks of a period, however long ago that was, to what has become of them by
now. Every figure stands for the same clicks, so none can be made to look better by another period:

- **clicks**: visits that were recorded in the period. Bots, prefetching, the distributor's own
  visits and the same visitor on the same link within half an hour leave none.
- **visitors**: how many different visitors (random numbers in their own cookies) these were.
- **bound**: customers of these clicks who were bound to the distributor whose link it was, at the
  click or later.
- **orders**: orders placed by customers of these clicks that count for the distributor whose link
  it was, where the click was the customer's last on that distributor before the order. An order
  therefore counts for one click, one link and one material only.
- **paid**: those of them that are paid and neither cancelled nor closed since; **sales** is what
  was paid for their goods, without shipping, before refunds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from apps.core.fields import MoneyField
from apps.distributors.models import Distributor
from apps.orders.models import PAID_STATUSES, Order, OrderLine
from apps.promotion.models import Click

NOTHING = Value(Decimal("0.00"), output_field=MoneyField())
# What figures can be told apart by, as a way from a click.
KEYS = {"distributor": "distributor", "link": "link", "material": "link__material"}


@dataclass(frozen=True, slots=True)
class Period:
    """Days in a time zone, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first moment in it."""
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The figures of a period; see above."""

    clicks: int = 0
    visitors: int = 0
    bound: int = 0
    orders: int = 0
    paid: int = 0
    sales: Decimal = Decimal("0.00")


def clicks_of(period: Period, distributor: Distributor | None = None) -> QuerySet[Click]:
    """The clicks of a period, of one distributor or of everybody. In the merchant's scope."""
    clicks = Click.objects.filter(at__gte=period.start, at__lt=period.end)
    return clicks if distributor is None else clicks.filter(distributor=distributor)


def ranked_by_clicks(
    period: Period, by: str, distributor: Distributor | None = None
) -> QuerySet[Click]:
    """Rows of `key`, `clicks` and `visitors`, the most clicked first, to be shown page by page."""
    clicks = clicks_of(period, distributor).annotate(key=F(KEYS[by])).exclude(key=None)
    return clicks.values("key").annotate(**_visits()).order_by("-clicks", "key")


def _visits() -> dict[str, Count]:
    return {"clicks": Count("pk"), "visitors": Count("visitor", distinct=True)}


def funnels(
    period: Period,
    *,
    by: str,
    distributor: Distributor | None = None,
    keys: Iterable[int] | None = None,
) -> dict[int, Funnel]:
    """Funnels by distributor, link or material (`by`); of `keys` alone where given. Three queries:
    clicks with visitors, bound, orders with paid and sales."""
    clicks = clicks_of(period, distributor).annotate(key=F(KEYS[by])).exclude(key=None)
    orders = _orders(period, distributor, KEYS[by])
    if keys is not None:
        keys = list(keys)
        clicks, orders = clicks.filter(key__in=keys), orders.filter(key__in=keys)
    found = {
        row["key"]: {"clicks": row["clicks"], "visitors": row["visitors"]}
        for row in clicks.values("key").annotate(**_visits()).order_by()
    }
    for row in _bound(clicks).values("key").annotate(bound=_customers()).order_by():
        found[row["key"]]["bound"] = row["bound"]
    for row in orders.exclude(key=None).values("key").annotate(**_sold()).order_by():
        found[row["key"]] |= {name: row[name] for name in _sold()}
    return {key: Funnel(**figures) for key, figures in found.items()}


def whole_funnel(period: Period, distributor: Distributor | None = None) -> Funnel:
    """One funnel of everything, clicks without a link included. Three queries."""
    clicks = clicks_of(period, distributor)
    visits = clicks.aggregate(**_visits())
    bound = _bound(clicks).aggregate(bound=_customers())
    return Funnel(**visits, **bound, **_orders(period, distributor, "pk").aggregate(**_sold()))


def _bound(clicks: QuerySet[Click]) -> QuerySet[Click]:
    return clicks.filter(
        customer__bindings__distributor=F("distributor"),
        customer__bindings__starts_at__gte=F("at"),
    )


def _customers() -> Count:
    return Count("customer", distinct=True)


def _orders(period: Period, distributor: Distributor | None, key: str) -> QuerySet[Order]:
    last = Click.objects.filter(
        customer=OuterRef("customer"),
        distributor=OuterRef("distributor"),
        at__lte=OuterRef("placed_at"),
    ).order_by("-at", "-pk")
    goods = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    orders = Order.objects.filter(placed_at__gte=period.start, distributor__isnull=False)
    if distributor is not None:
        orders = orders.filter(distributor=distributor)
    return orders.annotate(
        clicked_at=Subquery(last.values("at")[:1]),
        key=Subquery(last.values(key)[:1]),
        goods=Subquery(goods.annotate(sum=Sum("paid_amount")).values("sum")),
    ).filter(clicked_at__gte=period.start, clicked_at__lt=period.end)


def _sold() -> dict[str, Count | Coalesce]:
    is_paid = Q(status__in=PAID_STATUSES)
    return {
        "orders": Count("pk"),
        "paid": Count("pk", filter=is_paid),
        "sales": Coalesce(Sum("goods", filter=is_paid), NOTHING),
    }


def clicks_by_day(
    period: Period, distributor: Distributor | None = None, *, link: int | None = None
) -> list[tuple[date, int]]:
    """How many clicks each day of the period had, quiet days included. One query."""
    clicks = clicks_of(period, distributor)
    if link is not None:
        clicks = clicks.filter(link=link)
    days = clicks.annotate(day=TruncDate("at", tzinfo=period.zone)).values("day")
    counted = dict(days.annotate(n=Count("pk")).order_by().values_list("day", "n"))
    length = (period.last - period.first).days + 1
    all_days = (period.first + timedelta(days=number) for number in range(length))
    return [(day, counted.get(day, 0)) for day in all_days]
