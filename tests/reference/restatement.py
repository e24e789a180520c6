"""The rules of commission, balances and ranking once more, as plainly as they can be said.

Written from the rules as a person with pencil and paper would apply them: one order at a time,
whole numbers of fen, fractions where a share is taken. Slow, and meant to be. It shares nothing
with the product, so that two independent readings of the rules can be compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor

from tests.reference.world import SOLD, Line, Order, Person, Plan, Rule, World, read_money, read_time

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Sale:
    """What one beneficiary earned on one order line."""

    order: Order
    line: Line
    beneficiary: str
    depth: int
    base: int
    percent: Fraction | None
    amount: int
    plan: Plan
    release_at: datetime | None


@dataclass
class Reversal:
    """What one refund took back from one sale's commission; the amount is positive."""

    sale: Sale
    refund_no: str
    amount: int
    at: datetime


def half_up(value: Fraction) -> int:
    """Round a value that is not negative to a whole number, a half upwards."""
    return floor(value + Fraction(1, 2))


# Attribution and chain


def plan_at(world: World, moment: datetime) -> Plan | None:
    """The plan active at the moment: the latest one that had begun."""
    begun = [plan for plan in world.plans if plan.effective_from <= moment]
    return begun[-1] if begun else None


def is_sold(order: Order, as_of: datetime) -> bool:
    return order.status in SOLD and order.paid_at is not None and order.paid_at <= as_of


def is_same_person(person: Person, customer: str) -> bool:
    return bool(customer) and customer in (person.code, person.phone)


def attributed_to(world: World, order: Order) -> Person | None:
    """The distributor the order belongs to, after the rule of self-purchase."""
    person = world.people.get(order.distributor_code)
    if person is None or not is_same_person(person, order.customer):
        return person
    plan = plan_at(world, order.paid_at) or (world.plans[0] if world.plans else None)
    if plan is not None and plan.self_purchase:
        return person
    return world.people.get(person.parent_code)


def chain_of(world: World, person: Person | None, plan: Plan) -> list[tuple[int, Person]]:
    """(depth, active beneficiary); compression lets the next active upline take the depth."""
    upline = []
    while person is not None:
        upline.append(person)
        person = world.people.get(person.parent_code)
    if plan.compression:
        upline = [p for p in upline if p.is_active]
    return [(depth, p) for depth, p in enumerate(upline[: plan.depths], start=1) if p.is_active]


# Rules and amounts


def rule_for(plan: Plan, line: Line, depth: int, level: str) -> Rule | None:
    """SKU, product, nearest category up the path, default; in each, the level before any level."""
    path = line.sku.category
    scopes = [("sku", line.sku.code), ("product", line.sku.code)]
    scopes += [("category", path[:length]) for length in range(len(path), 0, -1)]
    scopes += [("default", None)]
    for scope in scopes:
        for wanted in (level or None, None):
            for rule in plan.rules:
                if rule.depth == depth and rule.scope == scope and rule.level == wanted:
                    return rule
    return None


def base_of(plan: Plan, line: Line) -> int:
    return {"paid": line.paid, "list": line.list_amount, "profit": line.profit}[plan.base]


def amount_by(rule: Rule, line: Line, base: int) -> int:
    if rule.amount is not None:
        return rule.amount * line.quantity
    return half_up(base * rule.percent / 100)


