from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from django_scopes import ScopeError, scope, scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account, Transfer, Wallet
from apps.ledger.selectors import wallet_balances
from apps.ledger.services import (
    COMMISSION_EXPENSE,
    AccountRef,
    InsufficientBalance,
    KeyReused,
    Posting,
    open_wallets,
    post_transfers,
)
from tests.factories import DistributorFactory, MerchantFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
Kind = Account.Kind


def posting(number: int, debit: AccountRef, credit: AccountRef, amount: int) -> Posting:
    return Posting(
        key=f"fact:{number}", kind=Transfer.Kind.EARN, debit=debit, credit=credit, amount=amount,
        effective_at=NOON, document_type="fact", document_id=number,
    )  # fmt: skip


@pytest.fixture
def pending(merchant) -> AccountRef:
    return AccountRef(Kind.PENDING, DistributorFactory().pk)


def balance(ref: AccountRef) -> Decimal:
    return Account.objects.get(wallet__distributor=ref.distributor_id, kind=ref.kind).balance


def test_a_transfer_moves_both_balances(merchant, pending):
    available = pending._replace(kind=Kind.AVAILABLE)
    postings = [
        posting(1, COMMISSION_EXPENSE, pending, 1000),
        posting(2, pending, available, 400),
    ]

    assert post_transfers(merchant=merchant, postings=postings) == 2

    assert (balance(pending), balance(available)) == (Decimal("6.00"), Decimal("4.00"))
    expense = Account.objects.get(kind=Kind.COMMISSION_EXPENSE)
    assert expense.balance is None
    assert list(Transfer.objects.order_by("key").values_list("amount", flat=True)) == [
        Decimal("10.00"),
        Decimal("4.00"),
    ]


def test_debt_grows_with_debits_and_shrinks_with_credits(merchant, pending):
    debt, available = pending._replace(kind=Kind.DEBT), pending._replace(kind=Kind.AVAILABLE)
    post_transfers(
        merchant=merchant,
        postings=[
            posting(1, debt, COMMISSION_EXPENSE, 500),
            posting(2, COMMISSION_EXPENSE, available, 300),
            posting(3, available, debt, 300),
        ],
    )

    assert (balance(debt), balance(available)) == (Decimal("2.00"), Decimal("0.00"))
    with pytest.raises(InsufficientBalance):
        post_transfers(merchant=merchant, postings=[posting(4, COMMISSION_EXPENSE, debt, 201)])


def test_the_same_fact_posts_once(merchant, pending):
    fact = posting(1, COMMISSION_EXPENSE, pending, 1000)

    assert post_transfers(merchant=merchant, postings=[fact]) == 1
    assert post_transfers(merchant=merchant, postings=[fact]) == 0

    assert balance(pending) == Decimal("10.00")
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"amount": 999}, {"kind": Transfer.Kind.RELEASE}, {"document_id": 7}]
)
def test_the_same_key_with_another_content_is_an_error_and_changes_nothing(
    merchant, pending, change
):
    fact = posting(1, COMMISSION_EXPENSE, pending, 1000)
    post_transfers(merchant=merchant, postings=[fact])

    with pytest.raises(KeyReused):
        post_transfers(
            merchant=merchant,
            postings=[posting(2, COMMISSION_EXPENSE, pending, 5), fact._replace(**change)],
        )

    assert balance(pending) == Decimal("10.00")
    assert Transfer.objects.count() == 1


def test_one_batch_cannot_carry_a_key_twice(merchant, pending):
    fact = posting(1, COMMISSION_EXPENSE, pending, 1000)
    with pytest.raises(KeyReused):
        post_transfers(merchant=merchant, postings=[fact, fact])
    assert not Transfer.objects.exists()


def test_an_overdraft_is_refused_and_changes_nothing(merchant, pending):
    post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 1000)])
    with pytest.raises(InsufficientBalance):
        post_transfers(
            merchant=merchant,
            postings=[
                posting(2, COMMISSION_EXPENSE, pending, 100),
                posting(3, pending, pending._replace(kind=Kind.AVAILABLE), 1101),
            ],
        )
    assert balance(pending) == Decimal("10.00")
    assert Transfer.objects.count() == 1


def test_nothing_to_post_is_nothing(merchant):
    assert post_transfers(merchant=merchant, postings=[]) == 0
    assert not Account.objects.exists()


def test_a_wallet_is_opened_once(merchant):
    distributor = DistributorFactory()
    first = open_wallets(merchant=merchant, distributor_ids=[distributor.pk])
    assert open_wallets(merchant=merchant, distributor_ids=[distributor.pk]) == first
    assert Wallet.objects.count() == 1
    assert wallet_balances(distributor) == {
        "pending": 0, "available": 0, "withdrawing": 0, "paid": 0, "debt": 0,
    }  # fmt: skip


def test_balances_without_a_wallet_are_zero(merchant):
    assert set(wallet_balances(DistributorFactory()).values()) == {Decimal("0.00")}


