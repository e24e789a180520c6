"""The ranking of all distributors over a period, exactly as design §5 (9, 10) defines it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from apps.commissions.models import Commission
from apps.commissions.selectors.sales import (
    by_person,
    moves_of,
    refunds_by_person,
    sales_by_person,
    shipped_into,
    sum_minor,
)
from apps.core.external_sort import sorted_on_disk
from apps.core.joined_queries import joined_rows
from apps.core.money import to_major
from apps.distributors.models import Distributor, Level
from apps.insights.selectors.periods import InsightRefused, day_bounds

RANKING_KEYS = ("team_sales", "own_sales", "commission", "orders")
RANKING_HEADER = (
    "rank",
    "code",
    "name",
    "level",
    "own_sales",
    "team_sales",
    "orders",
    "commission",
)


@dataclass(frozen=True, slots=True)
class RankingPart:
    """Which part of the whole is ranked: people of one level or one branch, sales of one region.

    `level` is a level's code; `branch` its head, who belongs to it; `region` is a path such as
    浙江省/杭州市, and only orders shipped into it count. Ranks are among those listed.
    """

    level: str = ""
    branch: Distributor | None = None
    region: str = ""


EVERYTHING = RankingPart()


class RankingRow(NamedTuple):
    """One person's place. Money in major units; `level` is the level's code, or empty."""

    rank: int
    distributor_id: int
    code: str
    name: str
    level: str
    own_sales: Decimal
    team_sales: Decimal
    orders: int
    commission: Decimal

    def cells(self) -> tuple:
        """The row as RANKING_HEADER names it."""
        rank, _pk, *others = self
        return (rank, *others)


def ranking_definition() -> str:
    """What the figures mean, in the language in force."""
    return _(
        "Net of refunds; both days included, in the merchant's time zone. A sale counts on the day "
        "it was paid, a refund on the day it was given back. Own sales: orders attributed to the "
        "person. Team sales: own sales and those of everybody below, as the tree stood when the "
        "figures were read. Equal figures share a rank."
    )


class _Figures(NamedTuple):
    """Somebody's figures; money in minor units."""

    own_sales: int
    team_sales: int
    orders: int
    commission: int


def ranking(
    *,
    merchant,
    date_from: date,
    date_to: date,
    by: str = "team_sales",
    part: RankingPart = EVERYTHING,
) -> Iterator[RankingRow]:
    """Everybody's figures for the days `date_from` to `date_to` in the merchant's zone, best first.

    Equal figures share a rank (1, 2, 2, 4) and stand by code. Reads at once, everybody in one
    query (two more, four where appeals moved orders), and yields rows one by one; the memory it
    takes does not grow with the people. Raises InsightRefused for an unknown `by` or a period that
    ends before it begins.
    """
    if by not in RANKING_KEYS:
        raise InsightRefused(
            _("A ranking goes by one of %(keys)s, not by “%(by)s”.")
            % {"keys": ", ".join(RANKING_KEYS), "by": by}
        )
    start, end = day_bounds(merchant.zone, date_from, date_to)
    levels = dict(Level.objects.filter(merchant=merchant).values_list("pk", "code"))
    key = _Figures._fields.index(by)
    keyed = (
        (-figures[key], code, pk, name, level, *figures)
        for pk, code, name, level_id, figures in _board(merchant, start, end, part)
        if (level := levels.get(level_id, "")) == part.level or not part.level
    )
    # Sorted here: the database's collation would order codes differently from place to place.
    return _ranked(sorted_on_disk(keyed))


def _ranked(ordered: Iterable[tuple]) -> Iterator[RankingRow]:
    rank, previous = 0, None
    for place, (key, code, pk, name, level, own, team, orders, commission) in enumerate(ordered, 1):
        if key != previous:
            rank, previous = place, key
        yield RankingRow(
            rank, pk, code, name, level, to_major(own), to_major(team), orders, to_major(commission)
        )


def _board(merchant, start: datetime, end: datetime, part: RankingPart) -> Iterator[tuple]:
    """(id, code, name, level id, figures) of everybody in the part, whoever is below first.

    Read backwards through the tree, everybody comes after their whole team: what it sold waits,
    one sum for each open upline.
    """
    asked = {"merchant": merchant, "start": start, "end": end, "region": part.region}
    moved = moves_of(**asked)
    waiting: dict[int | None, int] = defaultdict(int)
    for pk, parent_id, code, name, level_id, own, orders, commission in _people(part, asked):
        own += moved.sales.get(pk, 0)
        team = own + waiting.pop(pk, 0)
        waiting[parent_id] += team
        yield (
            pk,
            code,
            name,
            level_id,
            _Figures(own, team, orders + moved.orders.get(pk, 0), commission),
        )


PEOPLE = """
    SELECT person.id, person.parent_id, person.code, person.name, person.level_id,
        CAST(COALESCE(sales.figure, 0) - COALESCE(refunds.figure, 0) AS bigint),
        COALESCE(sales.orders, 0), CAST(COALESCE(commission.figure, 0) AS bigint)
    FROM ({people}) AS person
    LEFT JOIN ({sales}) AS sales ON sales.person = person.id
    LEFT JOIN ({refunds}) AS refunds ON refunds.person = person.id
    LEFT JOIN ({commission}) AS commission ON commission.person = person.id
    ORDER BY person.tree_id DESC, person.lft DESC
"""


def _people(part: RankingPart, asked: dict) -> Iterator[tuple]:
    """Everybody in the part with what was counted for themselves, in one query."""
    commission = Commission.objects.filter(
        shipped_into(part.region, "order_line__order__"),
        merchant=asked["merchant"],
        earned_at__gte=asked["start"],
        earned_at__lt=asked["end"],
    )
    return joined_rows(
        PEOPLE,
        people=_listed(asked["merchant"], part.branch),
        # Orders are counted in the same pass: each has a line.
        sales=sales_by_person(**asked)
        .annotate(orders=Count("order", distinct=True))
        .values_list("person", "figure", "orders"),
        refunds=refunds_by_person(**asked),
        commission=by_person(commission, "beneficiary", sum_minor("amount")),
    )


def _listed(merchant, branch: Distributor | None) -> QuerySet:
    people = Distributor.objects.filter(merchant=merchant).order_by()
    if branch is not None:
        people = people.filter(tree_id=branch.tree_id, lft__gte=branch.lft, rght__lte=branch.rght)
    return people.values_list("id", "parent_id", "code", "name", "level_id", "tree_id", "lft")
