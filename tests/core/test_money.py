from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import (
    MoneyError,
    cumulative_share,
    divide_half_up,
    percent_of,
    scale_to_limit,
    share_by_largest_remainder,
    to_basis_points,
    to_major,
    to_minor,
    to_percent,
)

fen = st.integers(0, 10**11)


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        ("0", 0),
        ("12.34", 1234),
        (" 12.3 ", 1230),
        (Decimal("-0.01"), -1),
        (7, 700),
        ("1e3", 100000),
    ],
)
def test_to_minor_is_exact(major, minor):
    assert to_minor(major) == minor


@pytest.mark.parametrize("bad", ["", "abc", "1.234", "NaN", "Infinity", "1,000", "100000000000.01"])
def test_to_minor_refuses_what_is_not_an_exact_amount(bad):
    with pytest.raises(MoneyError):
        to_minor(bad)


@pytest.mark.parametrize(
    ("convert", "bad", "says"),
    [
        (to_minor, "abc", "“abc” is not a number."),
        (to_minor, "NaN", "“NaN” is not a number."),
        (to_minor, "1.234", "“1.234”: an amount has at most two decimals."),
        (to_basis_points, "1.234", "“1.234”: a percentage has at most two decimals."),
        (to_minor, "100000000000.01", "“100000000000.01” is too large."),
    ],
)
def test_the_message_says_what_to_mend(convert, bad, says):
    with pytest.raises(MoneyError) as refused:
        convert(bad)
    assert str(refused.value) == says


def test_rates_are_basis_points():
    assert to_basis_points("12.5") == 1250
    assert to_percent(1250) == Decimal("12.50")
    with pytest.raises(MoneyError):
        to_basis_points("12.505")


@given(fen)
def test_money_survives_the_round_trip(minor):
    assert to_minor(to_major(minor)) == minor


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"),
    [(1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1), (5, 10, 1)],
)
def test_half_is_rounded_up(numerator, denominator, quotient):
    assert divide_half_up(numerator, denominator) == quotient


@given(fen, st.integers(0, 10_000))
def test_percent_is_rounded_half_up(minor, basis_points):
    exact = Fraction(minor * basis_points, 10_000)
    assert percent_of(minor, basis_points) == floor(exact + Fraction(1, 2))


@given(fen, st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_partial_refunds_never_drift(commission, refunds):
    paid = sum(refunds)
    reversed_so_far = refunded = 0
    for refund in refunds:
        refunded += refund
        reversal = cumulative_share(commission, refunded, paid) - reversed_so_far
        assert reversal >= 0
        reversed_so_far += reversal
    assert reversed_so_far == commission


def test_a_line_that_cost_nothing_has_nothing_to_share():
    assert cumulative_share(0, 0, 0) == 0


@given(st.lists(st.integers(0, 10**9), max_size=6), st.integers(0, 10**9))
def test_scaling_meets_the_limit_exactly_and_fairly(amounts, limit):
    scaled = scale_to_limit(amounts, limit)
    total = sum(amounts)
    if total <= limit:
        assert scaled == amounts
        return
    assert sum(scaled) == limit
    for amount, share in zip(amounts, scaled, strict=True):
        assert 0 <= share - amount * limit // total <= 1
        assert share <= amount


def test_left_over_fen_go_to_the_largest_remainders_then_to_the_earlier():
    assert share_by_largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert share_by_largest_remainder(101, [1, 1, 1]) == [34, 34, 33]
    assert share_by_largest_remainder(10, [1, 2, 4]) == [1, 3, 6]
    assert share_by_largest_remainder(5, [0, 0]) == [0, 0]
