"""The figures levels are reached by: of everybody at once, or of one person."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, Greatest

from apps.commissions.engine.level_rules import Condition, Ladder, LevelRule, Need
from apps.commissions.models import Commission
from apps.commissions.selectors.sales import net_sales, order_counts, per_person, sum_minor
from apps.core.money import to_minor
from apps.distributors.models import Distributor, Level, LevelCondition
from apps.distributors.numbering import TeamTotals
from apps.orders.models import SOLD_STATUSES, LevelGoods, OrderLine, Refund
from apps.orders.selectors import goods_filter
from apps.orders.services.lookups import customer_identifier

Kind = LevelCondition.Kind
PEOPLE_PER_FETCH = 5000
# Under whom a figure is listed: a distributor's id, or, for purchases, a customer's identifier.
Table = Mapping[Any, int]


def read_ladder(*, merchant, day: date) -> Ladder:
    """The merchant's levels as they are now, for a review on `day`. Two queries."""
    conditions: dict[int, list[Condition]] = {}
    for each in LevelCondition.objects.filter(merchant=merchant).order_by("pk"):
        at_least = each.count if each.amount is None else to_minor(each.amount)
        found = Condition(each.kind, each.period, each.days, at_least)
        conditions.setdefault(each.level_id, []).append(found)
    return Ladder(
        [
            LevelRule(
                pk=level.pk,
                rank=level.rank,
                conditions=tuple(conditions.get(level.pk, ())),
                needs_all=level.combine == Level.Combine.ALL,
                grace_days=level.grace_days,
            )
            for level in Level.objects.filter(merchant=merchant)
        ],
        day,
    )


class Person(NamedTuple):
    """Somebody as a review meets them."""

    pk: int
    tree_id: int
    level: int | None
    status: str
    pinned_until: date | None
    code: str
    phone: str | None


def read_people(people: Any) -> Iterable[tuple[Person, int, int]]:
    """Everybody of a queryset in tree order, each with lft and rght. One query."""
    rows = people.order_by("tree_id", "lft").values_list(
        "pk",
        "tree_id",
        "level_id",
        "status",
        "level_pinned_until",
        "code",
        # As text: the field would parse every number anew.
        Cast("phone", CharField()),
        "lft",
        "rght",
    )
    for *fields, lft, rght in rows.iterator(chunk_size=PEOPLE_PER_FETCH):
        yield Person(*fields), lft, rght


def identifiers_of(code: str, phone: str | None) -> tuple[str, ...]:
    """What an order's customer is called when this person buys, each once."""
    found = {code, phone}
    # Codes that are phone numbers come in several spellings; few codes are.
    if not code[:1].isalpha():
        found.add(customer_identifier(code))
    return tuple(each for each in found if each)


class FigureTables:
    """The tables a merchant's needs are looked up in, each read once.

    `people` None: everybody's, team sales by one prefix sum over the tree. Else one person's alone,
    with what their team sold summed by the database.
    """

    def __init__(self, *, merchant, needs: Iterable[Need], one: Distributor | None = None):
        self._merchant = merchant
        self._one = one
        self._tables: dict[Need, dict[Any, int]] = {}
        self.by_need: list[tuple[bool, Table]] = [
            (need.kind == Kind.PURCHASES, self._table(need)) for need in needs
        ]

    def of(self, person: Person):
        """The person's figures by the need's place."""

        def figure(place: int) -> int:
            by_identifier, table = self.by_need[place]
            if not by_identifier or not table:
                return table.get(person.pk, 0)
            mine = identifiers_of(person.code, person.phone)
            return sum(table.get(each, 0) for each in mine)

        return figure

    def add_team_totals(self, people: Iterable[tuple[Person, int, int]]) -> list[Person]:
        """Turn own into team sales where teams are asked for; the people, in tree order."""
        listed: list[Person] = []
        teams = {
            need: TeamTotals()
            for need in self._tables
            if need.kind == Kind.TEAM_SALES and self._one is None
        }
        for person, lft, rght in people:
            listed.append(person)
            for need, totals in teams.items():
                totals.add(person.tree_id, lft, rght, self._tables[need].get(person.pk, 0))
        for need, totals in teams.items():
            table = self._tables[need]
            found = totals.finish()
            # In place: the needs look it up in this very table.
            table.clear()
            table.update(
                (person.pk, total) for person, total in zip(listed, found, strict=True) if total
            )
        return listed

    def _table(self, need: Need) -> dict[Any, int]:
        if need not in self._tables:
            self._tables[need] = self._read(need)
        return self._tables[need]

    def _read(self, need: Need) -> dict[Any, int]:
        start, end = self._moments(need)
        people = None if self._one is None else [self._one.pk]
        period = {"merchant": self._merchant, "start": start, "end": end}
        if need.kind == Kind.OWN_SALES:
            return net_sales(**period, people=people)
        if need.kind == Kind.TEAM_SALES:
            if self._one is None:
                own = Need(Kind.OWN_SALES, need.window)
                return dict(self._table(own))
            sold = net_sales(**period, people=_team_of(self._one))
            return {self._one.pk: sum(sold.values())}
        if need.kind == Kind.ORDERS:
            return order_counts(**period, people=people)
        if need.kind == Kind.RELEASED:
            return released_commission(**period, people=people)
        return purchases(**period, level=need.level, one=self._one)

    def _moments(self, need: Need) -> tuple[datetime | None, datetime]:
        zone = self._merchant.zone
        start, end = need.window
        at_midnight = datetime.combine(end, time.min, zone)
        return start and datetime.combine(start, time.min, zone), at_midnight


