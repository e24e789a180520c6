"""The buttons of the console: each takes one step, and says why when it may not."""

from datetime import datetime
from decimal import Decimal
from json import dumps
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.accounts.services import get_or_create_user
from apps.commissions.models import Commission, Plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import Distributor, DistributorEvent
from apps.ledger.selectors import wallet_balances
from apps.merchants.services import add_staff
from apps.orders.models import Order, Refund
from apps.payouts.models import DebtWriteOff, Payout, PayoutBatch, Withdrawal
from apps.payouts.services import freeze_payouts
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")


def take(client, name, pk, **values):
    return client.post(reverse(f"console:{name}", args=[pk]), values)


def refusals(answer) -> list[str]:
    return answer.context["form"].non_field_errors()


def test_an_order_goes_its_way_in_the_merchants_time(client, kit):
    pk = kit.ids["pending"]

    take(client, "confirm_payment", pk, paid_at="2026-03-01T09:30")
    take(client, "ship_order", pk, tracking_number="SF1")
    answer = take(client, "complete_order", pk, completed_at="2026-03-04T12:00")

    order = Order.objects.get(pk=pk)
    assert answer["Location"] == reverse("console:order", args=[pk])
    assert order.status == Order.Status.COMPLETED
    assert order.paid_at == datetime(2026, 3, 1, 9, 30, tzinfo=SHANGHAI)
    assert order.completed_at == datetime(2026, 3, 4, 12, 0, tzinfo=SHANGHAI)
    assert order.payment_confirmed_by == kit.people["owner"]
    assert order.tracking_number == "SF1"


def test_a_second_click_is_refused_with_the_reason(client, kit):
    pk = kit.ids["pending"]
    take(client, "cancel_order", pk)

    answer = take(client, "confirm_payment", pk)

    assert answer.status_code == 200
    assert len(refusals(answer)) == 1
    assert Order.objects.get(pk=pk).status == Order.Status.CANCELLED


def test_a_refund_takes_back_its_share_and_the_order_page_shows_it(client, kit):
    Refund.objects.filter(pk=kit.ids["refund"]).update(status=Refund.Status.REJECTED)
    before = Decimal("12.50")

    take(client, "refund_line", kit.ids["line"], amount="50.00", quantity="", reason="broken")
    run_due(merchant=kit.merchant)
    story = client.get(reverse("console:order", args=[kit.ids["order"]])).context["story"]

    first = story.lines[0].earnings[0]
    assert first.commission.amount == before
    assert [each.amount for each in first.reversals] == [Decimal("-6.25")]
    assert first.left == Decimal("6.25")
    assert (story.refunded, story.commission) == (Decimal("50.00"), Decimal("8.75"))


def test_more_than_the_line_paid_is_not_refunded(client, kit):
    answer = take(client, "refund_line", kit.ids["line"], amount="100.01")

    assert answer.status_code == 200
    assert len(refusals(answer)) == 1
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "status"), [("complete_refund", "refunded"), ("reject_refund", "rejected")]
)
def test_a_requested_refund_is_settled(client, kit, name, status):
    take(client, name, kit.ids["refund"])

    assert Refund.objects.get(pk=kit.ids["refund"]).status == status


def test_a_refund_is_undone_and_both_pages_show_it(client, kit):
    refund = Refund.objects.get(pk=kit.ids["refund"])
    take(client, "complete_refund", refund.pk)
    run_due(merchant=kit.merchant)

    answer = take(client, "undo_refund", refund.pk, reason="sent back")
    run_due(merchant=kit.merchant)
    again = take(client, "undo_refund", refund.pk)

    undo = Refund.objects.get(undoes=refund)
    assert answer["Location"] == reverse("console:refund", args=[refund.pk])
    assert (undo.amount, undo.reason) == (Decimal("-1.00"), "sent back")
    assert len(refusals(again)) == 1
    before = client.get(reverse("console:refund", args=[refund.pk]))
    after = client.get(reverse("console:refund", args=[undo.pk]))
    order = client.get(reverse("console:order", args=[kit.ids["order"]]))
    assert undo.refund_no in before.content.decode()
    assert refund.refund_no in after.content.decode()
    assert [page.context["can_undo"] for page in (before, after)] == [False, False]
    first = order.context["story"].lines[0].earnings[0]
    assert [each.amount for each in first.reversals] == [Decimal("-0.13"), Decimal("0.13")]
    assert order.content.decode().count(undo.refund_no) == 3


def test_a_paid_order_is_cancelled_and_all_given_back(client, kit):
    pk = kit.ids["pending"]
    assert not client.get(reverse("console:order", args=[pk])).context["can_close"]
    take(client, "confirm_payment", pk)
    asked = client.get(reverse("console:close_order", args=[pk]))

    answer = take(client, "close_order", pk)

    order = Order.objects.get(pk=pk)
    assert "¥100.00" in asked.context["explanation"]
    assert answer["Location"] == reverse("console:order", args=[pk])
    assert order.status == Order.Status.CLOSED
    assert Refund.objects.get(order_line__order=order).amount == Decimal("100.00")
    page = client.get(reverse("console:order", args=[pk]))
    assert (page.context["can_close"], page.context["can_complete"]) == (False, False)
    assert len(refusals(take(client, "close_order", pk))) == 1


