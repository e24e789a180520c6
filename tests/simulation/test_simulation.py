"""Two hundred seeds of two hundred events; seeds that once failed are played every time.

make simulate SEEDS=5000      make simulate SEED=123
"""

from pathlib import Path

import pytest
from django.db import connection

from tests.simulation import play
from tests.simulation.life import Attempt, Life, build_house
from tests.simulation.play import SeedFailed, play_seed

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]
SEEDS = 200
BLOCK = 10
REGRESSIONS = [
    int(line.split()[0])
    for line in Path(__file__).with_name("regressions.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_whatever_happens_the_books_are_right(first):
    house = build_house()
    for seed in range(first, first + BLOCK):
        play_seed(seed, house)


def test_seeds_that_once_failed_hold():
    house = build_house()
    for seed in REGRESSIONS:
        play_seed(seed, house)


def test_the_same_seed_is_the_same_life():
    house = build_house()
    first, second = (play_seed(3, house, events=40) for _ in range(2))
    assert len(first.told) >= 40
    assert without_numbers(first.told) == without_numbers(second.told)


def without_numbers(told: list[str]) -> list[str]:
    """The product makes its order and refund numbers from the system's randomness."""
    return [line.partition(": ")[0] + line.partition(": ")[2][:7] for line in told]


def only(*operations) -> dict:
    """These beside everything else that happens, and often."""
    return {**play.OPERATIONS, **dict.fromkeys(operations, 40)}


def steal(life: Life) -> Attempt:
    """A fen more in a balance than its transfers say."""

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'paid'")

    return Attempt(act, once=False)


def half_done(life: Life) -> Attempt:
    """Refused, but only after something was written."""

    def act() -> None:
        life.house.merchant.save()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE products_sku SET cost = cost + 1")
        raise play.Refused("no")

    return Attempt(act)


@pytest.mark.parametrize(
    ("operation", "fault"),
    [(steal, "paid, its transfers say 0"), (half_done, "a refused operation changed something")],
)
def test_a_fault_is_found_and_says_how_to_see_it_again(monkeypatch, operation, fault):
    monkeypatch.setattr(play, "OPERATIONS", only(operation))
    with pytest.raises(SeedFailed, match=fault) as failure:
        play_seed(1, build_house())
    assert "make simulate SEED=1" in str(failure.value)


def test_an_amount_that_the_rules_do_not_give_is_found(monkeypatch):
    monkeypatch.setattr(play.Player, "_end", forgetful(play.Player._end))
    with pytest.raises(SeedFailed, match="the rules say"):
        play_seed(1, build_house())


def forgetful(end):
    """Before the reckoning, the facts lose everything that was given back."""

    def without_refunds(player: play.Player) -> None:
        for order in player.life.facts.orders.values():
            for line in order.lines.values():
                line.refunds.clear()
        end(player)

    return without_refunds
