from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import Error, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import ScopeError, scope, scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.money import MAX_MINOR
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account, Transfer, Wallet
from apps.ledger.selectors import wallet_balances
from apps.ledger.services import (
    COMMISSION_EXPENSE,
    AccountRef,
    InsufficientBalance,
    KeyReused,
    Posting,
    lock_wallets,
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


def test_a_transfer_says_what_moved_when_and_why(merchant, pending):
    other = AccountRef(Kind.DEBT, DistributorFactory().pk)
    fact = Posting("sale:7", Transfer.Kind.REPAY, other, pending, 1234, NOON, "sale", 7)
    later = NOON + timedelta(days=2)
    with time_machine.travel(later, tick=False):
        assert post_transfers(merchant=merchant, postings=[fact]) == 1

    transfer = Transfer.objects.get()
    assert (transfer.merchant, transfer.key, transfer.kind) == (merchant, "sale:7", "repay")
    assert (transfer.document_type, transfer.document_id) == ("sale", 7)
    assert (transfer.amount, transfer.effective_at, transfer.created_at) == (
        Decimal("12.34"),
        NOON,
        later,
    )
    sides = [transfer.debit_account, transfer.credit_account]
    assert [(each.kind, each.wallet.distributor_id) for each in sides] == [
        ("debt", other.distributor_id),
        ("pending", pending.distributor_id),
    ]


@pytest.mark.parametrize("change", ["debit", "credit", "document_type"])
def test_a_key_stands_for_its_accounts_and_document_too(merchant, pending, change):
    fact = posting(1, pending._replace(kind=Kind.DEBT), pending, 1000)
    post_transfers(merchant=merchant, postings=[fact])
    changed = {
        "debit": COMMISSION_EXPENSE,
        "credit": pending._replace(kind=Kind.AVAILABLE),
        "document_type": "other",
    }

    with pytest.raises(KeyReused, match="“fact:1” was posted before with another content"):
        post_transfers(merchant=merchant, postings=[fact._replace(**{change: changed[change]})])

    assert (balance(pending), Transfer.objects.count()) == (Decimal("10.00"), 1)


def test_of_a_batch_only_what_is_new_is_posted(merchant, pending):
    facts = [posting(number, COMMISSION_EXPENSE, pending, 100) for number in (1, 2, 3, 4)]
    post_transfers(merchant=merchant, postings=[facts[1]])

    assert post_transfers(merchant=merchant, postings=facts) == 3

    assert balance(pending) == Decimal("4.00")
    assert Transfer.objects.count() == 4


def test_an_account_may_be_emptied_to_the_last_fen(merchant, pending):
    available = pending._replace(kind=Kind.AVAILABLE)
    post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 1000)])
    post_transfers(merchant=merchant, postings=[posting(2, pending, available, 1000)])
    assert (balance(pending), balance(available)) == (Decimal("0.00"), Decimal("10.00"))


def test_what_comes_and_goes_in_one_batch_needs_no_balance(merchant, pending):
    available = pending._replace(kind=Kind.AVAILABLE)
    postings = [
        posting(1, available, COMMISSION_EXPENSE, 300),
        posting(2, COMMISSION_EXPENSE, available, 300),
    ]
    assert post_transfers(merchant=merchant, postings=postings) == 2
    assert balance(available) == Decimal("0.00")


def test_a_sum_beyond_what_a_float_can_hold_is_exact(merchant, pending):
    debt = pending._replace(kind=Kind.DEBT)
    # 10 000 000 000 000 000 and one fen: the next float is two further.
    amounts = [*[MAX_MINOR] * 1000, 1]
    facts = [posting(number, debt, pending, amount) for number, amount in enumerate(amounts)]
    assert post_transfers(merchant=merchant, postings=facts) == 1001
    assert balance(pending) == balance(debt) == Decimal("100000000000000.01")


def test_the_same_number_at_two_merchants_is_two_facts(db):
    """The platform may post for any merchant: each has its own keys and its own accounts."""
    with scopes_disabled():
        for merchant, currency in ((MerchantFactory(), "CNY"), (MerchantFactory(), "USD")):
            merchant.currency = currency
            person = AccountRef(Kind.PENDING, DistributorFactory(merchant=merchant).pk)
            fact = posting(1, COMMISSION_EXPENSE, person, 1000)
            assert post_transfers(merchant=merchant, postings=[fact]) == 1
            assert post_transfers(merchant=merchant, postings=[fact]) == 0

            transfer = Transfer.objects.get(merchant=merchant)
            accounts = [transfer.debit_account, transfer.credit_account]
            assert [each.merchant for each in accounts] == [merchant, merchant]
            assert [each.currency for each in accounts] == [currency, currency]
        assert Account.objects.filter(kind=Kind.COMMISSION_EXPENSE).count() == 2


