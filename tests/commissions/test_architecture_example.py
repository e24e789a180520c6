"""The order that docs/architecture.md follows through the house, with its figures."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.commissions.models import Commission
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.selectors import wallet_balances
from apps.orders.services.progress import complete_order, confirm_payment
from apps.orders.services.refunds import record_refund
from apps.orders.services.shop import place_shop_order
from tests.factories import DistributorFactory, SkuFactory, StaffMembershipFactory
from tests.flows.command_line import withdraw_and_pay

pytestmark = pytest.mark.django_db
PLAN = {
    "name": "Plan",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}],
}


def rows(person) -> list[Decimal]:
    return list(Commission.objects.filter(beneficiary=person).values_list("amount", flat=True))


def test_the_story_in_the_architecture_page(merchant):
    operator = StaffMembershipFactory().user
    b = DistributorFactory(parent=DistributorFactory())
    a = b.parent
    sku = SkuFactory(price=Decimal("100.00"), stock=10)
    now = timezone.now()
    plan = draft_plan(merchant=merchant, content=PLAN)
    activate_plan(plan=plan, effective_from=now - timedelta(days=1), acknowledged_by="Owner")

    order = place_shop_order(
        merchant=merchant, distributor=b, items={sku.pk: 2}, recipient_name="Customer",
        recipient_phone="13700000001", address="Street 1", request_key="once",
    )  # fmt: skip
    sku.refresh_from_db()
    assert sku.stock == 8
    order = confirm_payment(order=order, actor=operator)
    run_due(merchant=merchant)
    assert [rows(b), rows(a)] == [[Decimal("20.00")], [Decimal("10.00")]]

    line = order.lines.get()
    record_refund(order_line=line, amount=Decimal("100.00"), quantity=1)
    run_due(merchant=merchant)
    assert [rows(b)[1], rows(a)[1]] == [Decimal("-10.00"), Decimal("-5.00")]
    assert wallet_balances(b)["pending"] == Decimal("10.00")

    order = complete_order(order=order, actor=operator)
    run_due(merchant=merchant, as_of=order.completed_at + timedelta(days=7))
    assert wallet_balances(b)["available"] == Decimal("10.00")

    withdraw_and_pay(merchant, b, Decimal("10.00"), key="once")
    assert wallet_balances(b)["paid"] == Decimal("10.00")
    assert list(reconcile(merchant=merchant)) == []
