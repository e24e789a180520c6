"""Read a merchant's files (CSV texts, plan documents) into plain records.

Money is an int of minor units (fen), a percentage a Fraction, a moment an aware datetime.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

SOLD = ("paid", "shipped", "completed")
ORDER_FIELDS = (
    "shipping",
    "distributor_code",
    "customer",
    "region",
    "paid_at",
    "completed_at",
    "status",
)


@dataclass
class Person:
    code: str
    parent_code: str
    name: str
    phone: str
    level: str
    status: str
    joined_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.status == "active"


@dataclass
class Sku:
    code: str
    category: tuple[str, ...]
    price: int
    cost: int


@dataclass
class Refund:
    """Given back; a negative amount takes an earlier refund back."""

    number: str
    amount: int
    refunded_at: datetime


@dataclass
class Line:
    number: int
    sku: Sku
    quantity: int
    unit_price: int
    discount: int
    refunds: list[Refund] = field(default_factory=list)

    @property
    def paid(self) -> int:
        return self.unit_price * self.quantity - self.discount

    @property
    def list_amount(self) -> int:
        return self.sku.price * self.quantity

    @property
    def profit(self) -> int:
        return max(0, self.paid - self.sku.cost * self.quantity)


@dataclass
class Order:
    number: str
    distributor_code: str
    customer: str
    status: str
    paid_at: datetime | None
    completed_at: datetime | None
    lines: dict[int, Line] = field(default_factory=dict)
    region: str = ""
    store: str = ""
    # Once it was computed: which of the buyer's own this is, and who kept the store.
    purchase: int | None = None
    keeper: str = ""
    placed_at: datetime | None = None  # where it is not when it was paid


@dataclass
class Rule:
    depth: int
    level: str | None
    scope: tuple[
        str, object
    ]  # ("sku", code), ("product", code), ("category", path), ("default", None)
    percent: Fraction | None
    amount: int | None


@dataclass
class Earning:
    """A percentage of the base, or a fixed amount per unit."""

    percent: Fraction | None
    amount: int | None


@dataclass
class Agent:
    region: tuple[str, ...]
    distributor: str
    earning: Earning


@dataclass
class StageBonus:
    of: str  # "own" or "team"
    period: str  # "month", "quarter" or "year"
    steps: list[tuple[int, Earning]]  # (net sales to reach, what they pay), rising
    pool: int | None


@dataclass
class Plan:
    name: str
    effective_from: datetime
    depths: int
    base: str
    hold_days: int
    self_purchase: bool
    compression: bool
    ceiling: tuple[str, Fraction] | None
    rules: list[Rule]
    level_rates: dict[str, Fraction] = field(default_factory=dict)
    same_level: Fraction | None = None
    newcomer: tuple[int, Fraction] | None = None  # (days, percent)
    referral: tuple[int, Fraction] | None = None  # (orders, percent)
    region_pays: str = "nearest"
    agents: list[Agent] = field(default_factory=list)
    store: Earning | None = None
    stage_bonuses: list[StageBonus] = field(default_factory=list)


@dataclass
class Campaign:
    """Goods that earn the seller so many percent more, in orders placed in [starts_at, ends_at)."""

    skus: list[str]
    extra: Fraction
    starts_at: datetime
    ends_at: datetime


@dataclass
class World:
    zone: ZoneInfo
    people: dict[str, Person]
    skus: dict[str, Sku]
    orders: dict[str, Order]
    plans: list[Plan]  # by effective_from
    keepers: dict[str, str] = field(default_factory=dict)  # store code → code of who keeps it
    campaigns: list[Campaign] = field(default_factory=list)
    past: Callable[[datetime], "World"] | None = None  # where people's places change

    def as_of(self, moment: datetime) -> "World":
        """Everybody as they stood then."""
        return self.past(moment) if self.past else self


def read_world(
    files: Mapping[str, str],
    plans: Sequence[tuple[str, dict]] = (),
    time_zone: str = "Asia/Shanghai",
    keepers: Mapping[str, str] | None = None,
) -> World:
    """The world of these CSV texts, by file name, and (effective from, plan document) pairs.

    `keepers`: store code → code of the distributor who keeps it.
    """
    zone = ZoneInfo(time_zone)
    world = World(
        zone=zone,
        people={
            row["code"]: read_person(row, zone) for row in read_rows(files["distributors.csv"])
        },
        skus={row["sku"]: read_sku(row) for row in read_rows(files["products.csv"])},
        orders={},
        plans=sorted(
            (read_plan(doc, read_time(start, zone)) for start, doc in plans),
            key=lambda p: p.effective_from,
        ),
        keepers=dict(keepers or {}),
    )
    read_orders(world, read_rows(files["orders.csv"]))
    read_refunds(world, read_rows(files.get("refunds.csv", "")))
    return world


def read_rows(text: str) -> Iterable[dict[str, str]]:
    return csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))


def read_money(text: str) -> int:
    """Major units as text to fen; more than two decimals is an error."""
    fen = Fraction(text) * 100
    if fen.denominator != 1:
        raise ValueError(f"not a whole number of fen: {text}")
    return int(fen)


def read_time(text: str, zone: ZoneInfo) -> datetime | None:
    """ISO 8601; without an offset it is the merchant's zone."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_person(row: Mapping[str, str], zone: ZoneInfo) -> Person:
    return Person(
        code=row["code"],
        parent_code=row["parent_code"],
        name=row["name"],
        phone=row["phone"],
        level=row["level"],
        status=row["status"] or "active",
        joined_at=read_time(row["joined_at"], zone),
    )


