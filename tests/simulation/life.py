"""One merchant of a seed: their people and goods, the clock, and what has been made so far."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django_scopes import scope

from apps.commissions.models import Plan
from apps.core.money import to_minor
from apps.distributors.models import Distributor, Level, Store
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.delivery import save_shop_settings
from apps.payouts.models import DebtWriteOff, Payout, PayoutBatch, PayoutFreeze, Withdrawal
from apps.products.models import Campaign, Sku
from apps.products.services import ensure_category
from tests.factories import (
    LevelFactory,
    MerchantFactory,
    ProductFactory,
    SkuFactory,
    StaffMembershipFactory,
)
from tests.reference.random_cases import CATEGORIES, LEVELS
from tests.reference.world import Sku as SkuFact
from tests.reference.world import read_path
from tests.simulation.facts import BEGINNING, CampaignFact, Facts

GOODS = [
    ("S-1", "茶/普洱/熟普", "100.00", "60.00"),
    ("S-2", "茶/白茶", "0.37", "0.11"),
    ("S-3", "茶具/紫砂", "33.33", "35.00"),
    ("S-4", "", "88.88", "20.00"),
]


@dataclass(eq=False)
class Attempt:
    """One operation about to be tried, as often as it takes.

    `act` calls the product and may be called again; `note` puts what was accepted into the facts.
    `may` tells whether the facts say that it will be accepted; None where they cannot tell.
    `once`: a second call right away must change nothing; `forever`: also one much later.
    `whole`: one transaction, finished or absent.
    """

    act: Callable[[], Any]
    note: Callable[[Any], None] = lambda result: None
    may: Callable[[], bool] | None = None
    once: bool = True
    whole: bool = True
    forever: bool = False
    is_done: bool = False
    name: str = ""


@dataclass
class House:
    """What every seed starts from; made once per process."""

    merchant: Merchant
    maker: Any
    checker: Any
    viewer: Any
    skus: list[Sku]
    levels: dict[str, Level | None]


def build_house() -> House:
    """A merchant with staff, levels and goods. Costs a second; the seeds share it."""
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        maker, checker = (StaffMembershipFactory(role="owner").user for _ in range(2))
        viewer = StaffMembershipFactory(role="viewer").user
        categories = {path: ensure_category(merchant=merchant, path=path) for path in CATEGORIES}
        skus = [
            SkuFactory(
                code=code,
                price=price,
                cost=cost,
                stock=60,
                product=ProductFactory(code=code, category=categories.get(path)),
            )
            for code, path, price, cost in GOODS
        ]
        # The facts move an order by operations alone.
        save_shop_settings(merchant=merchant, unpaid_minutes=None, complete_days=None)
        skus = list(Sku.objects.select_related("product").order_by("pk"))
        levels: dict[str, Level | None] = {
            code: LevelFactory(code=code, rank=rank) for rank, code in enumerate(LEVELS, start=1)
        }
    return House(merchant, maker, checker, viewer, skus, levels | {"": None})


@dataclass
class Life:
    """A seed's merchant. The lists hold rows as the product first returned them: stale on purpose,
    as a form is that was left open."""

    seed: int
    house: House
    rng: random.Random = field(init=False)
    now: datetime = BEGINNING
    facts: Facts = field(init=False)
    distributors: dict[str, Distributor] = field(default_factory=dict)
    drafts: list[Plan] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    batches: list[PayoutBatch] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    write_offs: list[DebtWriteOff] = field(default_factory=list)
    freezes: list[PayoutFreeze] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    campaigns: list[tuple[Campaign, CampaignFact]] = field(default_factory=list)
    shadow: Any = None
    numbers: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.facts = Facts(
            skus={
                code: SkuFact(code, read_path(path), to_minor(price), to_minor(cost))
                for code, path, price, cost in GOODS
            }
        )

    @property
    def merchant(self) -> Merchant:
        return self.house.merchant

    def number(self, letter: str) -> str:
        """A number nobody has had."""
        self.numbers += 1
        return f"{letter}{self.numbers}"

    def pick(self, rows):
        """One of the rows, rather a young one; None if there are none."""
        rows = rows if isinstance(rows, list) else list(rows)
        if not rows:
            return None
        if self.rng.random() < 0.7:
            rows = rows[-8:]
        return self.rng.choice(rows)

    def pick_order(self, *statuses: str) -> Order | None:
        """An order, mostly one that is in one of these states as far as the facts go."""
        if self.chance(0.8):
            fit = [each for each in self.orders if self.fact_of(each).status in statuses]
            return self.pick(fit)
        return self.pick(self.orders)

    def pick_line(self) -> OrderLine | None:
        """A line, mostly of an order that was sold, however long ago."""
        if self.chance(0.85):
            fit = [each for each in self.lines if self.fact_of(each.order).paid_at]
            return self.rng.choice(fit) if fit else None
        return self.pick(self.lines)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def around_now(self) -> datetime:
        """Mostly now; sometimes some days ago or ahead."""
        if self.chance(0.7):
            return self.now
        return self.now + timedelta(seconds=self.rng.randint(-4 * 86400, 2 * 86400))

    def fact_of(self, order: Order):
        return self.facts.orders[order.order_no]