def test_standing_changes_with_a_reason_and_leaves_a_trace(client, kit):
    pk, owner = kit.ids["distributor"], kit.people["owner"]
    silver = LevelFactory(code="silver")

    take(client, "change_level", pk, level=silver.pk, reason="sold a lot")
    take(client, "suspend", pk, reason="checking")
    refused = take(client, "suspend", pk, reason="again")
    take(client, "reinstate", pk, reason="all is well")
    take(client, "terminate", pk, reason="left")

    person = Distributor.objects.get(pk=pk)
    events = DistributorEvent.objects.filter(distributor=pk, actor=owner).order_by("pk")
    assert (person.level, person.status) == (silver, Distributor.Status.TERMINATED)
    assert len(refusals(refused)) == 1
    assert list(events.values_list("new_value", "reason")) == [
        ("silver", "sold a lot"),
        ("suspended", "checking"),
        ("active", "all is well"),
        ("terminated", "left"),
    ]


def test_a_sign_in_link_is_shown_once_and_works(client, kit, django_user_model):
    person = kit.distributor.parent

    answer = take(client, "give_sign_in", person.pk)

    person.refresh_from_db()
    assert person.user.phone == person.phone
    assert answer.context["link"].startswith("http://testserver/accounts/welcome/")
    client.logout()
    assert client.get(answer.context["link"]).status_code in (200, 302)


def test_new_staff_set_their_first_password_by_a_link_and_nobody_elses(client, kit):
    fresh = get_or_create_user(phone="+8613900007777", name="New")
    membership = add_staff(merchant=kit.merchant, user=fresh, role="finance")

    first = take(client, "give_staff_sign_in", membership.pk)
    colleague = take(client, "give_staff_sign_in", kit.ids["staffmembership"])

    assert first.context["link"].startswith("http://testserver/accounts/welcome/")
    assert colleague.context["link"] == ""


def test_a_new_member_of_staff_who_sells_for_somebody_else_gets_no_link(client, kit):
    fresh = get_or_create_user(phone="+8613900007778", name="Seller")
    other = MerchantFactory()
    with scope(merchant=other):
        DistributorFactory(user=fresh)
    membership = add_staff(merchant=kit.merchant, user=fresh, role="finance")

    assert take(client, "give_staff_sign_in", membership.pk).context["link"] == ""


def test_the_owner_lets_stopped_payouts_go_on(client, kit):
    freeze = freeze_payouts(merchant=kit.merchant, faults=["account 1: a fault"])
    home = client.get("/console/").content.decode()

    take(client, "clear_freeze", freeze.pk, reason="Counted again")

    freeze.refresh_from_db()
    assert "Payouts are stopped" in home
    assert (freeze.reason, freeze.cleared_at is not None) == ("Counted again", True)
    assert "Payouts are stopped" not in client.get("/console/").content.decode()


def test_a_debt_is_written_off_by_two_people(client, kit):
    DebtWriteOff.objects.all().delete()
    debtor = kit.distributor.parent
    asked = client.get(reverse("console:propose_write_off", args=[debtor.pk]))

    too_much = take(client, "propose_write_off", debtor.pk, amount="3.01", reason="small")
    take(client, "propose_write_off", debtor.pk, amount="2.00", reason="small")
    proposed = DebtWriteOff.objects.get()
    own = take(client, "approve_write_off", proposed.pk)
    page = client.get(reverse("console:write_off", args=[proposed.pk]))
    client.force_login(kit.people["finance"])
    take(client, "approve_write_off", proposed.pk)

    proposed.refresh_from_db()
    assert asked.context["form"].initial == {"amount": Decimal("3.00")}
    assert [len(refusals(each)) for each in (too_much, own)] == [1, 1]
    assert (page.context["can_approve"], page.context["needs_somebody_else"]) == (False, True)
    assert (proposed.status, proposed.decided_by) == ("approved", kit.people["finance"])
    assert wallet_balances(debtor)["debt"] == Decimal("1.00")


def test_a_write_off_is_rejected_with_an_answer(client, kit):
    take(client, "reject_write_off", kit.ids["debtwriteoff"], reason="not yet")

    found = DebtWriteOff.objects.get()
    assert (found.status, found.answer, found.decided_by) == (
        "rejected", "not yet", kit.people["owner"],
    )  # fmt: skip
    assert wallet_balances(kit.distributor.parent)["debt"] == Decimal("3.00")


