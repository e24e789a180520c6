"""Saving the ranking of a period that is over, so that everybody can look at the same figures."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.bulk import insert_rows
from apps.core.errors import Refused
from apps.core.money import to_minor
from apps.insights.models import RankingSnapshot, RankingSnapshotRow
from apps.insights.selectors import RANKING_KEYS, RankingRow, ranking, ranking_definition

ROWS_PER_INSERT = 10_000
COLUMNS = (
    "merchant_id",
    "snapshot_id",
    "distributor_id",
    "code",
    "name",
    "level",
    "own_sales",
    "team_sales",
    "orders",
    "commission",
    *(f"{key}_rank" for key in RANKING_KEYS),
)
# Equal figures share a rank, as in `ranking`.
_RANKS = ", ".join(f"RANK() OVER (ORDER BY {key} DESC) AS {key}_rank" for key in RANKING_KEYS)
RANK_EVERYBODY = f"""
    UPDATE insights_rankingsnapshotrow
    SET {", ".join(f"{key}_rank = place.{key}_rank" for key in RANKING_KEYS)}
    FROM (
        SELECT id, {_RANKS} FROM insights_rankingsnapshotrow WHERE snapshot_id = %s
    ) AS place
    WHERE insights_rankingsnapshotrow.id = place.id
"""  # noqa: S608 - keys are our own


class SnapshotRefused(Refused):
    """The ranking of this period cannot be saved; nothing was."""


@transaction.atomic
def save_ranking(*, merchant, date_from: date, date_to: date, actor=None) -> RankingSnapshot:
    """Keep everybody's figures of a period that is over, in one transaction.

    Both days are included, in the merchant's zone. Call inside the merchant's scope. Raises
    SnapshotRefused for a period that is not over yet, InsightRefused for one that ends before it
    begins.
    """
    now = timezone.now()
    if date_to >= now.astimezone(merchant.zone).date():
        raise SnapshotRefused(
            _("This period is not over yet: its figures still change. Save it after %(day)s.")
            % {"day": date_to.isoformat()}
        )
    rows = ranking(merchant=merchant, date_from=date_from, date_to=date_to)
    snapshot = RankingSnapshot.objects.create(
        merchant=merchant,
        date_from=date_from,
        date_to=date_to,
        taken_at=now,
        actor=actor,
        definition=ranking_definition(),
    )
    snapshot.people = sum(
        insert_rows(RankingSnapshotRow, COLUMNS, [_cells(snapshot, row) for row in part])
        for part in _parts(rows)
    )
    snapshot.save(update_fields=["people"])
    with connection.cursor() as cursor:
        cursor.execute(RANK_EVERYBODY, [snapshot.pk])
    return snapshot


def save_last_month(*, merchant) -> RankingSnapshot | None:
    """Save the ranking of the month before this one, once; None if the site has done so before.

    Call inside the merchant's scope. Of two at the same time, one saves.
    """
    today = timezone.now().astimezone(merchant.zone).date()
    last = today.replace(day=1) - timedelta(days=1)
    period = {"date_from": last.replace(day=1), "date_to": last}
    if RankingSnapshot.objects.filter(merchant=merchant, actor=None, **period).exists():
        return None
    try:
        with transaction.atomic():
            return save_ranking(merchant=merchant, **period)
    except IntegrityError:
        return None


def _parts(rows: Iterable[RankingRow]) -> Iterator[list[RankingRow]]:
    rows = iter(rows)
    while part := list(islice(rows, ROWS_PER_INSERT)):
        yield part


def _cells(snapshot: RankingSnapshot, row: RankingRow) -> tuple:
    """A row as COLUMNS names it, money in minor units; ranks come when everybody is there."""
    return (
        snapshot.merchant_id,
        snapshot.pk,
        row.distributor_id,
        row.code,
        row.name,
        row.level,
        to_minor(row.own_sales),
        to_minor(row.team_sales),
        row.orders,
        to_minor(row.commission),
        *(0 for _key in RANKING_KEYS),
    )