def test_the_merchants_own_accounts_post_to_each_other(merchant):
    """Without a wallet there is nothing to lock, and nothing to overdraw."""
    write_off = AccountRef(Kind.WRITE_OFF)
    for number in (1, 2):
        fact = posting(number, COMMISSION_EXPENSE, write_off, 10**12)
        with CaptureQueriesContext(connection) as queries:
            assert post_transfers(merchant=merchant, postings=[fact]) == 1
    assert not [each["sql"] for each in queries if "ledger_wallet" in each["sql"]]
    assert sorted(Account.objects.values_list("kind", "wallet", "balance", "currency")) == [
        ("commission_expense", None, None, merchant.currency),
        ("write_off", None, None, merchant.currency),
    ]


def test_the_merchants_own_accounts_are_told_apart(merchant, pending):
    write_off, debt = AccountRef(Kind.WRITE_OFF), pending._replace(kind=Kind.DEBT)
    for number in (0, 10):
        facts = [
            posting(number + 1, debt, COMMISSION_EXPENSE, 500),
            posting(number + 2, write_off, debt, 500),
        ]
        assert post_transfers(merchant=merchant, postings=facts) == 2
    sides = Transfer.objects.order_by("pk").values_list(
        "debit_account__kind", "credit_account__kind"
    )
    assert list(sides) == [("debt", "commission_expense"), ("write_off", "debt")] * 2


def test_documents_said_to_be_new_still_post_once(merchant, pending):
    fact = posting(1, COMMISSION_EXPENSE, pending, 1000)
    assert post_transfers(merchant=merchant, postings=[fact], are_new=True) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        post_transfers(merchant=merchant, postings=[fact], are_new=True)
    assert (balance(pending), Transfer.objects.count()) == (Decimal("10.00"), 1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_batch_is_one_of_its_own():
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        pending = AccountRef(Kind.PENDING, DistributorFactory().pk)
        fact = posting(1, COMMISSION_EXPENSE, pending, 1000)
        post_transfers(merchant=merchant, postings=[fact])

        # The balance is moved before the database finds that the key is taken.
        with pytest.raises(IntegrityError):
            post_transfers(merchant=merchant, postings=[fact], are_new=True)

        assert (balance(pending), Transfer.objects.count()) == (Decimal("10.00"), 1)


def test_inside_a_transaction_a_batch_is_part_of_it(merchant, pending):
    fact = posting(1, COMMISSION_EXPENSE, pending, 1000)
    post_transfers(merchant=merchant, postings=[fact])
    with CaptureQueriesContext(connection) as queries:
        post_transfers(merchant=merchant, postings=[fact])
    assert not [each["sql"] for each in queries if "SAVEPOINT" in each["sql"]]


class TestWhatABatchCosts:
    """Accounts, keys, balances, transfers: a statement each, however many take part."""

    @pytest.fixture
    def selects(self):
        """How many SELECTs posting takes."""

        def count(merchant, postings, **options) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert post_transfers(merchant=merchant, postings=postings, **options) > 0
            found = [each["sql"].lstrip() for each in queries]
            return len([sql for sql in found if sql.startswith("SELECT")])

        return count

    # Few have mostly earned before: they are locked at once. Among many somebody is nearly always
    # new: one look first.
    @pytest.mark.parametrize(("people", "expected"), [(1, 1), (20, 1), (21, 2)])
    def test_for_people_with_wallets(self, merchant, selects, people, expected):
        refs = [AccountRef(Kind.PENDING, DistributorFactory().pk) for _ in range(people)]

        def batch(start: int) -> list[Posting]:
            numbered = enumerate(refs, start=start)
            return [posting(number, COMMISSION_EXPENSE, ref, 100) for number, ref in numbered]

        post_transfers(merchant=merchant, postings=batch(0))
        assert selects(merchant, batch(100), are_new=True) == expected

        balances = Account.objects.filter(kind=Kind.PENDING).values_list("balance", flat=True)
        assert list(balances) == [Decimal("2.00")] * people

    def test_between_accounts_of_people(self, merchant, pending, selects):
        available = pending._replace(kind=Kind.AVAILABLE)
        post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 9)])
        # The accounts, and what was posted.
        assert selects(merchant, [posting(2, pending, available, 9)]) == 2

    def test_whatever_was_posted_before(self, merchant, pending):
        """History is looked up by key, never read."""
        facts = [posting(number, COMMISSION_EXPENSE, pending, 1) for number in (1, 2)]
        post_transfers(merchant=merchant, postings=facts[:1])
        with CaptureQueriesContext(connection) as queries:
            post_transfers(merchant=merchant, postings=facts[1:])
        (sql,) = [each["sql"] for each in queries if 'FROM "ledger_transfer"' in each["sql"]]
        assert "'fact:2'" in sql

    def test_for_somebody_new(self, merchant, pending, selects):
        post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 9)])
        newcomer = pending._replace(distributor_id=DistributorFactory().pk)
        # The accounts in vain, wallets before and after opening, the accounts, what was posted.
        assert selects(merchant, [posting(2, COMMISSION_EXPENSE, newcomer, 9)]) == 5


