"""What further kinds of commission need to know of orders, as it was when they were paid.

Kept with the booking (`OrderBooking.facts`), so that a figure can be computed again for ever.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from apps.commissions.engine import CompiledPlan
from apps.distributors.models import Distributor, Store
from apps.orders.models import SOLD_STATUSES, Order
from apps.orders.services.claiming import SoldOrder
from apps.orders.services.lookups import chunks, customer_identifier
from apps.promotion.services.attributing import Attributed
from apps.promotion.services.uplines import Person, Uplines

DAY = timedelta(days=1)
REGION_SEPARATOR = "/"
FactsByOrder = dict[int, dict[str, Any]]


def find_facts(
    *,
    orders: Sequence[SoldOrder],
    attributed: Mapping[int, Attributed],
    plan_of: Mapping[int, CompiledPlan],
    uplines: Uplines | None = None,
) -> FactsByOrder:
    """Order id → the facts its plan asks for, as JSON; orders without any are left out.

    In the scope of one merchant. No query unless a plan has a rule that needs facts.
    """
    asking = [order for order in orders if plan_of[order.pk].needs_facts]
    if not asking:
        return {}
    uplines = uplines or Uplines(since=min(order.paid_at for order in asking))
    facts: FactsByOrder = defaultdict(dict)
    _seller_days(asking, attributed, plan_of, uplines, facts)
    _recruiters([each for each in asking if plan_of[each.pk].referral], uplines, facts)
    _agents([each for each in asking if plan_of[each.pk].agents], plan_of, uplines, facts)
    _stores([each for each in asking if plan_of[each.pk].store and each.store], uplines, facts)
    return dict(facts)


def _seller_days(orders, attributed, plan_of, uplines: Uplines, facts: FactsByOrder) -> None:
    sold = [
        (order, _at_depth_one(attributed[order.pk].chain, plan_of[order.pk]))
        for order in orders
        if plan_of[order.pk].newcomer and attributed[order.pk].distributor
    ]
    uplines.load(seller for _order, seller in sold)
    for order, seller in sold:
        joined_at = uplines.person(seller).joined_at
        facts[order.pk]["seller_days"] = (order.paid_at - joined_at) // DAY


def _at_depth_one(chain: Sequence[Mapping[str, Any]], plan: CompiledPlan) -> int:
    """The id of who takes depth 1; the seller's where nobody does."""
    active = [each["id"] for each in chain if each["status"] == Distributor.Status.ACTIVE]
    return active[0] if plan.compression and active else chain[0]["id"]


def _recruiters(orders: list[SoldOrder], uplines: Uplines, facts: FactsByOrder) -> None:
    """For buyers who are distributors: their upline, and which of their own orders this is."""
    buyers = _buyers({order.customer for order in orders})
    uplines.load(buyers.values())
    bought: dict[str, Person] = {
        order.customer: uplines.person(buyers[order.customer])
        for order in orders
        if order.customer in buyers
    }
    purchases = _purchases(bought.values())
    above = {
        order.pk: uplines.parent_at(bought[order.customer], order.paid_at)
        for order in orders
        if order.customer in bought and order.paid_at >= bought[order.customer].joined_at
    }
    uplines.load(parent for parent in above.values() if parent is not None)
    for order in orders:
        recruiter = uplines.person(above.get(order.pk))
        if recruiter is None:
            continue
        own = purchases[bought[order.customer].pk]
        facts[order.pk]["recruiter"] = uplines.snapshot(recruiter, order.paid_at)
        facts[order.pk]["purchase"] = bisect_right(own, (order.paid_at, order.pk))


def _buyers(identifiers: Iterable[str]) -> dict[str, int]:
    """Customer identifier → the distributor known by it, by phone or code."""
    found = {}
    for part in chunks(sorted(identifiers)):
        rows = Distributor.objects.filter(Q(phone__in=part) | Q(code__in=part)).order_by()
        for pk, phone, code in rows.values_list("pk", Cast("phone", CharField()), "code"):
            found |= {name: pk for name in (phone, code) if name in part}
    return found


def _purchases(people: Iterable[Person]) -> dict[int, list[tuple]]:
    """Distributor id → when they bought for themselves since joining: (paid at, order id)."""
    known = {
        name: person
        for person in people
        for name in (person.phone, person.code, customer_identifier(person.code))
        if name
    }
    purchases = defaultdict(list)
    for part in chunks(sorted(known)):
        rows = Order.objects.filter(customer__identifier__in=part, status__in=SOLD_STATUSES)
        for identifier, paid_at, pk in rows.values_list("customer__identifier", "paid_at", "pk"):
            person = known[identifier]
            if paid_at >= person.joined_at:
                purchases[person.pk].append((paid_at, pk))
    return {pk: sorted(own) for pk, own in purchases.items()}


def _agents(orders: list[SoldOrder], plan_of, uplines: Uplines, facts: FactsByOrder) -> None:
    """The agents of each order's ship-to region and of the regions it lies in, widest first."""
    areas = {}
    for plan in {plan_of[order.pk] for order in orders}:
        areas[plan] = {each["region"]: number for number, each in enumerate(plan.agents)}
        uplines.load(each["distributor"] for each in plan.agents)
    for order in orders:
        plan = plan_of[order.pk]
        names = [name.strip() for name in order.region.split(REGION_SEPARATOR)]
        regions = [REGION_SEPARATOR.join(names[:tier]) for tier in range(1, len(names) + 1)]
        agents = []
        for region in regions:
            number = areas[plan].get(region)
            person = number is not None and uplines.person(plan.agents[number]["distributor"])
            if person:
                snapshot = uplines.snapshot(person, order.paid_at)
                agents.append({"number": number, "region": region, **snapshot})
        if agents:
            facts[order.pk]["agents"] = agents


def _stores(orders: list[SoldOrder], uplines: Uplines, facts: FactsByOrder) -> None:
    stores = Store.objects.in_bulk({order.store for order in orders})
    uplines.load(store.keeper_id for store in stores.values())
    for order in orders:
        store = stores[order.store]
        keeper = uplines.snapshot(uplines.person(store.keeper_id), order.paid_at)
        facts[order.pk]["store"] = {"store": store.code, **keeper}
