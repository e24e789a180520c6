"""How large the benchmark's trees are."""

from dataclasses import dataclass

SMALLEST_TREE = 1_000
GROWTH = 10
TEAM = 100


@dataclass(frozen=True)
class Scale:
    """People in the tree and in the file, registrations timed, seconds of eight threads."""

    people: int
    file_rows: int
    registrations: int
    thread_seconds: float
    rounds: int

    @property
    def first_people(self) -> int:
        """The tenth that shows how times grow."""
        return self.people // GROWTH


SIZES = {
    "small": Scale(
        people=20_000, file_rows=20_000, registrations=100, thread_seconds=1.5, rounds=2
    ),
    "full": Scale(
        people=1_000_000, file_rows=100_000, registrations=300, thread_seconds=8, rounds=3
    ),
}