def test_whoever_is_new_in_a_batch_gets_a_wallet(merchant, pending):
    post_transfers(merchant=merchant, postings=[posting(1, COMMISSION_EXPENSE, pending, 100)])
    newcomer = AccountRef(Kind.AVAILABLE, DistributorFactory().pk)
    facts = [
        posting(2, COMMISSION_EXPENSE, newcomer, 200),
        posting(3, COMMISSION_EXPENSE, pending, 50),
        posting(4, pending._replace(kind=Kind.DEBT), COMMISSION_EXPENSE, 7),
    ]
    assert post_transfers(merchant=merchant, postings=facts) == 3
    assert [balance(ref) for ref in (newcomer, pending, pending._replace(kind=Kind.DEBT))] == [
        Decimal("2.00"), Decimal("1.50"), Decimal("0.07"),
    ]  # fmt: skip


def test_opening_wallets_leaves_those_that_exist_alone(merchant):
    first, second = DistributorFactory(), DistributorFactory()
    (wallet,) = open_wallets(merchant=merchant, distributor_ids=[second.pk]).values()

    opened = open_wallets(merchant=merchant, distributor_ids=iter([first.pk, second.pk]))

    assert opened == {
        first.pk: Wallet.objects.get(distributor=first).pk,
        second.pk: wallet,
    }
    found = Account.objects.values_list("wallet", "merchant", "kind", "currency", "balance")
    assert sorted(found) == sorted(
        (wallet, merchant.pk, kind, merchant.currency, Decimal("0.00"))
        for wallet in opened.values()
        for kind in ("pending", "available", "withdrawing", "paid", "debt")
    )
    assert set(Wallet.objects.values_list("merchant", flat=True)) == {merchant.pk}


def test_locking_gives_every_account_of_each_by_what_it_is(merchant):
    people = [DistributorFactory().pk for _ in range(2)]
    with transaction.atomic():
        locked = lock_wallets(merchant=merchant, distributor_ids=people)
    assert {ref: (each.wallet.distributor_id, each.kind) for ref, each in locked.items()} == {
        AccountRef(kind, person): (person, kind)
        for person in people
        for kind in ("pending", "available", "withdrawing", "paid", "debt")
    }
    assert lock_wallets(merchant=merchant, distributor_ids=[]) == {}


@pytest.mark.postgres
class TestLocks:
    """Accounts are locked by id everywhere; nobody waits for a wallet that was only looked at."""

    def test_to_read_balances(self, merchant):
        people = [DistributorFactory().pk for _ in range(2)]
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            lock_wallets(merchant=merchant, distributor_ids=people)
        (sql,) = [each["sql"] for each in queries if "FOR UPDATE" in each["sql"]]
        assert sql.endswith('ORDER BY "ledger_account"."id" ASC FOR UPDATE')

    def test_to_post(self, merchant, pending):
        open_wallets(merchant=merchant, distributor_ids=[pending.distributor_id])
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            fact = posting(1, COMMISSION_EXPENSE, pending, 1)
            post_transfers(merchant=merchant, postings=[fact])
        (sql,) = [each["sql"] for each in queries if "FOR UPDATE" in each["sql"]]
        # The first column is the id.
        assert sql.startswith('SELECT "ledger_account"."id"')
        assert sql.endswith('ORDER BY 1 ASC FOR UPDATE OF "ledger_account"')
        # Of the kinds that take part, and no others: the person's debt stays free.
        assert "{pending}" in sql


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
