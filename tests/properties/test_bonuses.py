"""What holds for every stage bonus: its parts make the whole, and a full refund leaves nothing."""

from hypothesis import given
from hypothesis import strategies as st

from apps.commissions.engine import StageBonus, Step, bonus_reversed, spread

MONEY = st.integers(0, 10**9)
NETS = st.lists(MONEY, max_size=20).map(lambda nets: dict(enumerate(nets)))


@given(bonus=MONEY, nets=NETS)
def test_the_parts_make_the_bonus_wherever_something_was_sold(bonus, nets):
    parts = spread(bonus, nets)

    assert sum(parts.values()) == (bonus if any(nets.values()) else 0)
    assert all(part > 0 and nets[line] > 0 for line, part in parts.items())


@given(amounts=st.lists(MONEY, max_size=20), pool=MONEY)
def test_a_pool_is_never_exceeded_and_nothing_of_it_is_lost(amounts, pool):
    pooled = StageBonus(1, False, "month", (), pool).within_pool(amounts)

    assert sum(pooled) == min(sum(amounts), pool)
    assert all(after <= before for after, before in zip(pooled, amounts, strict=True))


@given(
    amount=st.integers(1, 10**8),
    paid=st.integers(1, 10**8),
    before=st.integers(0, 10**8),
    later=st.lists(st.integers(1, 10**8), max_size=5),
)
def test_what_refunds_take_back_grows_with_them_and_ends_at_the_whole(amount, paid, before, later):
    base = paid - min(before, paid - 1)
    so_far, taken = paid - base, [bonus_reversed(amount, base, paid, paid - base)]
    for refund in later:
        so_far = min(so_far + refund, paid)
        taken.append(bonus_reversed(amount, base, paid, so_far))

    assert taken[0] == 0
    assert taken == sorted(taken)
    assert bonus_reversed(amount, base, paid, paid) == amount


@given(net=st.integers(-(10**9), 10**9), rate=st.integers(0, 10_000), reaches=st.sets(MONEY))
def test_the_highest_step_within_the_sales_pays(net, rate, reaches):
    steps = tuple(Step(reach, rate, None) for reach in sorted(reaches))
    step = StageBonus(1, False, "month", steps, None).step_reached(net)

    within = [reach for reach in reaches if reach <= net]
    assert (step and step.reach) == (max(within) if within else None)
    assert step is None or 0 <= step.bonus(net) <= net
