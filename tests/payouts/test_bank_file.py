import csv
import io

import pytest

from apps.payouts.services import (
    PayoutRefused,
    approve_batch,
    approve_withdrawal,
    cancel_batch,
    download_bank_file,
    make_batch,
    mark_payout_paid,
    request_withdrawal,
    save_payout_account,
)
from tests.factories import DistributorFactory, StaffMembershipFactory
from tests.payouts.money import fund

CARD = {"method": "bank", "bank_name": "招商银行", "number": "6225880123456789012"}


@pytest.fixture
def batch(merchant, finance):
    """A draft with a plain card, a holder's name that is a formula, and two Alipay accounts."""
    accounts = [
        {**CARD, "holder_name": "陈静"},
        {**CARD, "holder_name": "=1+1", "bank_name": "@bank"},
        {"method": "alipay", "holder_name": "林芳", "number": "13800000001"},
        {"method": "alipay", "holder_name": "何伟", "number": "=x@example.com"},
    ]
    withdrawals = [
        paid_to(merchant, finance, account, 10 + n) for n, account in enumerate(accounts)
    ]
    return make_batch(merchant=merchant, withdrawals=withdrawals, actor=finance)


def paid_to(merchant, finance, account, amount):
    person = DistributorFactory(merchant=merchant)
    save_payout_account(distributor=person, **account)
    fund(person, amount)
    withdrawal = request_withdrawal(distributor=person, amount=amount, request_key="one")
    return approve_withdrawal(withdrawal=withdrawal, actor=finance)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_file_names_every_line_and_runs_nothing(batch, finance, second_finance):
    approve_batch(batch=batch, actor=second_finance)
    ids = [f"P{pk}" for pk in batch.payouts.order_by("pk").values_list("pk", flat=True)]

    content = download_bank_file(batch=batch, actor=finance)

    assert content.startswith(b"\xef\xbb\xbf")
    assert read(content) == [
        ["序号", "收款人", "收款账号", "开户行", "金额", "流水号"],
        ["1", "陈静", "\t6225880123456789012", "招商银行", "10.00", ids[0]],
        ["2", "'=1+1", "\t6225880123456789012", "'@bank", "11.00", ids[1]],
        ["3", "林芳", "\t13800000001", "支付宝", "12.00", ids[2]],
        ["4", "何伟", "'=x@example.com", "支付宝", "13.00", ids[3]],
    ]


def test_a_later_file_leaves_out_what_was_paid(batch, finance, second_finance):
    approve_batch(batch=batch, actor=second_finance)
    download_bank_file(batch=batch, actor=finance)
    batch.refresh_from_db()
    first_time = batch.downloaded_at
    mark_payout_paid(payout=batch.payouts.order_by("pk").first(), actor=finance)

    rows = read(download_bank_file(batch=batch, actor=finance))

    assert [row[4] for row in rows[1:]] == ["11.00", "12.00", "13.00"]
    batch.refresh_from_db()
    assert first_time is not None
    assert batch.downloaded_at == first_time


def test_there_is_no_file_before_a_second_person_approved(batch, finance):
    with pytest.raises(PayoutRefused):
        download_bank_file(batch=batch, actor=finance)

    batch.refresh_from_db()
    assert batch.downloaded_at is None


def test_there_is_no_file_of_a_cancelled_or_settled_batch(batch, finance, second_finance):
    settled = make_batch(
        merchant=batch.merchant,
        withdrawals=[paid_to(batch.merchant, finance, {**CARD, "holder_name": "陈静"}, 5)],
        actor=finance,
    )
    approve_batch(batch=settled, actor=second_finance)
    mark_payout_paid(payout=settled.payouts.get(), actor=finance)
    cancel_batch(batch=batch, actor=finance)

    for each in (batch, settled):
        with pytest.raises(PayoutRefused):
            download_bank_file(batch=each, actor=finance)


def test_account_numbers_are_for_finance_only(batch, second_finance):
    approve_batch(batch=batch, actor=second_finance)
    viewer = StaffMembershipFactory(role="viewer").user

    with pytest.raises(PayoutRefused):
        download_bank_file(batch=batch, actor=viewer)

    batch.refresh_from_db()
    assert batch.downloaded_at is None
