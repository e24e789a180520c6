"""The periods of stage bonuses: which have ended, under which plan, and which are settled."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.commissions.engine import StageBonus, read_stage_bonuses
from apps.commissions.models import BonusPeriod, Plan

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class DuePeriod(NamedTuple):
    """[starts_at, ends_at) of one bonus of a plan, not settled yet."""

    ends_at: datetime
    starts_at: datetime
    bonus: StageBonus
    plan: Plan


def due_periods(*, merchant, as_of: datetime) -> list[DuePeriod]:
    """Periods that ended by `as_of` and are not settled, the earliest first.

    The plan in force at a period's last moment decides. A period whose number was settled for a
    part of it under an earlier plan begins where that one ended, so that no sale counts twice for
    one number. One query for a merchant whose plans have no stage bonus.
    """
    plans = list(
        Plan.objects.filter(
            merchant=merchant,
            effective_from__lt=as_of,
            document__has_key="stage_bonuses",
        )
    )
    if not plans:
        return []
    settled = _settled(merchant)
    due = []
    for number in (1, 2, 3):
        before = None
        for period in sorted(_ended(plans, merchant.zone, as_of, number), key=_by_end):
            starts_at = max(before, period.starts_at) if before else period.starts_at
            before = period.ends_at
            if (number, period.ends_at) not in settled:
                due.append(period._replace(starts_at=starts_at))
    return sorted(due, key=_by_end)


def calendar_periods(
    kind: str, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """(start, end) of every month, quarter or year that ends after `after` and by `until`."""
    months = MONTHS[kind]
    local = after.astimezone(zone)
    number = (local.year * 12 + local.month - 1) // months
    while (end := _first_moment((number + 1) * months, zone)) <= until:
        if end > after:
            yield _first_moment(number * months, zone), end
        number += 1


def _first_moment(month: int, zone: ZoneInfo) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)


def _by_end(period: DuePeriod) -> tuple[datetime, int]:
    return period.ends_at, period.bonus.number


def _settled(merchant) -> set[tuple[int, datetime]]:
    rows = BonusPeriod.objects.filter(merchant=merchant)
    return set(rows.values_list("number", "ends_at"))


def _ended(
    plans: Sequence[Plan], zone: ZoneInfo, as_of: datetime, number: int
) -> Iterator[DuePeriod]:
    for plan in plans:
        until = min(as_of, plan.effective_to) if plan.effective_to else as_of
        for bonus in read_stage_bonuses(plan.document):
            if bonus.number == number:
                for start, end in calendar_periods(bonus.period, zone, plan.effective_from, until):
                    yield DuePeriod(end, start, bonus, plan)
