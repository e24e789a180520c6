"""What appeals that were upheld took back: the bookings of an order that no longer stand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from apps.commissions.models import Commission, Rebooking
from apps.commissions.selectors.comparing import is_recomputed
from apps.commissions.selectors.explanation_stories import EarlierBooking, EarlierRow
from apps.core.money import to_major
from apps.promotion.models import Attribution


def rebooking_of(attribution: Attribution | None) -> Rebooking | None:
    """The rebooking an attribution came with; None for the first."""
    return getattr(attribution, "rebooking", None) if attribution else None


def parted(
    rows: Iterable[Commission], rebooking: Rebooking | None
) -> tuple[list[Commission], list[Commission]]:
    """The rows of the booking that stands, and those of earlier ones."""
    standing, former = [], []
    for row in rows:
        sale = row.reverses or row
        is_standing = sale.rebooking_id == (rebooking.pk if rebooking else None)
        stands = is_standing or not is_recomputed(sale.kind)
        (standing if stands else former).append(row)
    return standing, former


def earlier_bookings(
    attributions: Sequence[Attribution], former: Iterable[Commission]
) -> list[EarlierBooking]:
    taken: dict[int, list[Commission]] = defaultdict(list)
    sales: dict[int | None, list[Commission]] = defaultdict(list)
    for row in former:
        if row.reverses_id:
            taken[row.reverses_id].append(row)
        else:
            sales[row.rebooking_id].append(row)
    bookings = []
    for attribution, successor in pairwise(attributions):
        rebooking, later = rebooking_of(attribution), rebooking_of(successor)
        if later is None:
            continue
        rows = [
            _earlier_row(sale, taken[sale.pk])
            for sale in sales[rebooking.pk if rebooking else None]
        ]
        appeal = getattr(later, "appeal", None)
        bookings.append(EarlierBooking(attribution, later.decided_at, appeal and appeal.pk, rows))
    return bookings


def _earlier_row(sale: Commission, taken: Sequence[Commission]) -> EarlierRow:
    nothing = to_major(0)
    return EarlierRow(
        commission=sale,
        by_refunds=-sum((each.amount for each in taken if each.refund_id), nothing),
        by_appeal=-sum((each.amount for each in taken if not each.refund_id), nothing),
    )
