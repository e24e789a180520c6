"""The ranking of all distributors over a period, exactly as design §5 (9, 10) defines it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.commissions.models import Commission
from apps.commissions.selectors.sales import (
    moves_of,
    net_sales,
    order_counts,
    per_person,
    shipped_into,
    sum_minor,
)
from apps.core.money import to_major
from apps.distributors.models import Distributor, Level
from apps.distributors.numbering import TeamTotals
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
PEOPLE_PER_FETCH = 5000


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


@dataclass(frozen=True, slots=True)
class RankingRow:
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
        return (
            self.rank,
            self.code,
            self.name,
            self.level,
            self.own_sales,
            self.team_sales,
            self.orders,
            self.commission,
        )


def ranking_definition() -> str:
    """What the figures mean, in the language in force."""
    return _(
        "Net of refunds; both days included, in the merchant's time zone. A sale counts on the day "
        "it was paid, a refund on the day it was given back. Own sales: orders attributed to the "
        "person. Team sales: own sales and those of everybody below, as the tree stood when the "
        "figures were read. Equal figures share a rank."
    )


@dataclass(frozen=True, slots=True)
class _Board:
    """Everything read, in tree order: figures are whole numbers, money in minor units."""

    people: list[tuple[int, str, str, int | None]]
    levels: dict[int, str]
    figures: dict[str, list[int]]


def ranking(
    *,
    merchant,
    date_from: date,
    date_to: date,
    by: str = "team_sales",
    part: RankingPart = EVERYTHING,
) -> Iterator[RankingRow]:
    """Everybody's figures for the days `date_from` to `date_to` in the merchant's zone, best first.

    Equal figures share a rank (1, 2, 2, 4) and stand by code. Reads at once, in seven queries
    however many people there are (nine where appeals moved orders), and yields rows one by one.
    Raises InsightRefused for an unknown `by` or a period that ends before it begins.
    """
    if by not in RANKING_KEYS:
        raise InsightRefused(
            _("A ranking goes by one of %(keys)s, not by “%(by)s”.")
            % {"keys": ", ".join(RANKING_KEYS), "by": by}
        )
    start, end = day_bounds(merchant.zone, date_from, date_to)
    return _in_order(_read_board(merchant, start, end, part), by, part)


def _read_board(merchant, start: datetime, end: datetime, part: RankingPart) -> _Board:
    asked = {"merchant": merchant, "start": start, "end": end, "region": part.region}
    moved = moves_of(**asked)
    own_sales = net_sales(**asked, moved=moved)
    orders = order_counts(**asked, moved=moved)
    commission = per_person(
        Commission.objects.filter(
            shipped_into(part.region, "order_line__order__"),
            merchant=merchant,
            earned_at__gte=start,
            earned_at__lt=end,
        ),
        "beneficiary",
        sum_minor("amount"),
    )
    people, teams = [], TeamTotals()
    for pk, code, name, level_id, *interval in _in_tree_order(merchant, part.branch):
        people.append((pk, code, name, level_id))
        teams.add(*interval, own_sales.get(pk, 0))
    figures = {
        "own_sales": [own_sales.get(person[0], 0) for person in people],
        "team_sales": teams.finish(),
        "orders": [orders.get(person[0], 0) for person in people],
        "commission": [commission.get(person[0], 0) for person in people],
    }
    levels = dict(Level.objects.filter(merchant=merchant).values_list("pk", "code"))
    return _Board(people, levels, figures)


def _in_tree_order(merchant, branch: Distributor | None) -> Iterator[tuple]:
    people = Distributor.objects.filter(merchant=merchant).order_by("tree_id", "lft")
    if branch is not None:
        people = people.filter(tree_id=branch.tree_id, lft__gte=branch.lft, rght__lte=branch.rght)
    fields = ("pk", "code", "name", "level_id", "tree_id", "lft", "rght")
    return people.values_list(*fields).iterator(chunk_size=PEOPLE_PER_FETCH)


def _in_order(board: _Board, by: str, part: RankingPart) -> Iterator[RankingRow]:
    figure = board.figures[by]
    listed: Iterable[int] = range(len(board.people))
    if part.level:
        listed = [at for at in listed if board.levels.get(board.people[at][3]) == part.level]
    # Sorted here: the database's collation would order codes differently from place to place.
    order = sorted(listed, key=lambda index: board.people[index][1])
    order.sort(key=lambda index: -figure[index])
    rank, previous = 0, None
    for place, index in enumerate(order, start=1):
        if figure[index] != previous:
            rank, previous = place, figure[index]
        yield _row(board, index, rank)


def _row(board: _Board, index: int, rank: int) -> RankingRow:
    pk, code, name, level_id = board.people[index]
    figures = board.figures
    return RankingRow(
        rank=rank,
        distributor_id=pk,
        code=code,
        name=name,
        level=board.levels.get(level_id, ""),
        own_sales=to_major(figures["own_sales"][index]),
        team_sales=to_major(figures["team_sales"][index]),
        orders=figures["orders"][index],
        commission=to_major(figures["commission"][index]),
    )
