"""What the export commands show, by the re-stated rules: commissions, balances, ranking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tests.reference.bonuses import ended_periods, settle
from tests.reference.earning import (
    Reversal,
    Sale,
    is_released,
    reversals_of,
    sales_of_orders,
)
from tests.reference.rules import attributed_to, is_sold, team_of
from tests.reference.world import Person, World, read_money, read_time

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def all_sales(world: World, as_of: datetime) -> list[Sale]:
    """Everything earned up to the moment: on orders, then the bonuses of periods that ended."""
    sales = sales_of_orders(world, as_of)
    for period in ended_periods(world, as_of):
        sales += settle(world, period, sales, as_of)
    return sales


def commissions(world: World, as_of: str | None = None) -> list[dict[str, str]]:
    """The rows of `export_commissions`: each sale, then what its refunds took back."""
    moment = read_moment(world, as_of)
    rows = []
    for sale in all_sales(world, moment):
        rows.append(commission_row(world, sale, None, moment))
        rows += [
            commission_row(world, sale, reversal, moment) for reversal in reversals_of(sale, moment)
        ]
    return sorted(
        rows,
        key=lambda r: (
            r["order_no"],
            int(r["line_no"]),
            int(r["depth"]),
            r["earned_at"],
            r["refund_no"],
        ),
    )


def commission_row(
    world: World, sale: Sale, reversal: Reversal | None, as_of: datetime
) -> dict[str, str]:
    earned_at = reversal.at if reversal else sale.earned_at
    return {
        "order_no": sale.order.number,
        "line_no": str(sale.line.number),
        "refund_no": reversal.refund_no if reversal else "",
        "beneficiary": sale.beneficiary,
        "kind": sale.kind,
        "depth": str(sale.depth),
        "base_amount": show_money(sale.base),
        "rate": "" if sale.percent is None else show_money(int(sale.percent * 100)),
        "amount": show_money(-reversal.amount if reversal else sale.amount),
        "state": "released" if is_released(sale, as_of) else "pending",
        "plan": sale.plan.name,
        "earned_at": earned_at.astimezone(world.zone).isoformat(),
        "release_at": sale.release_at.astimezone(world.zone).isoformat() if sale.release_at else "",
    }


def balances(
    world: World, as_of: str | None = None, withdrawals: Sequence[tuple[str, str, str]] = ()
) -> list[dict[str, str]]:
    """The rows of `export_balances`: everything that happened, one event after the other.

    `withdrawals` are (code, amount, moment) of money asked for and paid out at once; ValueError
    when the available balance did not bear one.
    """
    moment = read_moment(world, as_of)
    wallets = {code: Wallet() for code in world.people}
    for _, _, act in sorted(events(world, wallets, moment, withdrawals), key=lambda e: e[:2]):
        act()
    return [{"code": code, **wallets[code].shown()} for code in sorted(wallets)]


@dataclass
class Wallet:
    pending: int = 0
    available: int = 0
    paid: int = 0
    debt: int = 0
    lifetime: int = 0

    def book(self, amount: int) -> None:
        self.pending += amount
        self.lifetime += amount

    def release(self, amount: int) -> None:
        """New earnings repay the debt first."""
        repaid = min(self.debt, amount)
        self.pending -= amount
        self.debt -= repaid
        self.available += amount - repaid

    def reverse_pending(self, amount: int) -> None:
        self.pending -= amount
        self.lifetime -= amount

    def reverse_released(self, amount: int) -> None:
        """What the available balance cannot bear becomes debt; what comes back repays it first."""
        standing = self.available - self.debt - amount
        self.available, self.debt = max(standing, 0), max(-standing, 0)
        self.lifetime -= amount

    def withdraw(self, amount: int) -> None:
        if amount > self.available or self.debt:
            raise ValueError(
                f"cannot withdraw {amount} of {self.available} with a debt of {self.debt}"
            )
        self.available -= amount
        self.paid += amount

    def shown(self) -> dict[str, str]:
        return {
            "pending": show_money(self.pending),
            "available": show_money(self.available),
            "withdrawing": show_money(0),
            "paid": show_money(self.paid),
            "debt": show_money(self.debt),
            "lifetime": show_money(self.lifetime),
        }


def events(
    world: World,
    wallets: dict[str, Wallet],
    as_of: datetime,
    withdrawals: Iterable[tuple[str, str, str]],
) -> Iterable[tuple]:
    """(moment, order within the moment, what happens): book, reverse, release, withdraw."""
    for sale in all_sales(world, as_of):
        wallet, left = wallets[sale.beneficiary], sale.amount
        yield sale.earned_at, 0, lambda w=wallet, n=sale.amount: w.book(n)
        for reversal in reversals_of(sale, as_of):
            if sale.release_at is not None and reversal.at > sale.release_at:
                yield reversal.at, 1, lambda w=wallet, n=reversal.amount: w.reverse_released(n)
            else:
                left -= reversal.amount
                yield reversal.at, 1, lambda w=wallet, n=reversal.amount: w.reverse_pending(n)
        if is_released(sale, as_of):
            yield sale.release_at, 2, lambda w=wallet, n=left: w.release(n)
    for code, text, at in withdrawals:
        moment, amount = read_time(at, world.zone), read_money(text)
        if moment <= as_of:
            yield moment, 3, lambda w=wallets[code], n=amount: w.withdraw(n)


def ranking(
    world: World,
    first: str,
    last: str,
    by: str = "team_sales",
    top: int | None = None,
    as_of: str | None = None,
) -> list[dict[str, str]]:
    """The rows of `export_ranking` for the days first to last, both included."""
    moment = read_moment(world, as_of)
    period = (date.fromisoformat(first), date.fromisoformat(last))
    own, orders = own_figures(world, period, moment)
    earned = earned_in(world, period, moment)
    figures = {
        code: {
            "own_sales": own[code],
            "team_sales": sum(own[member] for member in team_of(world, code)),
            "orders": orders[code],
            "commission": earned[code],
        }
        for code in world.people
    }
    codes = sorted(figures, key=lambda code: (-figures[code][by], code))
    rows = [ranking_row(world.people[code], figures, by) for code in codes]
    return rows if top is None else rows[:top]


def ranking_row(person: Person, figures: dict[str, dict[str, int]], by: str) -> dict[str, str]:
    mine = figures[person.code]
    better = sum(1 for other in figures.values() if other[by] > mine[by])
    return {
        "rank": str(better + 1),
        "code": person.code,
        "name": person.name,
        "level": person.level,
        "own_sales": show_money(mine["own_sales"]),
        "team_sales": show_money(mine["team_sales"]),
        "orders": str(mine["orders"]),
        "commission": show_money(mine["commission"]),
    }


def own_figures(
    world: World, period: tuple[date, date], as_of: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """(own sales, orders) per code: sales by day of payment, refunds by their own day."""
    sales, orders = dict.fromkeys(world.people, 0), dict.fromkeys(world.people, 0)
    for order in world.orders.values():
        owner = attributed_to(world, order) if is_sold(order, as_of) else None
        if owner is None:
            continue
        if is_within(world, order.paid_at, period):
            orders[owner.code] += 1
            sales[owner.code] += sum(line.paid for line in order.lines.values())
        for line in order.lines.values():
            sales[owner.code] -= sum(
                refund.amount
                for refund in line.refunds
                if refund.refunded_at <= as_of and is_within(world, refund.refunded_at, period)
            )
    return sales, orders


def earned_in(world: World, period: tuple[date, date], as_of: datetime) -> dict[str, int]:
    earned = dict.fromkeys(world.people, 0)
    for sale in all_sales(world, as_of):
        if is_within(world, sale.earned_at, period):
            earned[sale.beneficiary] += sale.amount
        for reversal in reversals_of(sale, as_of):
            if is_within(world, reversal.at, period):
                earned[sale.beneficiary] -= reversal.amount
    return earned


def is_within(world: World, moment: datetime, period: tuple[date, date]) -> bool:
    return period[0] <= moment.astimezone(world.zone).date() <= period[1]


def read_moment(world: World, text: str | None) -> datetime:
    return read_time(text, world.zone) if text else END_OF_TIME


def show_money(fen: int) -> str:
    """Fen as major units with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
