import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from apps.distributors.models import Distributor, DuplicateFlag
from apps.payouts.models import PayoutAccount
from apps.payouts.services import PayoutRefused, request_withdrawal, save_payout_account
from tests.factories import DistributorFactory, MerchantFactory
from tests.payouts.conftest import add_account

BANK = {"method": "bank", "holder_name": "陈静", "bank_name": "招商银行"}
ALIPAY = {"method": "alipay", "holder_name": "陈静"}


@pytest.fixture
def person(merchant):
    return DistributorFactory(merchant=merchant)


@pytest.mark.parametrize(
    ("details", "number", "tail"),
    [
        ({**BANK, "number": " 6225 8801-2345 6789 "}, "6225880123456789", "6789"),
        ({**BANK, "number": "622588012345"}, "622588012345", "2345"),
        ({**BANK, "number": "6225880123456789012"}, "6225880123456789012", "9012"),
        ({**ALIPAY, "number": "138 0000 0001"}, "13800000001", "0001"),
        ({**ALIPAY, "number": "+86 13800000001"}, "13800000001", "0001"),
        ({**ALIPAY, "number": "+852 5123 4567"}, "+85251234567", "4567"),
        ({**ALIPAY, "number": "Chen.Jing@Example.com"}, "chen.jing@example.com", "jing"),
    ],
)
def test_a_number_is_kept_in_one_spelling(person, details, number, tail):
    account = save_payout_account(distributor=person, **details)

    account = PayoutAccount.objects.get(pk=account.pk)
    assert (account.number, account.number_tail, account.is_current) == (number, tail, True)


@pytest.mark.parametrize(
    "details",
    [
        {**BANK, "number": "62258801234"},
        {**BANK, "number": "62258801234567890123"},
        {**BANK, "number": "6225 8801 2345 678X"},
        {**BANK, "number": "６２２５８８０１２３４５６７８９"},
        {**BANK, "number": ""},
        {**BANK, "number": "6225880123456789", "bank_name": " "},
        {**BANK, "number": "6225880123456789", "holder_name": "\n"},
        {**BANK, "number": "6225880123456789", "holder_name": "陈" * 81},
        {**BANK, "number": "6225880123456789", "method": "cash"},
        {**ALIPAY, "number": "not a phone"},
        {**ALIPAY, "number": "chen@"},
        {**ALIPAY, "number": "c" * 60 + "@example.com"},
    ],
)
def test_a_wrong_detail_is_refused_and_nothing_changes(person, details):
    before = add_account(person)

    with pytest.raises(PayoutRefused):
        save_payout_account(distributor=person, **details)

    assert list(PayoutAccount.objects.values_list("pk", "is_current")) == [(before.pk, True)]


def test_a_change_is_a_new_row_and_a_withdrawal_keeps_its_own(distributor):
    old = PayoutAccount.objects.get()
    withdrawal = request_withdrawal(distributor=distributor, amount="10.00", request_key="a")

    new = save_payout_account(distributor=distributor, **ALIPAY, number="13800000001")

    rows = PayoutAccount.objects.order_by("pk").values_list("pk", "is_current")
    assert list(rows) == [(old.pk, False), (new.pk, True)]
    withdrawal.refresh_from_db()
    assert withdrawal.payout_account == old


def test_the_same_details_again_change_nothing(person):
    assert add_account(person) == add_account(person)
    assert PayoutAccount.objects.count() == 1


def test_the_number_is_not_readable_in_the_database(person):
    account = add_account(person)

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM payouts_payoutaccount WHERE id = %s", [account.pk])
        stored = str(cursor.fetchone()[0])

    assert stored
    assert "6789" not in stored


def test_another_merchants_distributor_is_not_found(person):
    other = MerchantFactory()

    with scope(merchant=other), pytest.raises(Distributor.DoesNotExist):
        add_account(person)

    assert PayoutAccount.objects.count() == 0


class TestSharedAccounts:
    """One account at two people: marked, or refused as the merchant decides."""

    CARD = {"method": "bank", "holder_name": "陈静", "bank_name": "招商银行"}

    def save(self, distributor, number="6225880123456789"):
        return save_payout_account(distributor=distributor, number=number, **self.CARD)

    def test_the_two_are_marked(self, merchant):
        first, second = DistributorFactory(), DistributorFactory()
        self.save(first)
        assert not DuplicateFlag.objects.exists()

        self.save(second, "6225 8801 2345 6789")
        self.save(second)

        flag = DuplicateFlag.objects.get()
        assert (flag.kind, flag.first, flag.second) == ("payout_account", first, second)

    def test_somebodys_earlier_account_counts(self, merchant):
        first, second = DistributorFactory(), DistributorFactory()
        self.save(first)
        self.save(first, "6225880123456780")

        self.save(second)

        assert DuplicateFlag.objects.count() == 1

    def test_refused_by_the_merchants_settings(self, merchant):
        merchant.refuse_duplicates = True
        merchant.save()
        first, second = DistributorFactory(), DistributorFactory()
        self.save(first)
        own = self.save(second, "6225880123456780")

        with pytest.raises(PayoutRefused, match="another distributor's"):
            self.save(second)

        current = PayoutAccount.objects.get(distributor=second, is_current=True)
        assert (current, DuplicateFlag.objects.count()) == (own, 0)

    def test_another_merchants_people_are_not_compared(self, merchant):
        self.save(DistributorFactory())
        other = MerchantFactory()

        with scope(merchant=other):
            self.save(DistributorFactory())
            assert not DuplicateFlag.objects.exists()
        with scopes_disabled():
            assert PayoutAccount.objects.values("number_hash").distinct().count() == 2
