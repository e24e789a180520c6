"""What a benchmark finds, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

HEADINGS = ("figure", "value", "reference", "ratio", "goal", "")


@dataclass(frozen=True)
class Goal:
    """A bound, itself included, on a figure's ratio, or on its value where it has no reference."""

    bound: float
    is_floor: bool

    def is_met_by(self, number: float) -> bool:
        return number >= self.bound if self.is_floor else number <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {self.bound:g}"


def at_least(bound: float) -> Goal:
    return Goal(bound, is_floor=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, is_floor=False)


@dataclass(frozen=True)
class Figure:
    """One measured number. The goal is on value ÷ reference; without a reference, on the value."""

    name: str
    value: float
    unit: str
    goal: Goal
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.reference is None:
            return None
        return self.value / self.reference if self.reference else float("inf")

    @property
    def is_ok(self) -> bool:
        return self.goal.is_met_by(self.value if self.ratio is None else self.ratio)

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{_number(self.value)} {self.unit}",
            "" if self.reference is None else f"{_number(self.reference)} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            str(self.goal),
            "ok" if self.is_ok else "short",
        )


@dataclass(frozen=True)
class Report:
    """A benchmark's figures, and notes on what they were measured on."""

    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())

    @property
    def is_ok(self) -> bool:
        return all(figure.is_ok for figure in self.figures)

    def lines(self) -> list[str]:
        """The notes, then a table with one line per figure."""
        table = [HEADINGS, *(figure.cells() for figure in self.figures)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        rows = [
            "  ".join(
                cell.ljust(width) if index in (0, len(widths) - 1) else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        return [*self.notes, "", *rows]


def _number(value: float) -> str:
    if isinstance(value, int) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.1f}"
