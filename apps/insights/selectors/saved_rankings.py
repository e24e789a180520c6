"""Saved rankings, read back in the order of any of their figures."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate
from django.utils.translation import gettext as _

from apps.distributors.models import Distributor
from apps.insights.models import RankingSnapshot, RankingSnapshotRow
from apps.insights.selectors.ranking import RankingRow

PEOPLE_PER_FETCH = 5000
# Codes stand in the order of their characters on every database, as in a fresh ranking.
COLLATIONS = {"postgresql": "C", "sqlite": "BINARY"}


def ranked(snapshot: RankingSnapshot, *, by: str) -> QuerySet[RankingSnapshotRow]:
    """Everybody in the snapshot, best first, each with `rank`; equal figures share one."""
    code = Collate("code", COLLATIONS[connection.vendor])
    return snapshot.rows.annotate(rank=F(f"{by}_rank")).order_by("rank", code)


def find_in(rows: QuerySet[RankingSnapshotRow], *, search: str = "", level: str = "") -> QuerySet:
    """Those whose code or name contains `search`, and of that level; ranks stay as they are."""
    if level:
        rows = rows.filter(level=level)
    return rows.filter(Q(code__icontains=search) | Q(name__icontains=search)) if search else rows


def saved_rows(snapshot: RankingSnapshot, *, by: str) -> Iterator[RankingRow]:
    """The snapshot's rows as `ranking` would yield them, streamed; asked for inside the scope."""
    rows = ranked(snapshot, by=by)
    return (_as_ranking_row(row) for row in rows.iterator(chunk_size=PEOPLE_PER_FETCH))


def _as_ranking_row(row: RankingSnapshotRow) -> RankingRow:
    return RankingRow(
        rank=row.rank,
        distributor_id=row.distributor_id,
        code=row.code,
        name=row.name,
        level=row.level,
        own_sales=row.own_sales,
        team_sales=row.team_sales,
        orders=row.orders,
        commission=row.commission,
    )


def place_of(snapshot: RankingSnapshot, distributor: Distributor) -> RankingSnapshotRow | None:
    """The person's row; none when they joined later."""
    return snapshot.rows.filter(distributor=distributor).first()


def about(snapshot: RankingSnapshot) -> list[tuple[str, str]]:
    """What the figures are and when they were read, for the head of the files."""
    zone = snapshot.merchant.zone
    return [
        (_("Period"), str(snapshot)),
        (_("Figures of"), snapshot.taken_at.astimezone(zone).isoformat(timespec="seconds")),
        (_("People"), str(snapshot.people)),
        (_("Definition"), snapshot.definition),
    ]
