"""Asking for a simulation in the console, and reading what it came to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.commissions.models import Simulation
from apps.commissions.services.simulations import run_simulation
from apps.distributors.models import Distributor
from tests.factories import DistributorFactory, MerchantFactory


def page(client, pk, **headers):
    return client.get(reverse("console:simulation", args=[pk]), headers=headers)


def period(**values):
    today = timezone.now().date()
    return {"date_from": today - timedelta(days=50), "date_to": today} | values


def test_a_plan_is_simulated_and_its_page_tells_the_result(client, kit):
    asking = client.get(reverse("console:simulate_plan", args=[kit.ids["draft"]]))
    form = asking.context["form"]
    assert (form["date_to"].initial - form["date_from"].initial).days == 29

    answer = client.post(reverse("console:simulate_plan", args=[kit.ids["draft"]]), period())

    asked = Simulation.objects.latest("pk")
    assert answer["Location"] == reverse("console:simulation", args=[asked.pk])
    assert asked.asked_by == kit.people["owner"]
    open_page = page(client, asked.pk)
    assert 'data-live="on"' in open_page.content.decode()

    run_simulation(simulation_id=asked.pk)
    shown = page(client, asked.pk)
    content = shown.content.decode()
    assert 'data-live="off"' in content
    assert shown.context["result"]["orders"] == 1
    assert "¥17.50" in content
    assert 'class="chart"' in content


def test_the_part_that_the_script_asks_for_has_no_frame(client, kit):
    content = page(client, kit.ids["simulation"], hx_request="true").content.decode()
    assert "<html" not in content
    assert 'data-live="off"' in content


def test_a_move_is_simulated_under_a_plan_or_as_it_was(client, kit):
    other = DistributorFactory()
    address = reverse("console:rehearse_move", args=[kit.ids["distributor"]])

    client.post(address, period(upline=other.code))
    client.post(address, period(upline="", plan=kit.ids["draft"]))

    to_top, under = Simulation.objects.order_by("-pk")[:2]
    assert (under.moved_id, under.new_parent, under.plan) == (kit.ids["distributor"], other, None)
    assert (to_top.new_parent, to_top.plan_id) == (None, kit.ids["draft"])
    run_simulation(simulation_id=under.pk)
    (winner,) = page(client, under.pk).context["result"]["winners"]
    assert (winner["code"], winner["difference"]) == (other.code, "5.00")


def test_a_circle_and_a_code_of_nobody_are_refused_in_the_form(client, kit):
    count = Simulation.objects.count()
    stranger = DistributorFactory(merchant=MerchantFactory(), code="theirs")
    below = Distributor.objects.get(parent=kit.ids["distributor"])
    address = reverse("console:rehearse_move", args=[kit.ids["distributor"]])

    circle = client.post(address, period(upline=below.code))
    unknown = client.post(address, period(upline=stranger.code))
    backwards = client.post(address, period(date_to="2026-01-01", upline=""))

    assert len(circle.context["form"].non_field_errors()) == 1
    assert "upline" in unknown.context["form"].errors
    assert len(backwards.context["form"].non_field_errors()) == 1
    assert Simulation.objects.count() == count


def test_a_period_without_orders_says_so(client, kit):
    asked = Simulation.objects.get(pk=kit.ids["simulation"])
    Simulation.objects.filter(pk=asked.pk).update(status="waiting", date_to=asked.date_from)
    run_simulation(simulation_id=asked.pk)

    content = page(client, asked.pk).content.decode()

    assert "c-empty" in content
    assert "<canvas" not in content


def test_a_failed_one_tells_why(client, kit):
    Simulation.objects.filter(pk=kit.ids["simulation"]).update(
        status="failed", result=None, error="The reason"
    )
    assert "The reason" in page(client, kit.ids["simulation"]).content.decode()


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_who_may_only_look_is_not_offered_to_ask(client, kit, role):
    client.force_login(kit.people[role])

    plan = client.get(reverse("console:plan", args=[kit.ids["draft"]])).content.decode()

    assert reverse("console:simulate_plan", args=[kit.ids["draft"]]) not in plan
    assert page(client, kit.ids["simulation"]).status_code == 200
