"""The debts of a merchant: totals by age, search, pages, and where each leads."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from apps.commissions.services.stages import run_due
from apps.orders.services.refunds import record_refund
from apps.payouts.models import DebtWriteOff
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory
from tests.payouts.money import incur_debt

PAGE = "/console/debts/"


def test_totals_people_and_their_ages(client, kit):
    old = DistributorFactory(code="OLD", name="老陈")
    incur_debt(old, "7.00", at=timezone.now() - timedelta(days=120))
    incur_debt(old, "2.00", at=timezone.now() - timedelta(days=40))

    answer = client.get(PAGE)

    assert [str(part) for part in answer.context["totals"]] == ["3.00", "2.00", "7.00"]
    assert answer.context["total"] == Decimal("12.00")
    upline = kit.distributor.parent
    assert [row.code for row in answer.context["page"]] == ["OLD", upline.code]
    html = answer.content.decode()
    assert reverse("console:distributor", args=[old.pk]) in html
    assert "120" in html


def test_a_search_narrows_rows_and_totals(client, kit):
    incur_debt(DistributorFactory(name="老陈"), "7.00")

    answer = client.get(PAGE, {"q": "老"})
    nobody = client.get(PAGE, {"q": "nobody at all"})

    assert (len(answer.context["page"]), answer.context["total"]) == (1, Decimal("7.00"))
    assert (len(nobody.context["page"]), nobody.context["total"]) == (0, Decimal("0"))


def test_long_lists_have_pages_and_the_totals_stay(client, kit):
    for _number in range(50):
        incur_debt(DistributorFactory(), "1.00", at=timezone.now() - timedelta(days=1))

    second = client.get(PAGE, {"page": "2", "q": ""})

    assert len(second.context["page"]) == 1
    assert second.context["total"] == Decimal("53.00")


def test_nobody_owes_anything(client, kit):
    DebtWriteOff.objects.all().delete()
    kit.distributor.parent.wallet.accounts.filter(kind="debt").update(balance=0)

    assert client.get(PAGE).context["page"].object_list == []


def test_a_distributors_page_tells_which_refund_it_was(client, kit):
    seller = DistributorFactory()
    order = OrderFactory(
        distributor=seller, completed=True, placed_at=timezone.now() - timedelta(days=40)
    )
    line = OrderLineFactory(order=order, unit_price=Decimal("100.00"))
    run_due(merchant=kit.merchant)
    account = seller.wallet.accounts.get(kind="available")
    assert account.balance == Decimal("12.50")
    account.balance = Decimal("2.50")
    account.save()
    refund = record_refund(order_line=line, amount=Decimal("40.00"))
    run_due(merchant=kit.merchant)

    answer = client.get(reverse("console:distributor", args=[seller.pk]))

    [debt] = answer.context["story"].open_debts
    assert (str(debt.left), debt.commission.refund) == ("2.50", refund)
    html = answer.content.decode()
    assert reverse("console:refund", args=[refund.pk]) in html
    assert reverse("console:propose_write_off", args=[seller.pk]) in html
    waiting = client.get(reverse("console:distributor", args=[kit.distributor.parent_id]))
    assert waiting.context["story"].open_write_off.pk == kit.ids["debtwriteoff"]
    assert reverse("console:propose_write_off", args=[kit.distributor.parent_id]) not in (
        waiting.content.decode()
    )


def test_a_viewer_is_not_offered_to_write_off(client, kit):
    DebtWriteOff.objects.all().delete()
    client.force_login(kit.people["viewer"])

    answer = client.get(reverse("console:distributor", args=[kit.distributor.parent_id]))

    assert len(answer.context["story"].open_debts) == 1
    assert "write-off" not in answer.content.decode().split("</aside>")[-1].split("c-columns")[-1]
