"""Many seeds in processes that may die: the seed they were at is known, and the rest is played."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.simulation import many

FOLDER = "SIMULATED_DEATHS"


def play_or_die(seed: int, events: int) -> str:
    """Seed 3 dies every time, seed 5 the first time only, seed 7 fails."""
    if seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    first_time = Path(os.environ[FOLDER]) / str(seed)
    if seed == 5 and not first_time.exists():
        first_time.touch()
        sys.exit(9)
    return f"seed 7 is wrong after {events}" if seed == 7 else ""


def cannot_begin(seed: int, events: int) -> str:
    raise ImportError("no such module")


@pytest.fixture
def few_seeds_each(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.setattr(many, "SEEDS_PER_PROCESS", 4)


def test_a_seed_that_kills_its_process_is_named_and_the_others_are_played(few_seeds_each, capfd):
    assert many.play_many(0, 10, 200, play_seed=play_or_die, processes=2) == 1

    told = capfd.readouterr().out
    assert "seed 3: the process was ended by SIGKILL; playing it again" in told
    assert "seed 3: the process was ended by SIGKILL, for the second time" in told
    assert "make simulate SEED=3" in told
    assert "seed 5: the process ended with exit code 9; playing it again" in told
    assert "seed 7 is wrong after 200" in told
    assert "10/10 seeds, 2000 events, 2 failed" in told
    kept = [line for line in told.splitlines() if line.startswith("Keep them")]
    assert [sorted(line.partition(": ")[2].split()) for line in kept] == [["3", "7"]]
    died = [line for line in told.splitlines() if line.startswith("In the middle")]
    assert [sorted(line.partition(": ")[2].split()) for line in died] == [["3", "5"]]


def test_all_is_well_when_only_a_process_was_killed(few_seeds_each, capfd):
    assert many.play_many(4, 3, 10, play_seed=play_or_die, processes=1) == 0
    assert "3/3 seeds, 30 events, 0 failed" in capfd.readouterr().out


def test_what_cannot_be_played_at_all_fails_by_its_seed(few_seeds_each, capfd):
    assert many.play_many(0, 1, 10, play_seed=cannot_begin, processes=1) == 1
    printed = capfd.readouterr()
    assert "seed 0: the process ended with exit code 1, for the second time" in printed.out
    assert "ImportError: no such module" in printed.err
