"""The finance desk when something goes wrong: a second pair of eyes, and a payment that fails."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.insights.selectors.reconcile import reconcile
from apps.payouts.models import PayoutBatch
from apps.payouts.services import (
    approve_withdrawal,
    make_batch,
    request_withdrawal,
    save_payout_account,
)
from tests.payouts.money import fund


@pytest.fixture
def batch(house) -> PayoutBatch:
    """王芳's ¥40.00 of ¥100.00, in a batch that finance made."""
    with scope(merchant=house.merchant):
        fund(house.seller, "100.00")
        save_payout_account(
            distributor=house.seller, method="bank", holder_name="王芳", bank_name="招商银行",
            number="6225880123456789012",
        )  # fmt: skip
        withdrawal = request_withdrawal(
            distributor=house.seller, amount=Decimal("40.00"), request_key="one"
        )
        approve_withdrawal(withdrawal=withdrawal, actor=house.finance)
        return make_batch(merchant=house.merchant, withdrawals=[withdrawal], actor=house.finance)


def test_the_maker_cannot_approve_their_own_batch(house, batch, office):
    finance = office(house.finance)

    finance.open(reverse("console:batch", args=[batch.pk]))
    finance.sees("You made this batch: somebody else must approve it.")
    assert not finance.page.get_by_role("link", name="Approve batch").count()

    finance.open(reverse("console:approve_batch", args=[batch.pk]))
    finance.press("Approve batch")

    assert finance.path == reverse("console:approve_batch", args=[batch.pk])
    finance.sees("Somebody else must approve a batch that you made.")
    batch.refresh_from_db()
    assert (batch.status, batch.approved_by) == (PayoutBatch.Status.DRAFT, None)


def test_a_failed_payout_returns_the_money_and_says_why(house, batch, office, visit):
    owner = office(house.owner, language="zh-hans")
    owner.open(reverse("console:batch", args=[batch.pk]))
    owner.follow("Approve batch")
    owner.press("Approve batch")
    owner.follow("Failed")
    owner.press("Mark as failed")
    # The browser itself insists on a reason.
    assert owner.page.locator('[name="reason"]:invalid').count() == 1
    owner.fill(reason="收款账号与户名不符")
    owner.press("Mark as failed")
    owner.sees(
        owner.text("Line marked as failed; the money is available again."), "收款账号与户名不符"
    )

    seller = visit(user=house.seller.user)
    seller.open(reverse("portal:home"))
    assert seller.shown(".hero .figure") == "¥100.00"
    seller.open(reverse("portal:withdrawals"))
    seller.sees("¥40.00", "收款账号与户名不符")
    assert seller.page.locator(".facts dd").all_inner_texts() == ["¥100.00", "¥0.00", "¥0.00"]
    with scope(merchant=house.merchant):
        faults = {fault.check for fault in reconcile(merchant=house.merchant)}
    # The money here was given without a commission behind it; everything else agrees.
    assert faults == {"released_equals_balances"}
