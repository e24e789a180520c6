"""Days of a merchant, as moments."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.errors import Refused

# Far outside any business, and inside what every time zone can express.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 12, 31)


class InsightRefused(Refused):
    """A figure was asked for in a way that has no answer."""


def day_bounds(zone: ZoneInfo, date_from: date, date_to: date) -> tuple[datetime, datetime]:
    """[start, end) of the days `date_from` to `date_to`, both included, in `zone`.

    Raises InsightRefused when the period ends before it begins.
    """
    if date_from > date_to:
        raise InsightRefused(_("The period ends before it begins."))
    first = min(max(date_from, FIRST_DAY), LAST_DAY)
    last = min(max(date_to, FIRST_DAY), LAST_DAY)
    return start_of_day(zone, first), start_of_day(zone, last + timedelta(days=1))


def start_of_day(zone: ZoneInfo, day: date) -> datetime:
    """Midnight at the beginning of `day` in `zone`."""
    return datetime.combine(day, time.min, tzinfo=zone)
