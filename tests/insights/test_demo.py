"""The small demo: full of life, in order, and the same on the same day."""

import io
from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django_scopes import scope

from apps.distributors.models import Distributor, LevelCondition, TreeMove
from apps.insights.selectors import ranking
from apps.insights.selectors.reconcile import reconcile
from apps.joining.models import Application
from apps.merchants.models import Merchant
from apps.orders.models import Coupon, Order, OrderLine, Refund
from apps.payments.models import Payment, PaymentFlag, PaymentRefund, TransferProof
from apps.payouts.models import Withdrawal
from apps.price_control.models import Appeal, Violation

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def printed() -> str:
    out = io.StringIO()
    with time_machine.travel(TODAY, tick=False):
        call_command("seed_demo", "--scale", "small", stdout=out)
    return out.getvalue()


def test_the_demo_shows_every_state_and_its_books_are_in_order(printed):
    tea, ware = Merchant.objects.order_by("code")
    assert (tea.code, ware.code) == ("tea", "ware")
    with scope(merchant=tea):
        assert Distributor.objects.count() == 60
        assert OrderLine.objects.count() == 405
        assert set(Order.objects.values_list("status", flat=True)) == set(Order.Status.values)
        assert Order.objects.filter(paid_at__gt=TODAY).count() == 0
        assert Order.objects.filter(completed_at__gt=TODAY).count() == 0
        assert Counter(Withdrawal.objects.values_list("status", flat=True)) == {
            "submitted": 2, "approved": 1, "paying": 2, "paid": 1, "failed": 1,
        }  # fmt: skip
        assert list(reconcile(merchant=tea)) == []
        season = {"date_from": TODAY.date().replace(month=1), "date_to": TODAY.date()}
        first = next(iter(ranking(merchant=tea, by="team_sales", **season)))
        assert first.code == "D001"


def test_its_customers_pay_in_every_way(printed):
    with scope(merchant=Merchant.objects.get(code="tea")):
        payments = Payment.objects.order_by("pk").values_list("provider", "status", "is_applied")
        assert list(payments) == [
            ("wechat", "paid", True),
            ("alipay", "paid", False),
            ("offline", "paid", True),
            ("wechat", "closed", False),
            ("alipay", "paid", True),
        ]
        back = PaymentRefund.objects.order_by("pk").values_list("payment__provider", "status")
        assert list(back) == [("wechat", "done"), ("alipay", "done")]
        assert [each.amount for each in PaymentRefund.objects.order_by("pk")] == [
            each.amount for each in Refund.objects.filter(payment_refund__isnull=False)
        ]
        proofs = TransferProof.objects.order_by("pk").values_list("status", "order__status")
        assert list(proofs) == [("approved", "paid"), ("submitted", "pending")]
        coupons = Coupon.objects.order_by("pk").values_list("code", "used")
        assert list(coupons) == [("SPRING-20", 1), ("HELLO-10", 0)]
        flag = PaymentFlag.objects.get()
        assert (flag.kind, flag.is_open, flag.payment.provider) == ("double", True, "alipay")


def test_its_people_come_move_and_err(printed):
    with scope(merchant=Merchant.objects.get(code="tea")):
        assert Counter(Application.objects.values_list("status", flat=True)) == {
            "submitted": 2, "changes": 1, "rejected": 1,
        }  # fmt: skip
        assert sorted(Violation.objects.values_list("distributor__code", flat=True)) == [
            "D014",
            "D032",
        ]
        assert Appeal.objects.get().violation.distributor.code == "D014"
        assert [move.status for move in TreeMove.objects.all()] == ["proposed"]
        assert Distributor.objects.get(code="D037").status == "suspended"
        assert LevelCondition.objects.count() == 4


def test_everybody_it_names_can_sign_in(printed, client):
    names = [
        line.split()[-2] for line in printed.splitlines() if "/console/" in line or "/me/" in line
    ]
    assert len(names) == 7
    for name in names:
        answer = client.post("/accounts/login/", {"login": name, "password": "fenxiao-2026"})
        assert answer.status_code == 302, name
        client.logout()
    shop = printed.rsplit(" ", 1)[1].strip()
    assert client.get(shop).status_code == 200


def test_the_demo_goes_into_an_empty_database_only(printed):
    with pytest.raises(CommandError, match="There are merchants already"):
        call_command("seed_demo")
    assert Merchant.objects.count() == 2
