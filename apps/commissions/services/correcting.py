"""Booking an order again for somebody else: what was booked is taken back, nothing is edited.

The order is computed under the plan it had, for the upline, levels and standing of the moment it
was paid. The money moves on the day of the decision: that is when it is taken back from some and
owed to others, and what had been refunded by then is left out of both.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.commissions.engine import CompiledPlan, Entitlement, compute
from apps.commissions.models import Commission, OrderBooking, Rebooking
from apps.commissions.selectors.reading import engine_chain, engine_facts, engine_lines
from apps.commissions.services.claims import read_claims, refund_events
from apps.commissions.services.facts import find_facts
from apps.commissions.services.settlement import Settlement
from apps.core.errors import Refused
from apps.core.money import to_major, to_minor, to_percent
from apps.distributors.models import Distributor
from apps.ledger.services import lock_wallets
from apps.orders.models import Order
from apps.orders.services.claiming import ORDER_COLUMNS, SoldOrder
from apps.promotion.models import Attribution
from apps.promotion.services.attributing import Attributed, find_attributions


class CorrectionRefused(Refused):
    """The order was not booked again; nothing was changed."""


@transaction.atomic
def rebook_order(
    *, order: Order, distributor: Distributor, evidence: dict[str, Any], actor=None
) -> Rebooking:
    """Give a booked order to `distributor` as if it had named them, and book it again.

    Every commission of the order is taken back at every depth; a stage bonus belongs to its period
    and stays. Inside the merchant's scope; locks the order, then the wallets. Raises
    CorrectionRefused for an order that is not booked yet, or counts for them already.
    """
    # Refunds of the order wait for this lock, or are visible now: none falls between.
    order = Order.objects.select_for_update(no_key=True).select_related(None).get(pk=order.pk)
    booking = OrderBooking.objects.filter(order=order).select_related("plan").first()
    if booking is None:
        raise CorrectionRefused(
            _("This order is not computed yet: let the stages run, then decide.")
        )
    now = timezone.now()
    plan = CompiledPlan(booking.plan.document)
    current = Attribution.objects.standing().get(order=order)
    sold, attributed = _as_theirs(order, distributor, booking.plan.document)
    if attributed.distributor == current.distributor_id:
        raise CorrectionRefused(_("This order counts for this person already."))
    facts = find_facts(
        orders=[sold], attributed={order.pk: attributed}, plan_of={order.pk: plan}
    ).get(order.pk)
    rebooking = Rebooking.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        attribution=_supersede(current, attributed, evidence),
        facts=facts,
        decided_at=now,
        decided_by=actor,
    )
    chain = engine_chain(attributed.chain)
    lines = engine_lines([order.pk])[order.pk]
    _move_money(rebooking, booking, compute(lines, chain, plan, engine_facts(facts)))
    return rebooking


def _as_theirs(
    order: Order, distributor: Distributor, document: dict[str, Any]
) -> tuple[SoldOrder, Attributed]:
    """The order as if it had named them; their own purchases go by the order's plan."""
    row = Order.objects.filter(pk=order.pk).values_list(*ORDER_COLUMNS).get()
    sold = SoldOrder(*row)._replace(
        distributor=distributor.pk, how=Order.Bringing.NAMED.value, evidence=None
    )
    found = find_attributions(
        orders=[sold], self_purchase_at=lambda _moment: document["self_purchase"]
    )
    return sold, found[order.pk]


def _supersede(
    current: Attribution, attributed: Attributed, evidence: dict[str, Any]
) -> Attribution:
    return Attribution.objects.create(
        merchant_id=current.merchant_id,
        order_id=current.order_id,
        number=current.number + 1,
        supersedes=current,
        distributor_id=attributed.distributor,
        method=Attribution.Method.APPEAL,
        chain=attributed.chain,
        evidence=evidence,
    )


def _move_money(
    rebooking: Rebooking, booking: OrderBooking, entitlements: list[Entitlement]
) -> None:
    """Take back what was booked, book what is right, and let past refunds have their share."""
    former = (
        Commission.objects.sales()
        .filter(order_line__order=rebooking.order_id)
        .filter(rebooking=_rebooking_before(rebooking))
        .exclude(kind=Commission.Kind.STAGE_BONUS)
    )
    people = {*former.values_list("beneficiary_id", flat=True)}
    people |= {each.beneficiary_id for each in entitlements}
    if not people:
        return
    merchant = booking.merchant
    accounts = lock_wallets(merchant=merchant, distributor_ids=sorted(people))
    settlement = Settlement(
        merchant, {ref: to_minor(account.balance) for ref, account in accounts.items()}
    )
    for claim in read_claims(former, rebooking.decided_at):
        settlement.take_back(claim, rebooking)
    sales = [_sale(rebooking, booking, each) for each in entitlements]
    for sale in sales:
        sale.save(force_insert=True)
        settlement.earn(sale)
    booked_again = Commission.objects.sales().filter(rebooking=rebooking)
    events = [
        event
        for claim in read_claims(booked_again, rebooking.decided_at)
        for event in refund_events(claim, rebooking.decided_at)
    ]
    for event in sorted(events):
        settlement.apply(event)
    settlement.write()


def _rebooking_before(rebooking: Rebooking) -> Rebooking | None:
    earlier = Rebooking.objects.filter(order=rebooking.order_id, pk__lt=rebooking.pk)
    return earlier.order_by("-pk").first()


def _sale(rebooking: Rebooking, booking: OrderBooking, each: Entitlement) -> Commission:
    rate = each.rule.rate
    return Commission(
        merchant_id=rebooking.merchant_id,
        order_line_id=each.line_id,
        beneficiary_id=each.beneficiary_id,
        kind=each.kind,
        depth=each.depth,
        plan_id=booking.plan_id,
        base_amount=to_major(each.base),
        rate=None if rate is None else to_percent(rate),
        amount=to_major(each.amount),
        earned_at=rebooking.decided_at,
        rebooking=rebooking,
    )