def under_ceiling(amounts: list[int], plan: Plan, line: Line) -> list[int]:
    """The amounts, in order of depth, scaled down to the ceiling by largest remainder."""
    total = sum(amounts)
    if plan.ceiling is None:
        return amounts
    of, percent = plan.ceiling
    limit = floor({"paid": line.paid, "profit": line.profit}[of] * percent / 100)
    if total <= limit:
        return amounts
    scaled = [amount * limit // total for amount in amounts]
    remainders = [amount * limit % total for amount in amounts]
    by_remainder = sorted(range(len(amounts)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: limit - sum(scaled)]:
        scaled[i] += 1
    return scaled


def sales_of_line(order: Order, line: Line, plan: Plan, chain: list[tuple[int, Person]], as_of: datetime) -> list[Sale]:
    base = base_of(plan, line)
    earned = []
    for depth, person in chain:
        rule = rule_for(plan, line, depth, person.level)
        if rule is not None:
            earned.append((depth, person, rule, amount_by(rule, line, base)))
    final = under_ceiling([amount for *_, amount in earned], plan, line)
    release_at = None
    if order.status == "completed" and order.completed_at and order.completed_at <= as_of:
        release_at = order.completed_at + timedelta(days=plan.hold_days)
    return [
        Sale(order, line, person.code, depth, base, rule.percent, amount, plan, release_at)
        for (depth, person, rule, _), amount in zip(earned, final, strict=True)
        if amount
    ]


def all_sales(world: World, as_of: datetime) -> list[Sale]:
    """Every commission booked for a sale up to the moment."""
    sales = []
    for order in world.orders.values():
        if not is_sold(order, as_of):
            continue
        plan = plan_at(world, order.paid_at)
        if plan is None:
            continue
        chain = chain_of(world, attributed_to(world, order), plan)
        for line in order.lines.values():
            sales += sales_of_line(order, line, plan, chain, as_of)
    return sales


def reversals_of(sale: Sale, as_of: datetime) -> list[Reversal]:
    """One row per refund that takes something back; by cumulative share, so nothing drifts."""
    rows, refunded, reversed_so_far = [], 0, 0
    for refund in sale.line.refunds:
        if refund.refunded_at > as_of:
            break
        refunded += refund.amount
        due = half_up(Fraction(sale.amount * refunded, sale.line.paid))
        if due != reversed_so_far:
            rows.append(Reversal(sale, refund.number, due - reversed_so_far, refund.refunded_at))
        reversed_so_far = due
    return rows


def is_released(sale: Sale, as_of: datetime) -> bool:
    return sale.release_at is not None and sale.release_at <= as_of


# What the exports show


def commissions(world: World, as_of: str | None = None) -> list[dict[str, str]]:
    """The rows of `export_commissions` at the moment: each sale, then what its refunds took back."""
    moment = read_moment(world, as_of)
    rows = []
    for sale in all_sales(world, moment):
        rows.append(commission_row(world, sale, None, moment))
        rows += [commission_row(world, sale, reversal, moment) for reversal in reversals_of(sale, moment)]
    return sorted(rows, key=lambda r: (r["order_no"], int(r["line_no"]), int(r["depth"]), r["earned_at"], r["refund_no"]))


def commission_row(world: World, sale: Sale, reversal: Reversal | None, as_of: datetime) -> dict[str, str]:
    earned_at = reversal.at if reversal else sale.order.paid_at
    return {
        "order_no": sale.order.number,
        "line_no": str(sale.line.number),
        "refund_no": reversal.refund_no if reversal else "",
        "beneficiary": sale.beneficiary,
        "kind": "share",
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
        """What the available balance cannot bear becomes debt."""
        borne = min(self.available, amount)
        self.available -= borne
        self.debt += amount - borne
        self.lifetime -= amount

    def withdraw(self, amount: int) -> None:
        if amount > self.available or self.debt:
            raise ValueError(f"cannot withdraw {amount} of {self.available} with a debt of {self.debt}")
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
    world: World, wallets: dict[str, Wallet], as_of: datetime, withdrawals: Iterable[tuple[str, str, str]]
) -> Iterable[tuple]:
    """(moment, order within the moment, what happens): book, reverse, release, withdraw."""
    for sale in all_sales(world, as_of):
        wallet, left = wallets[sale.beneficiary], sale.amount
        yield sale.order.paid_at, 0, lambda w=wallet, n=sale.amount: w.book(n)
        for reversal in reversals_of(sale, as_of):
            if sale.release_at is not None and reversal.at > sale.release_at:
                yield reversal.at, 1, lambda w=wallet, n=reversal.amount: w.reverse_released(n)
            else:
                left -= reversal.amount
                yield reversal.at, 1, lambda w=wallet, n=reversal.amount: w.reverse_pending(n)
        if is_released(sale, as_of):
            yield sale.release_at, 2, lambda w=wallet, n=left: w.release(n)
    for code, amount, at in withdrawals:
        moment = read_time(at, world.zone)
        if moment <= as_of:
            yield moment, 3, lambda w=wallets[code], n=read_money(amount): w.withdraw(n)


def ranking(
    world: World, first: str, last: str, by: str = "team_sales", top: int | None = None, as_of: str | None = None
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


def own_figures(world: World, period: tuple[date, date], as_of: datetime) -> tuple[dict[str, int], dict[str, int]]:
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
        if is_within(world, sale.order.paid_at, period):
            earned[sale.beneficiary] += sale.amount
        for reversal in reversals_of(sale, as_of):
            if is_within(world, reversal.at, period):
                earned[sale.beneficiary] -= reversal.amount
    return earned


def is_within(world: World, moment: datetime, period: tuple[date, date]) -> bool:
    return period[0] <= moment.astimezone(world.zone).date() <= period[1]


def team_of(world: World, code: str) -> list[str]:
    """The person and everybody below."""
    team = [code]
    for member in team:
        team += [p.code for p in world.people.values() if p.parent_code == member]
    return team


def read_moment(world: World, text: str | None) -> datetime:
    return read_time(text, world.zone) if text else END_OF_TIME


def show_money(fen: int) -> str:
    """Fen as major units with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