class TestTheDatabaseRefuses:
    """What no code path should try, tried past the services."""

    @pytest.fixture
    def transfer(self, merchant, pending) -> Transfer:
        post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 1000)])
        return Transfer.objects.get()

    def test_an_update(self, transfer):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            Transfer.objects.update(amount=Decimal("1.00"))
        assert Transfer.objects.get().amount == Decimal("10.00")

    def test_a_deletion(self, transfer):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            Transfer.objects.all().delete()
        assert Transfer.objects.count() == 1

    @pytest.mark.postgres
    def test_a_truncation(self, transfer):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("TRUNCATE ledger_transfer CASCADE")
        assert Transfer.objects.count() == 1

    @pytest.mark.parametrize("amount", [Decimal("0.00"), Decimal("-1.00")])
    def test_an_amount_that_is_not_positive(self, transfer, amount):
        self.refuses_insert(transfer, amount=amount)

    def test_a_transfer_to_the_same_account(self, transfer):
        self.refuses_insert(transfer, credit_account=transfer.debit_account)

    def test_the_same_key_twice(self, transfer):
        self.refuses_insert(transfer, key=transfer.key)

    def test_an_account_of_another_merchant(self, transfer):
        self.refuses_insert(transfer, debit_account=self.foreign_account())

    def test_a_merchant_that_owns_neither_account(self, transfer):
        self.refuses_insert(transfer, merchant=MerchantFactory())

    def test_two_currencies(self, transfer):
        Account.objects.filter(pk=transfer.credit_account_id).update(currency="USD")
        self.refuses_insert(transfer)

    def test_a_balance_below_zero(self, transfer):
        with pytest.raises(Error), transaction.atomic():
            Account.objects.filter(pk=transfer.credit_account_id).update(balance=Decimal("-0.01"))

    def test_a_stored_balance_on_the_merchants_side(self, transfer):
        with pytest.raises(Error), transaction.atomic():
            Account.objects.filter(pk=transfer.debit_account_id).update(balance=Decimal("1.00"))

    @staticmethod
    def foreign_account() -> Account:
        other = MerchantFactory()
        with scope(merchant=other):
            distributor = DistributorFactory()
            open_wallets(merchant=other, distributor_ids=[distributor.pk])
            return Account.objects.get(kind=Kind.AVAILABLE)

    @staticmethod
    def refuses_insert(transfer: Transfer, **changes) -> None:
        values = {
            "merchant": transfer.merchant, "key": "another", "kind": transfer.kind,
            "debit_account": transfer.debit_account, "credit_account": transfer.credit_account,
            "amount": transfer.amount, "effective_at": NOON, "document_type": "fact",
            "document_id": 9,
        }  # fmt: skip
        with pytest.raises(Error), transaction.atomic():
            Transfer.objects.create(**(values | changes))
        with scopes_disabled():
            assert Transfer.objects.count() == 1


def test_the_books_cannot_be_read_without_a_scope(db):
    for model in (Transfer, Account, Wallet):
        with pytest.raises(ScopeError):
            model.objects.count()


moves = st.tuples(
    st.sampled_from(["earn", "release", "withdraw", "pay", "claw_back", "owe", "repay", "again"]),
    st.integers(0, 1),
    st.integers(1, 500),
)
WAYS = {
    "earn": (None, Kind.PENDING),
    "release": (Kind.PENDING, Kind.AVAILABLE),
    "withdraw": (Kind.AVAILABLE, Kind.WITHDRAWING),
    "pay": (Kind.WITHDRAWING, Kind.PAID),
    "claw_back": (Kind.AVAILABLE, None),
    "owe": (Kind.DEBT, None),
    "repay": (Kind.AVAILABLE, Kind.DEBT),
}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(moves, max_size=25))
def test_any_sequence_keeps_every_invariant(merchant, sequence):
    with transaction.atomic():
        people = [DistributorFactory().pk for _ in range(2)]
        model = {(who, kind): 0 for who in people for kind, _label in Account.Kind.choices}
        last = None
        for number, (way, who, amount) in enumerate(sequence):
            if way == "again":
                assert last is None or post_transfers(merchant=merchant, postings=[last]) == 0
                continue
            debit, credit = (
                AccountRef(kind, people[who]) if kind else COMMISSION_EXPENSE for kind in WAYS[way]
            )
            after = dict(model)
            for ref, sign in ((debit, -1), (credit, 1)):
                if ref.distributor_id:
                    sign = -sign if ref.kind == Kind.DEBT else sign
                    after[ref.distributor_id, ref.kind] += sign * amount
            move = posting(number, debit, credit, amount)
            if min(after.values()) < 0:
                with pytest.raises(InsufficientBalance):
                    post_transfers(merchant=merchant, postings=[move])
            else:
                assert post_transfers(merchant=merchant, postings=[move]) == 1
                model, last = after, move
            stored = {
                (who, kind): int(balance * 100)
                for who, kind, balance in Account.objects.filter(
                    wallet__distributor__in=people
                ).values_list("wallet__distributor", "kind", "balance")
            }
            assert stored.items() <= model.items()
            faults = {fault.check for fault in reconcile(merchant=merchant)}
            assert faults.isdisjoint({"balances_equal_transfers", "balances_stay_above_zero"})
        transaction.set_rollback(True)