def _team_of(person: Distributor):
    return (
        Distributor.objects.filter(tree_id=person.tree_id, lft__gte=person.lft, lft__lt=person.rght)
        .order_by()
        .values("pk")
    )


def released_commission(
    *, merchant, start: datetime | None, end: datetime, people: Any = None
) -> dict[int, int]:
    """Distributor id → commission released in [start, end) net of refunds, in minor units.

    A commission counts when it is released, with what refunds had left of it; a refund after that
    counts against the day it happened. Two queries.
    """
    rows = Commission.objects.filter(merchant=merchant)
    if people is not None:
        rows = rows.filter(beneficiary__in=people)
    sales = rows.filter(refund__isnull=True, release__isnull=False)
    sales = sales.annotate(counted_at=F("release__released_at"))
    taken = rows.filter(refund__isnull=False, reverses__release__isnull=False)
    taken = taken.annotate(counted_at=Greatest("earned_at", "reverses__release__released_at"))
    within = Q(counted_at__lt=end)
    if start:
        within &= Q(counted_at__gte=start)
    released = per_person(sales.filter(within), "beneficiary", sum_minor("amount"))
    for person, amount in per_person(
        taken.filter(within), "beneficiary", sum_minor("amount")
    ).items():
        released[person] = released.get(person, 0) + amount
    return released


def purchases(
    *,
    merchant,
    start: datetime | None,
    end: datetime,
    level: int,
    one: Distributor | None = None,
) -> dict[str, int]:
    """Customer → what they bought of the goods that count for a level, net, in minor units.

    Sales count on the day they are paid, refunds on the day they happen. Three queries.
    """
    rows = LevelGoods.objects.filter(level=level, use=LevelGoods.Use.COUNT)
    rows = list(rows.select_related("category"))
    line, order = "order_line__", "order_line__order__"
    bought = OrderLine.objects.filter(
        goods_filter(rows, "sku__product__"),
        merchant=merchant,
        order__status__in=SOLD_STATUSES,
        order__paid_at__lt=end,
    )
    returned = Refund.objects.filter(
        goods_filter(rows, f"{line}sku__product__"),
        **{f"{order}status__in": SOLD_STATUSES},
        merchant=merchant,
        status=Refund.Status.REFUNDED,
        refunded_at__lt=end,
    )
    if start:
        bought = bought.filter(order__paid_at__gte=start)
        returned = returned.filter(refunded_at__gte=start)
    if one is not None:
        mine = identifiers_of(one.code, str(one.phone) if one.phone else None)
        bought = bought.filter(order__customer__identifier__in=mine)
        returned = returned.filter(**{f"{order}customer__identifier__in": mine})
    customer = "customer__identifier"
    totals = per_person(bought, f"order__{customer}", sum_minor("paid_amount"))
    for who, amount in per_person(returned, f"{order}{customer}", sum_minor("amount")).items():
        totals[who] = totals.get(who, 0) - amount
    return totals
