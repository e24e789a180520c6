"""Changing somebody's upline on the console: choose, preview, ask, approve, cancel, undo."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.commissions.models import Simulation
from apps.commissions.services.simulations import run_simulation
from apps.distributors.models import Distributor, DistributorEvent, TreeMove
from apps.distributors.services.move_policy import approval_above, save_move_policy
from apps.distributors.services.move_requests import propose_move
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory


@pytest.fixture
def new(kit):
    return DistributorFactory(code="NEW", name="赵敏")


def change(client, person, data=None, **query):
    address = reverse("console:change_upline", args=[person.pk])
    if data is None:
        return client.get(address, query)
    return client.post(address, {"reason": "Brought by them", "request_key": "k"} | data)


def ask(kit, new, by="operator", key="asked", **values):
    return propose_move(
        distributor=kit.distributor,
        parent=new,
        reason="Brought by them",
        actor=kit.people[by],
        request_key=key,
        **values,
    )


def step(client, name, move, **data):
    return client.post(reverse(f"console:{name}_move", args=[move.pk]), data)


def page(client, move):
    return client.get(reverse("console:move", args=[move.pk]))


def upline(kit):
    return Distributor.objects.get(pk=kit.distributor.pk).parent


def test_the_new_upline_is_searched_for_and_who_cannot_be_it_says_why(client, kit, new):
    child = Distributor.objects.get(parent=kit.distributor)

    by_name = change(client, kit.distributor, q="赵").context["found"]
    in_team = change(client, kit.distributor, q=child.code).context["found"]
    nobody = change(client, kit.distributor, q="nobody at all")

    assert by_name == [(new, "")]
    ((found, refusal),) = in_team
    assert (found, bool(refusal)) == (child, True)
    assert "nobody at all" in nobody.content.decode()
    assert change(client, kit.distributor).context["preview"] is None


def test_the_preview_tells_size_place_approval_and_open_orders(client, kit, new):
    OrderFactory(distributor=kit.distributor)

    preview = change(client, kit.distributor, to=new.pk).context["preview"]

    assert (preview["size"], preview["limit"], preview["needs_approval"]) == (2, 20, False)
    assert preview["uplines"] == [new]
    assert (preview["orders"].waiting, preview["orders"].unpaid) == (1, 2)
    assert preview["refusal"] == ""
    save_move_policy(merchant=kit.merchant, approval_above=1)
    assert change(client, kit.distributor, to="top").context["preview"]["needs_approval"]


def test_who_gains_and_loses_is_computed_and_shown_before_asking(client, kit, new):
    preview = change(client, kit.distributor, to=new.pk).context["preview"]
    assert preview["simulation"] is None
    days = {"date_from": preview["date_from"] - timedelta(days=30), "date_to": preview["date_to"]}
    address = reverse("console:rehearse_move", args=[kit.distributor.pk])
    client.post(address, {"upline": new.code, "plan": ""} | days)
    asked = Simulation.objects.latest("pk")
    run_simulation(simulation_id=asked.pk)

    shown = change(client, kit.distributor, to=new.pk)

    result = shown.context["preview"]["simulation"]["result"]
    assert [each["code"] for each in result["winners"]] == ["NEW"]
    assert [each["code"] for each in result["losers"]] == [upline(kit).code]
    assert "¥5.00" in shown.content.decode()
    back = client.get(reverse("console:simulation", args=[asked.pk])).content.decode()
    assert f"{reverse('console:change_upline', args=[kit.distributor.pk])}?to={new.pk}" in back
    move = ask(kit, new, effective_at=timezone.now() + timedelta(days=1))
    assert "¥5.00" in page(client, move).content.decode()


def test_a_small_team_is_moved_by_one_form(client, kit, new):
    answer = change(client, kit.distributor, {"to": new.pk, "effective_at": ""})

    move = TreeMove.objects.latest("pk")
    assert answer["Location"] == reverse("console:move", args=[move.pk])
    assert (move.status, move.requested_by) == ("done", kit.people["owner"])
    assert upline(kit) == new
    # The same form sent twice is one move.
    again = change(client, kit.distributor, {"to": new.pk, "effective_at": ""})
    assert again["Location"] == answer["Location"]
    assert DistributorEvent.objects.filter(field="parent").count() == 1
    assert page(client, move).context["can_undo"]


def test_to_the_top_and_on_a_later_day(client, kit):
    moment = timezone.localtime() + timedelta(days=3)

    change(
        client,
        kit.distributor,
        {"to": "top", "effective_at": moment.strftime("%Y-%m-%dT%H:%M")},
    )

    move = TreeMove.objects.latest("pk")
    assert (move.status, move.new_parent) == ("approved", None)
    assert move.effective_at == moment.replace(second=0, microsecond=0)
    shown = client.get(reverse("console:distributor", args=[kit.distributor.pk]))
    assert shown.context["story"].open_move == move
    assert reverse("console:move", args=[move.pk]) in shown.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"to": "nonsense"},
        {"to": ""},
        {"to": "999999999"},
        {"to": "top", "reason": ""},
        {"to": "top", "effective_at": "2020-01-01T10:00"},
        {"to": "child"},
    ],
)
def test_a_refusal_is_shown_in_the_form_and_changes_nothing(client, kit, data):
    if data["to"] == "child":
        data = {"to": Distributor.objects.get(parent=kit.distributor).pk}
    before = list(TreeMove.objects.values_list()), list(Distributor.objects.values_list())

    answer = change(client, kit.distributor, data)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert (
        list(TreeMove.objects.values_list()),
        list(Distributor.objects.values_list()),
    ) == before


def test_another_merchants_person_cannot_be_chosen(client, kit):
    with scope(merchant=MerchantFactory()):
        stranger = DistributorFactory(code="THEIRS")
    before = list(TreeMove.objects.values_list())

    assert change(client, kit.distributor, q="THEIRS").context["found"] == []
    assert change(client, kit.distributor, to=stranger.pk).context["preview"] is None
    answer = change(client, kit.distributor, {"to": stranger.pk})

    assert "to" in answer.context["form"].errors
    assert list(TreeMove.objects.values_list()) == before
    # Not even a platform owner who stands outside of every merchant's walls.
    client.force_login(User.objects.create_superuser(email="owner@example.com", password="x"))
    outside = change(client, kit.distributor, {"to": stranger.pk})
    assert "to" in outside.context["form"].errors
    assert list(TreeMove.objects.values_list()) == before


def test_who_asked_does_not_approve(client, kit, new):
    save_move_policy(merchant=kit.merchant, approval_above=0)
    move = ask(kit, new)
    client.force_login(kit.people["operator"])

    shown = page(client, move)
    refused = step(client, "approve", move)

    assert shown.context["needs_somebody_else"]
    assert not shown.context["can_approve"]
    assert shown.context["can_cancel"]
    assert len(refused.context["form"].non_field_errors()) == 1
    assert upline(kit) != new
    client.force_login(kit.people["owner"])
    assert page(client, move).context["can_approve"]
    step(client, "approve", move)
    assert upline(kit) == new


def test_rejected_cancelled_and_undone_with_a_reason(client, kit, new):
    save_move_policy(merchant=kit.merchant, approval_above=0)
    first, old = ask(kit, new), upline(kit)
    assert step(client, "reject", first, reason="").context["form"].errors
    step(client, "reject", first, reason="Not now")
    second = ask(kit, new, key="two")
    step(client, "cancel", second, reason="My mistake")
    save_move_policy(merchant=kit.merchant, approval_above=20)
    third = ask(kit, new, key="three")
    step(client, "undo", third, reason="Wrong person", request_key="undo")

    states = TreeMove.objects.filter(distributor=kit.distributor).order_by("pk")
    assert list(states.values_list("status", flat=True)) == [
        "rejected",
        "cancelled",
        "undone",
        "done",
    ]
    assert upline(kit) == old
    told = page(client, first).content.decode()
    assert "Not now" in told
    assert "Wrong person" in page(client, third).content.decode()
    assert not page(client, third).context["can_undo"]


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_who_may_only_look_is_offered_nothing(client, kit, new, role):
    save_move_policy(merchant=kit.merchant, approval_above=0)
    move = ask(kit, new)
    client.force_login(kit.people[role])

    shown = page(client, move).context
    person = client.get(reverse("console:distributor", args=[kit.distributor.pk])).content.decode()

    assert not any(
        shown[name]
        for name in ("can_approve", "can_reject", "can_cancel", "can_undo", "can_set_limit")
    )
    assert reverse("console:change_upline", args=[kit.distributor.pk]) not in person


def test_the_owner_sets_the_limit(client, kit):
    address = reverse("console:set_move_limit", args=[kit.merchant.pk])
    assert client.get(address).context["form"].initial == {"approval_above": 20}

    client.post(address, {"approval_above": "5"})
    assert approval_above(kit.merchant) == 5
    assert client.post(address, {"approval_above": "-1"}).context["form"].errors
    assert client.post(address, {"approval_above": "2000000"}).context["form"].errors
    client.force_login(kit.people["operator"])
    assert client.post(address, {"approval_above": "9"}).status_code == 403
    assert approval_above(kit.merchant) == 5


def test_the_list_filters_by_state_and_the_home_page_counts(client, kit, new):
    save_move_policy(merchant=kit.merchant, approval_above=0)
    move = ask(kit, new)

    listed = client.get(
        reverse("admin:distributors_treemove_changelist"), {"status__exact": "proposed"}
    )
    home = client.get("/console/")

    assert list(listed.context["cl"].result_list) == [move]
    assert reverse("console:move", args=[move.pk]) in listed.content.decode()
    assert home.context["to_do"].moves == 1
