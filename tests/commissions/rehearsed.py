"""A small merchant for rehearsals, with figures that pencil and paper give.

A (gold) ← B (silver) ← C, and A ← D. Tea costs 100.00 (cost 60.00), a cup 50.00 (cost 20.00).
Under TODAY: O1 sold by C, O2 by B with 30.00 of 100.00 given back, O3 bought by C themselves, O4
sold by D at 72.00.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import Distributor
from apps.orders.services.refunds import record_refund
from apps.products.services.categories import ensure_category
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)

# 2026-03-11 00:30 in Shanghai, still the 10th in UTC.
PAID_AT = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
JOINED = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 11)
LATER = datetime(2026, 3, 20, tzinfo=UTC)
TODAY = {
    "name": "Spring",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}],
}
DRAFT = {
    "name": "Summer",
    "depths": 2,
    "self_purchase": True,
    "ceiling": {"of": "paid", "percent": "20"},
    "rules": [
        {"depth": 1, "percent": "10"},
        {"depth": 2, "percent": "5"},
        {"depth": 1, "category": "茶", "percent": "18"},
        {"depth": 2, "level": "gold", "percent": "6"},
    ],
}


@dataclass
class Sold:
    """Who there is, and the SKUs."""

    people: dict[str, Distributor]
    tea: object
    cup: object


def sell(merchant) -> Sold:
    """The merchant with its four orders booked under TODAY and the refund taken back."""
    levels = {code: LevelFactory(code=code, name=code.title()) for code in ("silver", "gold")}
    a = DistributorFactory(code="A", name="Ann", joined_at=JOINED, level=levels["gold"])
    b = DistributorFactory(code="B", name="Ben", parent=a, joined_at=JOINED, level=levels["silver"])
    c = DistributorFactory(code="C", name="陈晨", parent=b, joined_at=JOINED)
    d = DistributorFactory(code="D", name="Dan", parent=a, joined_at=JOINED)
    tea_category = ensure_category(merchant=merchant, path="茶")
    sold = Sold(
        {"A": a, "B": b, "C": c, "D": d},
        SkuFactory(code="TEA", cost=Decimal("60.00"), product__category=tea_category),
        SkuFactory(code="CUP", price=Decimal("50.00"), cost=Decimal("20.00")),
    )
    activate_plan(
        plan=draft_plan(merchant=merchant, content=TODAY),
        effective_from=datetime(2026, 3, 1, tzinfo=UTC),
        acknowledged_by="Owner",
    )
    order(sold, "O1", "C", sold.tea)
    line = order(sold, "O2", "B", sold.cup, quantity=2)
    order(sold, "O3", "C", sold.tea, customer=CustomerFactory(identifier="C"))
    order(sold, "O4", "D", sold.tea, discount=Decimal("28.00"))
    record_refund(order_line=line, amount=Decimal("30.00"), refunded_at=LATER)
    run_due(merchant=merchant, as_of=LATER)
    return sold


def order(sold: Sold, number: str, seller: str, sku, *, paid_at=PAID_AT, customer=None, **values):
    """One order of one line; the line."""
    extra = {"customer": customer} if customer else {}
    made = OrderFactory(
        order_no=number, distributor=sold.people[seller], placed_at=paid_at, **extra
    )
    category_path = "茶" if sku == sold.tea else ""
    return OrderLineFactory(order=made, sku=sku, category_path=category_path, **values)
