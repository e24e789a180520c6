"""Commissions as others see them: one definition for the file, the console and the portal."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce

from apps.commissions.models import Commission, Release

COLUMNS = (
    "order_no",
    "line_no",
    "refund_no",
    "beneficiary",
    "kind",
    "depth",
    "base_amount",
    "rate",
    "amount",
    "state",
    "plan",
    "earned_at",
    "release_at",
)
PENDING, RELEASED = "pending", "released"


def day_bounds(
    merchant, date_from: date | None, date_to: date | None
) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day and the first after the last, in the merchant's zone."""
    start = datetime.combine(date_from, time.min, merchant.zone) if date_from else None
    end = (
        datetime.combine(date_to + timedelta(days=1), time.min, merchant.zone) if date_to else None
    )
    return start, end


def with_state(commissions: QuerySet[Commission]) -> QuerySet[Commission]:
    """Annotate `state`: a reversal shares the state of the sale it reverses, so that the amounts in
    state pending add up to the pending balance."""
    released = Release.objects.filter(commission=Coalesce(OuterRef("reverses"), OuterRef("pk")))
    return commissions.annotate(
        state=Case(When(Exists(released), then=Value(RELEASED)), default=Value(PENDING))
    )


def commission_rows(
    *, merchant, date_from: date | None = None, date_to: date | None = None
) -> Iterator[tuple]:
    """Rows of COLUMNS, earned within the days (both included, merchant's zone), in earning order.

    Streams; times are in the merchant's zone, amounts and rates are Decimals, None where empty.
    """
    start, end = day_bounds(merchant, date_from, date_to)
    commissions = Commission.objects.filter(merchant=merchant)
    if start:
        commissions = commissions.filter(earned_at__gte=start)
    if end:
        commissions = commissions.filter(earned_at__lt=end)
    return rows_of(commissions)


def rows_of(commissions: QuerySet[Commission]) -> Iterator[tuple]:
    """Rows of COLUMNS for these commissions, in earning order, whatever order they came in."""
    rows = (
        with_state(commissions)
        .annotate(sale_earned_at=Coalesce("reverses__earned_at", "earned_at"))
        .order_by("earned_at", "order_line__order__order_no", "order_line__line_no", "depth", "pk")
        .values_list(
            "order_line__order__order_no",
            "order_line__line_no",
            "refund__refund_no",
            "beneficiary__code",
            "kind",
            "depth",
            "base_amount",
            "rate",
            "amount",
            "state",
            "plan__name",
            "earned_at",
            "plan__document__hold_days",
            "sale_earned_at",
            "order_line__order__completed_at",
            "merchant__time_zone",
        )
    )
    for *cells, earned_at, hold_days, sold_at, completed_at, zone in rows.iterator(chunk_size=2000):
        release_at = None
        if completed_at:
            # A stage bonus is not released before its period ended.
            release_at = max(completed_at + timedelta(days=hold_days), sold_at)
            release_at = release_at.astimezone(ZoneInfo(zone))
        yield (*cells, earned_at.astimezone(ZoneInfo(zone)), release_at)
