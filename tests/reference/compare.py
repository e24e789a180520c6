"""Compare exported rows with expected ones by what they mean, not by how they are spelt.

`12.5` and `12.50` are the same figure, `04:00Z` and `12:00+08:00` the same moment. Only the columns
the expected rows name are compared.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

COMMISSION_COLUMNS = (
    "order_no line_no refund_no beneficiary kind depth base_amount "
    "rate amount state plan earned_at release_at"
).split()
BALANCE_COLUMNS = "code pending available withdrawing paid debt lifetime".split()
RANKING_COLUMNS = "rank code name level own_sales team_sales orders commission".split()
# The columns of a reversal that the rules fix in so many words.
CERTAIN_COMMISSION_COLUMNS = (
    "order_no line_no refund_no beneficiary kind depth amount state earned_at".split()
)

NUMBERS = {
    "base_amount",
    "rate",
    "amount",
    "own_sales",
    "team_sales",
    "commission",
    *BALANCE_COLUMNS[1:],
}
MOMENTS = {"earned_at", "release_at"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def meaning(column: str, text: str) -> object:
    """The cell's value: a Decimal, a moment in UTC, or the text itself."""
    if text and column in NUMBERS:
        return Decimal(text)
    if text and column in MOMENTS:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    return text


def meanings(rows: Iterable[Mapping[str, str]], columns: Iterable[str]) -> list[tuple]:
    columns = list(columns)
    return [tuple(meaning(column, row[column]) for column in columns) for row in rows]


def assert_same_commissions(
    actual: list[Mapping], expected: list[Mapping], columns: Iterable[str] | None = None
) -> None:
    """The same rows in any order."""
    columns = list(columns or (expected[0] if expected else COMMISSION_COLUMNS))
    assert sorted(meanings(actual, columns), key=repr) == sorted(
        meanings(expected, columns), key=repr
    )


def assert_same_balances(actual: list[Mapping], expected: list[Mapping]) -> None:
    """The same figures per code; whoever is not listed has zeros."""
    columns = list(expected[0]) if expected else BALANCE_COLUMNS
    assert not_zero(actual, columns) == not_zero(expected, columns)


def not_zero(rows: list[Mapping], columns: list[str]) -> list[tuple]:
    return sorted(row for row in meanings(rows, columns) if any(row[1:]))


def assert_same_ranking(actual: list[Mapping], expected: list[Mapping]) -> None:
    """The same rows in the same order."""
    columns = list(expected[0]) if expected else RANKING_COLUMNS
    assert meanings(actual, columns) == meanings(expected, columns)
