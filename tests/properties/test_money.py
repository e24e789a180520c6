"""Rounding and allocation, against exact fractions."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import (
    MAX_MINOR,
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

fen = st.one_of(st.integers(0, 200), st.integers(0, MAX_MINOR))
rates = st.integers(0, 10_000)
weights = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**9)), max_size=8)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@given(fen, st.integers(1, MAX_MINOR))
def test_a_quotient_is_rounded_half_up(numerator, denominator):
    assert divide_half_up(numerator, denominator) == half_up(Fraction(numerator, denominator))


@given(fen, rates)
def test_a_percentage_is_the_exact_one_rounded_half_up(minor, rate):
    assert percent_of(minor, rate) == half_up(Fraction(minor * rate, 10_000))


@given(fen, rates, rates)
def test_a_higher_rate_never_gives_less(minor, one, other):
    low, high = sorted((one, other))
    assert percent_of(minor, low) <= percent_of(minor, high) <= minor


@given(weights, fen)
def test_a_limit_is_met_exactly_and_everybody_is_within_a_fen_of_their_share(amounts, limit):
    scaled = scale_to_limit(amounts, limit)
    total = sum(amounts)
    if total <= limit:
        assert scaled == amounts
        return
    assert sum(scaled) == limit
    for amount, share in zip(amounts, scaled, strict=True):
        assert 0 <= share <= amount
        assert abs(share - Fraction(amount * limit, total)) < 1


@given(weights, fen)
def test_left_over_fen_go_to_the_largest_remainders_then_to_the_earlier(shares, total):
    whole = sum(shares)
    found = share_by_largest_remainder(total, shares)
    if not whole:
        assert found == [0] * len(shares)
        return
    assert sum(found) == total
    exact = [Fraction(share * total, whole) for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (-(exact[i] - floor(exact[i])), i))
    left = total - sum(map(floor, exact))
    assert found == [floor(value) + (index in order[:left]) for index, value in enumerate(exact)]


@given(weights, fen)
def test_equal_weights_differ_by_a_fen_at_most_and_the_earlier_has_it(shares, total):
    by_weight: dict[int, list[int]] = {}
    for weight, share in zip(shares, share_by_largest_remainder(total, shares), strict=True):
        by_weight.setdefault(weight, []).append(share)
    for equal in by_weight.values():
        assert equal == sorted(equal, reverse=True)
        assert equal[0] - equal[-1] <= 1


@st.composite
def refunds_and_undoes(draw) -> tuple[int, list[int]]:
    """(what was paid, changes of what is given back): never below nothing or above all."""
    paid = draw(st.integers(1, 10**9))
    given_back, changes = 0, []
    for _ in range(draw(st.integers(0, 12))):
        change = draw(st.integers(-given_back, paid - given_back))
        given_back += change
        changes.append(change)
    return paid, changes


@given(fen, refunds_and_undoes())
def test_refunds_and_their_undoing_telescope(commission, story):
    paid, changes = story
    given_back = reversed_so_far = 0
    for change in changes:
        given_back += change
        step = cumulative_share(commission, given_back, paid) - reversed_so_far
        # What was taken back comes again, never anything else.
        assert step * change >= 0
        reversed_so_far += step
        assert reversed_so_far == half_up(Fraction(commission * given_back, paid))
        assert 0 <= reversed_so_far <= commission
    rest = cumulative_share(commission, paid, paid) - reversed_so_far
    assert reversed_so_far + rest == commission
    assert cumulative_share(commission, 0, paid) == 0


@given(st.integers(-MAX_MINOR, MAX_MINOR))
def test_minor_and_major_units_are_the_same_amount(minor):
    assert to_minor(to_major(minor)) == minor
    assert to_minor(str(to_major(minor))) == minor
    assert to_basis_points(to_percent(minor)) == minor
    assert Fraction(to_major(minor)) == Fraction(minor, 100)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_taken_exactly_or_not_at_all(value):
    try:
        minor = to_minor(value)
    except MoneyError:
        assert not value.is_finite() or abs(value) > MAX_MINOR // 100 or (value * 100) % 1 != 0
    else:
        assert Fraction(minor, 100) == Fraction(value)