def read_sku(row: Mapping[str, str]) -> Sku:
    return Sku(
        code=row["sku"],
        category=read_path(row["category"]),
        price=read_money(row["price"]),
        cost=read_money(row["cost"]),
    )


def read_path(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("/") if part.strip())


def read_orders(world: World, rows: Iterable[Mapping[str, str]]) -> None:
    """The first line of an order carries what belongs to the order."""
    for row in rows:
        order = world.orders.get(row["order_no"])
        if order is None:
            order = world.orders[row["order_no"]] = Order(
                number=row["order_no"],
                distributor_code=row["distributor_code"],
                customer=row["customer"],
                status=row["status"],
                paid_at=read_time(row["paid_at"], world.zone),
                completed_at=read_time(row["completed_at"], world.zone),
                region=row["region"],
                store=row.get("store", ""),
            )
        line = Line(
            number=int(row["line_no"]),
            sku=world.skus[row["sku"]],
            quantity=int(row["quantity"]),
            unit_price=read_money(row["unit_price"]),
            discount=read_money(row["discount"] or "0"),
        )
        order.lines[line.number] = line


def read_refunds(world: World, rows: Iterable[Mapping[str, str]]) -> None:
    for row in rows:
        line = world.orders[row["order_no"]].lines[int(row["line_no"])]
        amount = read_money(row["amount"]) * (-1 if row.get("undoes") else 1)
        refund = Refund(row["refund_no"], amount, read_time(row["refunded_at"], world.zone))
        line.refunds.append(refund)
        line.refunds.sort(key=lambda r: (r.refunded_at, r.number))
    for order in world.orders.values():
        for line in order.lines.values():
            so_far = 0
            for refund in line.refunds:
                so_far += refund.amount
                if not 0 <= so_far <= line.paid:
                    raise ValueError(f"{refund.number} refunds more than was paid")


def read_plan(document: Mapping, effective_from: datetime) -> Plan:
    ceiling = document.get("ceiling")
    return Plan(
        name=document["name"],
        effective_from=effective_from,
        depths=document["depths"],
        base=document["base"],
        hold_days=document["hold_days"],
        self_purchase=document["self_purchase"],
        compression=document["compression"],
        ceiling=(ceiling["of"], Fraction(ceiling["percent"])) if ceiling else None,
        rules=[read_rule(rule) for rule in document["rules"]],
        **read_further_kinds(document),
    )


def read_further_kinds(document: Mapping) -> dict:
    """The fields of a plan beyond its rules, for the kinds that the document has."""
    fields: dict = {}
    if difference := document.get("level_difference"):
        fields["level_rates"] = {
            each["level"]: Fraction(each["percent"]) for each in difference["rates"]
        }
        if difference.get("same_level") is not None:
            fields["same_level"] = Fraction(difference["same_level"])
    if newcomer := document.get("newcomer"):
        fields["newcomer"] = (newcomer["days"], Fraction(newcomer["percent"]))
    if referral := document.get("referral"):
        fields["referral"] = (referral["orders"], Fraction(referral["percent"]))
    if regions := document.get("regions"):
        fields["region_pays"] = regions.get("pays", "nearest")
        fields["agents"] = [
            Agent(read_path(each["region"]), each["distributor"], read_earning(each))
            for each in regions["agents"]
        ]
    if store := document.get("store"):
        fields["store"] = read_earning(store)
    fields["stage_bonuses"] = [
        StageBonus(
            of=each["of"],
            period=each.get("period", "month"),
            steps=[(read_money(step["reach"]), read_earning(step)) for step in each["steps"]],
            pool=read_money(each["pool"]) if each.get("pool") is not None else None,
        )
        for each in document.get("stage_bonuses") or []
    ]
    return fields


def read_earning(raw: Mapping) -> Earning:
    return Earning(
        percent=Fraction(raw["percent"]) if "percent" in raw else None,
        amount=read_money(raw["amount"]) if "amount" in raw else None,
    )


def read_rule(rule: Mapping) -> Rule:
    if "sku" in rule:
        scope = ("sku", rule["sku"])
    elif "product" in rule:
        scope = ("product", rule["product"])
    elif "category" in rule:
        scope = ("category", read_path(rule["category"]))
    else:
        scope = ("default", None)
    return Rule(
        depth=rule["depth"],
        level=rule.get("level"),
        scope=scope,
        percent=Fraction(rule["percent"]) if "percent" in rule else None,
        amount=read_money(rule["amount"]) if "amount" in rule else None,
    )
