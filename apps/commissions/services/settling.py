"""Settling: refunds take back, and commissions whose hold is over become available.

Both happen to one person's accounts in the order in which they took place, so that the books of any
moment can be told later: a refund up to the release comes from pending, one after it from available
and then from debt (design §5 Exactly, 7 and 8). A refund that is undone gives the same share back:
to pending before the release, afterwards to available, which repays a debt first. The unit of work
is a person: any number of workers may settle different people at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.commissions.models import Commission, OrderBooking, RefundBooking, Release
from apps.commissions.services.booking import DOCUMENT_TYPE
from apps.commissions.services.claims import (
    Claim,
    due_commissions,
    read_claims,
    release_moment,
)
from apps.core.money import to_major, to_minor
from apps.ledger.models import Account, Transfer
from apps.ledger.services import (
    COMMISSION_EXPENSE,
    AccountRef,
    Posting,
    lock_wallets,
    post_transfers,
)
from apps.orders.models import Refund

Kind = Account.Kind


@dataclass(order=True)
class Event:
    """Something due: refunds before releases at the same instant, then in the order recorded."""

    at: datetime
    is_release: bool
    number: int
    claim: Claim = field(compare=False)
    refund: Refund | None = field(compare=False, default=None)
    # What the refund takes back, in minor units; negative where it gives back.
    amount: int = field(compare=False, default=0)


def refunds_to_book(*, merchant, as_of: datetime, limit: int) -> list[int]:
    """Ids of refunds on booked orders that have not been taken back yet, oldest first."""
    rows = Refund.objects.filter(
        ~Exists(RefundBooking.objects.filter(refund=OuterRef("pk"))),
        Exists(OrderBooking.objects.filter(order=OuterRef("order_line__order"))),
        merchant=merchant,
        status=Refund.Status.REFUNDED,
        refunded_at__lte=as_of,
    )
    return list(rows.order_by("refunded_at", "pk").values_list("pk", flat=True)[:limit])


def people_to_settle(
    *, merchant, as_of: datetime, refund_ids: Sequence[int], after_id: int, limit: int
) -> list[int]:
    """Ids, ascending above `after_id`, of people with a release or one of these refunds due."""
    on_refunded_lines = (
        Commission.objects.filter(refund__isnull=True, order_line__refunds__in=refund_ids)
        if refund_ids
        else Commission.objects.none()
    )
    found: set[int] = set()
    for commissions in (due_commissions(merchant, as_of), on_refunded_lines):
        people = commissions.filter(beneficiary_id__gt=after_id).order_by("beneficiary_id")
        found.update(people.values_list("beneficiary_id", flat=True).distinct()[:limit])
    return sorted(found)[:limit]


@transaction.atomic
def settle_people(*, merchant, people: Sequence[int], as_of: datetime) -> tuple[int, int]:
    """Take back and release all that is due for these people; returns (reversals, releases).

    Idempotent, one transaction; their accounts are locked first and everything is read after.
    """
    accounts = lock_wallets(merchant=merchant, distributor_ids=people)
    balances = {ref: to_minor(account.balance) for ref, account in accounts.items()}
    events = sorted(
        event for claim in read_claims(merchant, people, as_of) for event in _events(claim, as_of)
    )
    settlement = Settlement(merchant, balances)
    for event in events:
        settlement.apply(event)
    settlement.write()
    return len(settlement.reversals), len(settlement.releases)


def mark_refunds_booked(*, merchant, refund_ids: Iterable[int]) -> int:
    """Record that these refunds have been taken back from everybody on their lines."""
    return len(
        RefundBooking.objects.bulk_create(
            [RefundBooking(merchant=merchant, refund_id=each) for each in refund_ids],
            ignore_conflicts=True,
            batch_size=1000,
        )
    )


def _events(claim: Claim, as_of: datetime) -> list[Event]:
    pk = claim.commission.pk
    given_back = [
        refund
        for refund in claim.refunds
        if refund.status == Refund.Status.REFUNDED and refund.refunded_at <= as_of
    ]
    events = [
        Event(_taken_back_at(claim.commission, refund), False, refund.pk, claim, refund, amount)
        for refund, amount in _due_amounts(claim, given_back)
    ]
    release_at = release_moment(claim, as_of)
    if release_at is not None:
        events.append(Event(release_at, True, pk, claim))
    return events


def _due_amounts(claim: Claim, given_back: Sequence[Refund]) -> list[tuple[Refund, int]]:
    """What each refund that has no row yet takes back, by cumulative share, in the order of time.

    In step with time a refund's amount depends on what came before it alone, so a refund too small
    for a row of its own is looked at again without harm. Only where one was recorded late, beside
    others settled already, is it what the whole then lacks.
    """
    in_step, so_far, taken = [], 0, 0
    for refund in given_back:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        if refund.pk not in claim.done:
            in_step.append((refund, taken - before))
    if taken == claim.reversed_so_far + sum(amount for _refund, amount in in_step):
        return in_step
    late, taken = [], claim.reversed_so_far
    so_far = sum(to_minor(each.amount) for each in given_back if each.pk in claim.done)
    for refund, _amount in in_step:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        late.append((refund, taken - before))
    return late


def _taken_back_at(sale: Commission, refund: Refund) -> datetime:
    # A refund of before a period's end may be recorded when its bonus has been settled.
    return max(refund.refunded_at, sale.earned_at)


class Settlement:
    """The changes that events make, worked out in memory, then written at once."""

    def __init__(self, merchant, balances: dict[AccountRef, int]):
        self.merchant = merchant
        self.balances = balances
        self.reversals: list[Commission] = []
        self.releases: list[Release] = []
        self.movements: list[tuple] = []

    def apply(self, event: Event) -> None:
        if event.is_release:
            self._release(event.claim, event.at)
        else:
            self._reverse(event.claim, event.refund, event.amount)

    def _release(self, claim: Claim, at: datetime) -> None:
        commission = claim.commission
        amount = claim.amount - claim.reversed_so_far
        claim.released_at = at
        self.releases.append(
            Release(
                merchant=self.merchant,
                commission=commission,
                amount=to_major(amount),
                released_at=at,
            )
        )
        person = commission.beneficiary_id
        self._move(
            Transfer.Kind.RELEASE, person, Kind.PENDING, Kind.AVAILABLE, amount, at, commission
        )
        self._repay(person, amount, at, commission)

    def _repay(self, person: int, amount: int, at: datetime, document: Commission) -> None:
        """What has become available pays a debt first."""
        repaid = min(amount, self.balances[AccountRef(Kind.DEBT, person)])
        self._move(Transfer.Kind.REPAY, person, Kind.AVAILABLE, Kind.DEBT, repaid, at, document)

    def _reverse(self, claim: Claim, refund: Refund, amount: int) -> None:
        claim.done[refund.pk] = amount
        if not amount:
            return
        reversal = _reversal(self.merchant, claim.commission, refund, amount)
        self.reversals.append(reversal)
        if amount < 0:
            self._restore(claim, reversal, -amount)
            return
        person, at = reversal.beneficiary_id, reversal.earned_at
        if claim.released_at is None:
            self._move(Transfer.Kind.REVERSE, person, Kind.PENDING, None, amount, at, reversal)
            return
        borne = min(amount, self.balances[AccountRef(Kind.AVAILABLE, person)])
        self._move(Transfer.Kind.REVERSE, person, Kind.AVAILABLE, None, borne, at, reversal)
        self._move(Transfer.Kind.DEBT, person, Kind.DEBT, None, amount - borne, at, reversal)

    def _restore(self, claim: Claim, restored: Commission, amount: int) -> None:
        """A refund was undone: its share comes back to where the sale's money stands now."""
        person, at = restored.beneficiary_id, restored.earned_at
        target = Kind.PENDING if claim.released_at is None else Kind.AVAILABLE
        self._move(Transfer.Kind.RESTORE, person, None, target, amount, at, restored)
        if target == Kind.AVAILABLE:
            self._repay(person, amount, at, restored)

    def _move(self, kind, person, debit, credit, amount, at, document: Commission) -> None:
        """Note a movement between a person's accounts (None: the merchant's expense)."""
        if not amount:
            return
        debit_ref = COMMISSION_EXPENSE if debit is None else AccountRef(debit, person)
        credit_ref = COMMISSION_EXPENSE if credit is None else AccountRef(credit, person)
        for ref, change in ((debit_ref, -amount), (credit_ref, amount)):
            if ref in self.balances:
                self.balances[ref] += -change if ref.kind == Kind.DEBT else change
        self.movements.append((kind, debit_ref, credit_ref, amount, at, document))

    def write(self) -> None:
        """Insert the rows, then post their transfers."""
        Commission.objects.bulk_create(self.reversals)
        Release.objects.bulk_create(self.releases)
        postings = [
            Posting(
                key=f"{DOCUMENT_TYPE}:{document.pk}:{kind}",
                kind=kind,
                debit=debit,
                credit=credit,
                amount=amount,
                effective_at=at,
                document_type=DOCUMENT_TYPE,
                document_id=document.pk,
            )
            for kind, debit, credit, amount, at, document in self.movements
        ]
        post_transfers(merchant=self.merchant, postings=postings)


def _reversal(merchant, sale: Commission, refund: Refund, amount: int) -> Commission:
    return Commission(
        merchant=merchant,
        order_line_id=sale.order_line_id,
        beneficiary_id=sale.beneficiary_id,
        kind=sale.kind,
        depth=sale.depth,
        plan_id=sale.plan_id,
        base_amount=sale.base_amount,
        rate=sale.rate,
        amount=to_major(-amount),
        earned_at=_taken_back_at(sale, refund),
        refund=refund,
        reverses=sale,
    )