def test_what_the_stages_look_for_wakes_them_up(client, kit, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as wakes:
        take(client, "ship_order", kit.ids["pending"])
        take(client, "confirm_payment", kit.ids["pending"])
    assert len(wakes) == 1


def test_a_rejected_withdrawal_gives_the_money_back(client, kit):
    pk = kit.ids["withdrawal"]
    before = wallet_balances(kit.distributor)["available"]

    without_reason = take(client, "reject_withdrawal", pk, reason="")
    take(client, "reject_withdrawal", pk, reason="wrong account")

    assert without_reason.status_code == 200
    assert Withdrawal.objects.get(pk=pk).status == Withdrawal.Status.REJECTED
    assert wallet_balances(kit.distributor)["available"] == before + Decimal("2.00")


def test_a_batch_is_approved_by_somebody_else_downloaded_and_settled(client, kit):
    pk = kit.ids["withdrawal"]
    take(client, "approve_withdrawal", pk)
    take(client, "pay_withdrawal", pk)
    batch = PayoutBatch.objects.get(status=PayoutBatch.Status.DRAFT)

    own = take(client, "approve_batch", batch.pk)
    client.force_login(kit.people["finance"])
    take(client, "approve_batch", batch.pk)
    file = take(client, "bank_file", batch.pk)
    take(client, "mark_failed", batch.payouts.get().pk, reason="account closed")

    batch.refresh_from_db()
    line = Payout.objects.get(batch=batch)
    assert len(refusals(own)) == 1
    assert file["Content-Disposition"] == f'attachment; filename="payout-{batch}.csv"'
    assert file.content.decode("utf-8-sig").splitlines()[0].startswith("序号,收款人,收款账号")
    assert (batch.status, line.status, line.reason) == ("settled", "failed", "account closed")
    assert batch.approved_by == kit.people["finance"]


def test_all_waiting_lines_are_marked_at_once(client, kit):
    take(client, "mark_all_paid", kit.ids["payoutbatch"])

    assert Payout.objects.get(pk=kit.ids["payout"]).status == Payout.Status.PAID
    assert PayoutBatch.objects.get(pk=kit.ids["payoutbatch"]).status == PayoutBatch.Status.SETTLED


def test_withdrawals_are_approved_and_batched_from_the_list(client, kit):
    pk = kit.ids["withdrawal"]
    page = reverse("admin:payouts_withdrawal_changelist")

    client.post(page, {"action": "approve_selected", "_selected_action": [pk]})
    answer = client.post(page, {"action": "pay_selected", "_selected_action": [pk]})

    batch = PayoutBatch.objects.get(status=PayoutBatch.Status.DRAFT)
    assert answer["Location"] == reverse("console:batch", args=[batch.pk])
    assert batch.payouts.get().withdrawal_id == pk


def test_a_viewer_finds_no_bulk_actions(client, kit):
    client.force_login(kit.people["viewer"])

    page = client.get(reverse("admin:payouts_withdrawal_changelist"))

    assert page.context["action_form"] is None


def test_a_plan_of_two_depths_shows_the_compliance_text_and_wants_a_name(client, kit):
    pk = kit.ids["draft"]

    page = client.get(
        reverse("console:activate_plan", args=[pk]), headers={"accept-language": "en"}
    )
    refused = take(client, "activate_plan", pk)
    take(client, "activate_plan", pk, acknowledged="on", acknowledged_by="Chen Guoping")

    plan = Plan.objects.get(pk=pk)
    assert "State Council Decree 444" in page.content.decode()
    assert refused.status_code == 200
    assert refused.context["form"].errors.keys() == {"acknowledged", "acknowledged_by"}
    assert (plan.acknowledged_by, plan.activated_by) == ("Chen Guoping", kit.people["owner"])


def test_a_wrong_plan_document_is_refused_by_path(client, kit):
    answer = client.post(
        reverse("console:new_plan_json"),
        {"document": '{"name": "x", "depths": 1, "rules": [{"depth": 1, "percent": "101"}]}'},
    )

    assert [problem.path for problem in answer.context["problems"]] == ["rules[0].percent"]
    assert Plan.objects.count() == 2


def test_a_plan_lists_its_rules_most_specific_first(client, kit):
    rules = [
        {"depth": 2, "percent": "5"},
        {"depth": 1, "percent": "10"},
        {"depth": 1, "level": "gold", "percent": "12"},
        {"depth": 1, "sku": kit.sku.code, "amount": "8.00"},
    ]
    document = {"name": "Summer", "depths": 2, "rules": rules}
    saved = client.post(reverse("console:new_plan_json"), {"document": dumps(document)})
    shown = client.get(saved["Location"]).context["rules"]

    assert [(each["depth"], each["target"], each["level"]) for each in shown] == [
        (1, kit.sku.code, ""),
        (1, "", "Gold"),
        (1, "", ""),
        (2, "", ""),
    ]
    assert Commission.objects.count() == 2
