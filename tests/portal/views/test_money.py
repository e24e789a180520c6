"""Earnings, and taking money out."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.commissions.services.stages import run_due
from apps.orders.services.refunds import record_refund
from apps.payouts.models import Withdrawal
from apps.payouts.services import save_payout_account
from apps.portal.selectors import balances_of
from tests.factories import DistributorFactory
from tests.payouts.money import fund, incur_debt

WITHDRAW = "/me/withdraw/"


@pytest.fixture
def funded(distributor):
    """Has ¥100.00 available and a bank card."""
    save_payout_account(
        distributor=distributor, method="bank", holder_name="陈静", bank_name="招商银行",
        number="6225880123456789",
    )  # fmt: skip
    fund(distributor, "100.00")
    return distributor


def ask(client, amount, key=None):
    return client.post(WITHDRAW, {"amount": amount, "request_key": key or uuid.uuid4()})


class TestWithdraw:
    def test_everything_available_is_proposed_with_a_fresh_key(self, client, funded):
        html = client.get(WITHDRAW).content.decode()

        assert re.search(r'name="amount" value="100.00"', html)
        keys = set()
        for _number in range(2):
            html = client.get(WITHDRAW).content.decode()
            keys.add(re.search(r'name="request_key" value="([0-9a-f-]{36})"', html)[1])
        assert len(keys) == 2

    def test_the_money_is_set_aside(self, client, funded):
        response = ask(client, "60.50")

        assert (response.status_code, response.url) == (302, "/me/withdrawals/")
        balances = balances_of(funded)
        assert (balances.available, balances.withdrawing) == (Decimal("39.50"), Decimal("60.50"))

    def test_a_second_press_is_the_same_request(self, client, funded):
        key = uuid.uuid4()
        ask(client, "60.00", key)
        response = ask(client, "60.00", key)

        assert response.status_code == 302
        assert Withdrawal.objects.get().amount == Decimal("60.00")
        assert balances_of(funded).available == Decimal("40.00")

    @pytest.mark.parametrize(
        "amount", ["100.01", "0.99", "0", "-5", "1.234", "abc", "", "NaN", "1e99"]
    )
    def test_what_is_refused_changes_nothing_and_says_why(self, client, funded, amount):
        response = ask(client, amount)

        assert response.status_code == 200
        assert re.search(r'class="(errorlist|notice notice-bad)', response.content.decode())
        assert not Withdrawal.objects.exists()
        assert balances_of(funded).available == Decimal("100.00")

    def test_a_debt_stops_it(self, client, funded):
        incur_debt(funded, "1.00")

        response = ask(client, "10.00")

        assert len(response.context["form"].non_field_errors()) == 1
        assert not Withdrawal.objects.exists()

    @pytest.mark.parametrize("page", [WITHDRAW, "/me/earnings/"])
    def test_a_debt_is_shown_with_its_age_and_the_refund_behind_it(
        self, client, distributor, sell, merchant, page
    ):
        earlier = timezone.now() - timedelta(days=40)
        [line] = sell(distributor, completed=True, placed_at=earlier)
        fund_account = distributor.wallet.accounts.get(kind="available")
        assert fund_account.balance == Decimal("12.50")
        type(fund_account).objects.filter(pk=fund_account.pk).update(balance=0)
        record_refund(
            order_line=line, amount=Decimal("40.00"), refunded_at=timezone.now() - timedelta(days=3)
        )
        run_due(merchant=merchant)

        response = client.get(page)

        [debt] = response.context["open_debts"]
        assert (str(debt.left), debt.days) == ("5.00", 3)
        html = response.content.decode()
        assert reverse("portal:order", args=[line.order_id]) in html
        assert f"{debt.at.astimezone(merchant.zone):%Y-%m-%d}" in html

    def test_without_an_account_the_way_to_one_is_shown(self, client, distributor):
        fund(distributor, "100.00")

        assert reverse("portal:payout_account") in client.get(WITHDRAW).content.decode()
        ask(client, "10.00")
        assert not Withdrawal.objects.exists()

    def test_the_form_needs_its_token(self, funded):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(funded.user)

        assert ask(strict, "10.00").status_code == 403
        assert not Withdrawal.objects.exists()


class TestWithdrawals:
    def test_states_and_reasons_of_mine_only(self, client, funded):
        ask(client, "10.00")
        Withdrawal.objects.update(status="rejected", reason="姓名不符")
        other = DistributorFactory()
        Withdrawal.objects.create(
            merchant=other.merchant,
            distributor=other,
            request_key="x",
            amount="5.00",
            payout_account=Withdrawal.objects.get().payout_account,
        )

        response = client.get(reverse("portal:withdrawals"))

        assert [each.distributor_id for each in response.context["page"]] == [funded.pk]
        assert "姓名不符" in response.content.decode()


class TestEarnings:
    def test_the_sum_is_of_everything_that_matches(self, client, distributor, sell):
        sell(distributor, 25)

        response = client.get(reverse("portal:earnings"), {"show": "pending"})

        assert response.context["total"] == Decimal("312.50")
        assert len(response.context["page"]) == 20

    def test_a_period_turned_round_is_named_and_ignored(self, client, distributor, sell):
        sell(distributor)

        response = client.get(
            reverse("portal:earnings"), {"first": "2026-05-02", "last": "2026-05-01"}
        )

        assert len(response.context["form"].non_field_errors()) == 1
        assert response.context["total"] == Decimal("12.50")

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "soon"])
    def test_a_day_that_is_none_is_named_and_ignored(self, client, distributor, sell, day):
        sell(distributor)

        response = client.get(reverse("portal:earnings"), {"first": day, "last": day})

        assert list(response.context["form"].errors) == ["first", "last"]
        assert response.context["total"] == Decimal("12.50")

    def test_other_parameters_stay_when_the_tab_changes(self, client):
        html = client.get(reverse("portal:earnings"), {"first": "2026-05-01"}).content.decode()

        assert 'href="?first=2026-05-01&amp;show=pending"' in html
