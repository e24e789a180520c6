"""佣金计算明细: how each figure of an order came about, recomputed and held against its rows.

Everything is computed again from the plan's version and what was kept with the order, in a fixed
number of queries. Amounts are Decimals in major units; sentences are in the active language.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.commissions.engine import (
    Candidate,
    CompiledPlan,
    Entitlement,
    Facts,
    LineExplanation,
    Outcome,
    explain_line,
)
from apps.commissions.models import (
    Commission,
    OrderBooking,
    Plan,
    RefundBooking,
)
from apps.commissions.selectors.comparing import (
    Difference,
    Key,
    StoredSale,
    find_differences,
    is_recomputed,
    told,
)
from apps.commissions.selectors.earlier_bookings import (
    earlier_bookings,
    parted,
    rebooking_of,
)
from apps.commissions.selectors.explanation_stories import (
    CandidateStory,
    EarlierBooking,
    LineStory,
    OrderExplanation,
    PersonThen,
)
from apps.commissions.selectors.explanation_words import Words
from apps.commissions.selectors.reading import engine_chain, engine_facts, engine_lines
from apps.commissions.selectors.settlement_story import refund_shares, release_story
from apps.core.money import to_basis_points, to_major, to_minor
from apps.distributors.models import Distributor, Level
from apps.orders.models import Order, OrderLine, Refund
from apps.promotion.models import Attribution


@dataclass(frozen=True, slots=True)
class Material:
    """What explaining one order needs, read once."""

    order: Order
    booking: OrderBooking
    attribution: Attribution | None
    lines: list[OrderLine]
    told: dict[int, LineExplanation]
    facts: Facts
    commissions: list[Commission]
    # Rows of bookings that an appeal took back.
    former: list[Commission]
    refunds: dict[int, list[Refund]]
    people: dict[int, PersonThen]
    words: Words


def explain_order(order: Order, *, for_distributor: Distributor | None = None) -> OrderExplanation:
    """The whole explanation, in the merchant's scope, in at most eight queries.

    With `for_distributor` only what concerns them: their own figures, and the chain up to
    themselves. Whether they may open the order at all is the caller's to decide.
    """
    lines = list(order.lines.select_related("sku").order_by("line_no"))
    attributions = list(
        Attribution.objects.filter(order=order)
        .select_related("distributor", "rebooking__appeal")
        .order_by("number")
    )
    attribution = attributions[-1] if attributions else None
    booking = OrderBooking.objects.filter(order=order).select_related("plan").first()
    if booking is None:
        return _unbooked(order, attribution, lines)
    material = _read(order, booking, attribution, lines, for_distributor)
    explanation = OrderExplanation(
        order=order,
        plan=booking.plan,
        attribution=attribution,
        chain=[material.people[each["id"]] for each in _chain(attribution)],
        lines=[_line_story(line, material) for line in lines],
        differences=_differences(material),
        earlier=earlier_bookings(attributions, material.former),
    )
    return _as_seen_by(for_distributor, explanation) if for_distributor else explanation


def explain_for_distributor(order: Order, distributor: Distributor) -> OrderExplanation:
    """What concerns one distributor: see `explain_order`."""
    return explain_order(order, for_distributor=distributor)


def _unbooked(
    order: Order, attribution: Attribution | None, lines: list[OrderLine]
) -> OrderExplanation:
    if order.status == Order.Status.CANCELLED:
        waiting = _("A cancelled order earns nothing.")
    elif order.paid_at is None:
        waiting = _("Nothing is computed before the order is paid.")
    elif Plan.objects.in_force_at(order.paid_at).filter(merchant=order.merchant_id).exists():
        waiting = _("Paid; the next run of the stages computes it.")
    else:
        waiting = _("No plan was in force when the order was paid: it earns nobody anything.")
    stories = [LineStory(line, base="") for line in lines]
    return OrderExplanation(order, None, attribution, [], stories, [], waiting)


def _chain(attribution: Attribution | None) -> list[dict[str, Any]]:
    return attribution.chain if attribution else []


def _read(
    order: Order,
    booking: OrderBooking,
    attribution: Attribution | None,
    lines: list[OrderLine],
    for_distributor: Distributor | None,
) -> Material:
    rebooking = rebooking_of(attribution)
    kept = rebooking.facts if rebooking else booking.facts
    facts = engine_facts(kept)
    chain = engine_chain(_chain(attribution))
    compiled = CompiledPlan(booking.plan.document)
    names = dict(Level.objects.filter(merchant=order.merchant_id).values_list("code", "name"))
    rows = Commission.objects.filter(order_line__order=order)
    rows = rows.select_related("beneficiary", "release", "reverses").order_by("pk")
    commissions, former = parted(rows, rebooking)
    refunds = defaultdict(list)
    booked = RefundBooking.objects.filter(refund=OuterRef("pk"))
    for refund in (
        Refund.objects.filter(order_line__order=order)
        .annotate(is_booked=Exists(booked))
        .select_related("undoes")
        .order_by("refunded_at", "pk")
    ):
        refunds[refund.order_line_id].append(refund)
    return Material(
        order=order,
        booking=booking,
        attribution=attribution,
        lines=lines,
        told={
            line.id: explain_line(line, chain, compiled, facts)
            for line in engine_lines([order.pk])[order.pk]
        },
        facts=facts,
        commissions=commissions,
        former=former,
        refunds=refunds,
        people=_people(attribution, kept or {}, names),
        words=Words(
            currency=order.merchant.currency,
            document=booking.plan.document,
            level_names=names,
            for_distributor=for_distributor is not None,
        ),
    )


def _people(
    attribution: Attribution | None, facts: Mapping[str, Any], levels: Mapping[str, str]
) -> dict[int, PersonThen]:
    known = [*facts.get("agents", ()), facts.get("recruiter"), facts.get("store")]
    snapshots = [*filter(None, known), *_chain(attribution)]
    return {
        each["id"]: PersonThen(
            pk=each["id"],
            code=each["code"],
            name=each.get("name", ""),
            level=levels.get(each["level"], each["level"] or ""),
            status=each["status"],
        )
        for each in snapshots
    }


def _line_story(line: OrderLine, material: Material) -> LineStory:
    told_line = material.told[line.pk]
    stories = [_candidate(each, line, material) for each in told_line.candidates]
    return LineStory(
        line=line,
        base=material.words.how_base(line, told_line),
        ceiling=material.words.ceiling(told_line),
        paid=[each for each in stories if each.outcome == Outcome.PAID],
        unpaid=[each for each in stories if each.outcome != Outcome.PAID],
        bonuses=[
            each
            for each in material.commissions
            if each.order_line_id == line.pk and not is_recomputed(each.kind)
        ],
    )


def _candidate(candidate: Candidate, line: OrderLine, material: Material) -> CandidateStory:
    words, told_line = material.words, material.told[line.pk]
    person = material.people[candidate.person]
    story = CandidateStory(
        kind=candidate.kind,
        depth=candidate.depth,
        person=person,
        outcome=candidate.outcome,
        reason=words.reason(candidate, told_line, person.status, material.facts),
        rule=words.rule(candidate, told_line),
        rule_path=candidate.rule.path if candidate.rule else "",
        formula=words.formula(candidate, told_line),
        scaled=words.scaled(candidate),
        full_amount=to_major(candidate.full_amount),
        amount=to_major(candidate.amount),
    )
    if candidate.outcome != Outcome.PAID:
        return story
    rows = [each for each in material.commissions if _key(each) == _key_of(line, candidate)]
    refunds = material.refunds.get(line.pk, [])
    shares = refund_shares(candidate.amount, line, refunds, rows, words)
    sale = next((row for row in rows if row.reverses_id is None), None)
    release = release_story(sale, material.order, material.booking.plan, refunds)
    return replace(story, refunds=shares, release=release)


def _key(commission: Commission) -> Key:
    return (
        commission.order_line_id,
        commission.beneficiary_id,
        commission.kind,
        commission.depth,
    )


def _key_of(line: OrderLine, candidate: Candidate) -> Key:
    return line.pk, candidate.person, candidate.kind, candidate.depth or 0


def _differences(material: Material) -> list[Difference]:
    rows = [each for each in material.commissions if is_recomputed(each.kind)]
    booked = [
        refund for refunds in material.refunds.values() for refund in refunds if refund.is_booked
    ]
    booked_ids = {refund.pk for refund in booked}
    reversed_so_far: dict[Key, int] = defaultdict(int)
    for row in rows:
        if row.refund_id in booked_ids:
            reversed_so_far[_key(row)] -= to_minor(row.amount)
    refunded: dict[int, tuple[int, int]] = {}
    paid = {line.pk: to_minor(line.paid_amount) for line in material.lines}
    for refund in booked:
        so_far, whole = refunded.get(refund.order_line_id, (0, paid[refund.order_line_id]))
        refunded[refund.order_line_id] = so_far + to_minor(refund.amount), whole
    findings = find_differences(
        _entitlements(material),
        material.booking.plan_id,
        {_key(row): _stored(row) for row in rows if row.reverses_id is None},
        reversed_so_far,
        refunded,
    )
    codes = {row.beneficiary_id: row.beneficiary.code for row in rows}
    codes |= {pk: person.code for pk, person in material.people.items()}
    numbers = {line.pk: line.line_no for line in material.lines}
    return [
        told(each, order_no=material.order.order_no, line_numbers=numbers, codes=codes)
        for each in findings
    ]


def _entitlements(material: Material) -> Iterable[Entitlement]:
    for line, told_line in material.told.items():
        for each in told_line.candidates:
            if each.outcome == Outcome.PAID:
                yield Entitlement(
                    line, each.person, each.kind, each.depth, told_line.base, each.rule,
                    each.full_amount, each.amount,
                )  # fmt: skip


def _stored(row: Commission) -> StoredSale:
    rate = None if row.rate is None else to_basis_points(row.rate)
    return StoredSale(row.plan_id, to_minor(row.base_amount), rate, to_minor(row.amount))


def _as_seen_by(distributor: Distributor, explanation: OrderExplanation) -> OrderExplanation:
    """Their own figures, and of the chain themselves and the people below."""
    places = [person.pk for person in explanation.chain]
    seen = places.index(distributor.pk) + 1 if distributor.pk in places else 0
    return replace(
        explanation,
        chain=explanation.chain[:seen],
        lines=[_own_part(line, distributor) for line in explanation.lines],
        differences=[
            each for each in explanation.differences if each.beneficiary == distributor.code
        ],
        earlier=[_own_earlier(each, distributor) for each in explanation.earlier],
    )


def _own_earlier(booking: EarlierBooking, distributor: Distributor) -> EarlierBooking:
    rows = [row for row in booking.rows if row.commission.beneficiary_id == distributor.pk]
    return replace(booking, rows=rows)


def _own_part(line: LineStory, distributor: Distributor) -> LineStory:
    paid = [each for each in line.paid if each.person.pk == distributor.pk]
    return replace(
        line,
        paid=paid,
        unpaid=[each for each in line.unpaid if each.person.pk == distributor.pk],
        ceiling=line.ceiling if any(each.scaled for each in paid) else "",
        bonuses=[each for each in line.bonuses if each.beneficiary_id == distributor.pk],
    )
