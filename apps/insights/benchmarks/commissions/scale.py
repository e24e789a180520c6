"""How large the benchmark's data are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MERCHANT_CODE = "bench"
START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS_BETWEEN_ORDERS = 25
GROWTH = 10


@dataclass(frozen=True)
class Scale:
    """People, orders, and how often each measurement is repeated, the best of them counting."""

    distributors: int
    orders: int
    rounds: int
    proves_books: bool

    @property
    def first_orders(self) -> int:
        """The tenth that shows how time and memory grow."""
        return self.orders // GROWTH


def paid_at(number: int) -> datetime:
    """When order `number` was paid; they are counted from 0."""
    return START + timedelta(seconds=number * SECONDS_BETWEEN_ORDERS)


def as_of(orders: int) -> datetime:
    """A moment when all of that many orders have been paid."""
    return paid_at(orders) + timedelta(days=1)


SIZES = {
    "small": Scale(distributors=5_000, orders=10_000, rounds=1, proves_books=True),
    "full": Scale(distributors=100_000, orders=200_000, rounds=2, proves_books=False),
}
