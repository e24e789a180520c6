"""Exact money arithmetic, without Django.

Inside, money is an integer count of minor units (分) and a rate an integer count of basis points.
At every edge it is a Decimal in major units (元) or in percent. The two never mix silently.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

MINOR_PER_MAJOR = 100
BASIS_POINTS_PER_PERCENT = 100
BASIS_POINTS = 10_000
# A BIGINT holds more; this bound keeps a product of money and quantity or rate inside 64 bits.
MAX_MINOR = 10**13


class MoneyError(ValueError):
    """An amount or rate that cannot be represented exactly; the message says what to mend."""


def _exact_int(value: Decimal | int | str, factor: int, what: str) -> int:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise MoneyError(f"“{value}” is not a number.") from None
    if not number.is_finite():
        raise MoneyError(f"“{value}” is not a number.")
    scaled = number * factor
    if scaled != scaled.to_integral_value():
        raise MoneyError(f"“{value}”: {what} has at most two decimals.")
    if abs(scaled) > MAX_MINOR:
        raise MoneyError(f"“{value}” is too large.")
    return int(scaled)


def to_minor(value: Decimal | int | str) -> int:
    """Major units to minor units, exactly. Raises MoneyError on a third decimal or no number."""
    return _exact_int(value, MINOR_PER_MAJOR, "an amount")


def to_major(minor: int) -> Decimal:
    """Minor units to a Decimal in major units with two decimals."""
    return Decimal(int(minor)).scaleb(-2)


def to_basis_points(percent: Decimal | int | str) -> int:
    """Percent to basis points, exactly. Raises MoneyError on a third decimal or no number."""
    return _exact_int(percent, BASIS_POINTS_PER_PERCENT, "a percentage")


def to_percent(basis_points: int) -> Decimal:
    """Basis points to a Decimal in percent with two decimals."""
    return Decimal(int(basis_points)).scaleb(-2)


def divide_half_up(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative integers, rounded half up (四舍五入)."""
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(minor: int, basis_points: int) -> int:
    """half-up(minor × rate), in minor units; both non-negative (design §5 Exactly, 4)."""
    return divide_half_up(minor * basis_points, BASIS_POINTS)


def cumulative_share(amount: int, part: int, whole: int) -> int:
    """How much of `amount` belongs to `part` of `whole` so far, rounded half up.

    Taken cumulatively, successive parts never drift and the whole leaves exactly zero
    (design §5 Exactly, 8). A whole of zero has nothing to share.
    """
    return divide_half_up(amount * part, whole) if whole else 0


def scale_to_limit(amounts: Sequence[int], limit: int) -> list[int]:
    """Scale amounts down to a total of `limit` by largest remainder (design §5 Exactly, 6).

    Each becomes floor(amount × limit ÷ total); the fen left over go one each to the largest
    remainders, ties to the earlier. Amounts within the limit are returned as they are.
    """
    total = sum(amounts)
    if total <= limit:
        return list(amounts)
    return share_by_largest_remainder(limit, amounts)


def share_by_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` over non-negative `weights` exactly, ties to the earlier (Exactly, 1)."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [weight * total // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(weights[index] * total % whole), index)
    )
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares
