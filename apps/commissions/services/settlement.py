"""What settling does to the books: rows and transfers, worked out in memory and written at once."""

from datetime import datetime

from apps.commissions.models import Commission, Rebooking, Release
from apps.commissions.services.booking import DOCUMENT_TYPE
from apps.commissions.services.claims import Event
from apps.commissions.services.taking_back import Claim, taken_back_at
from apps.core.money import to_major, to_minor
from apps.ledger.models import Account, Transfer
from apps.ledger.services import COMMISSION_EXPENSE, AccountRef, Posting, post_transfers
from apps.orders.models import Refund

Kind = Account.Kind


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
        reversal = _reversal(self.merchant, claim.commission, amount, refund=refund)
        self.reversals.append(reversal)
        if amount < 0:
            self._restore(claim, reversal, -amount)
            return
        self._take(claim, reversal, amount)

    def take_back(self, claim: Claim, rebooking: Rebooking) -> None:
        """An appeal gave the order to somebody else: nothing is left of this commission."""
        amount = claim.amount - claim.reversed_so_far
        if not amount:
            return
        reversal = _reversal(self.merchant, claim.commission, amount, rebooking=rebooking)
        self.reversals.append(reversal)
        self._take(claim, reversal, amount)

    def earn(self, commission: Commission) -> None:
        """Somebody is owed a commission, pending."""
        person, at = commission.beneficiary_id, commission.earned_at
        amount = to_minor(commission.amount)
        self._move(Transfer.Kind.EARN, person, None, Kind.PENDING, amount, at, commission)

    def _take(self, claim: Claim, reversal: Commission, amount: int) -> None:
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


def _reversal(
    merchant,
    sale: Commission,
    amount: int,
    *,
    refund: Refund | None = None,
    rebooking: Rebooking | None = None,
) -> Commission:
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
        earned_at=taken_back_at(sale, refund) if refund else rebooking.decided_at,
        refund=refund,
        rebooking=rebooking,
        reverses=sale,
    )
