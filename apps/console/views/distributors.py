"""One distributor: the page that tells their story, and what every step of it shares."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.console.forms.steps import ReasonForm
from apps.console.selectors import distributor_story
from apps.console.views.base import StepView, console_page, render_page
from apps.console.views.tree import Day
from apps.distributors.models import Distributor, Level
from apps.distributors.selectors import people_at
from apps.payouts.services.write_offs import PROPOSE

VIEW = "distributors.view_distributor"
CHANGE = "distributors.change_distributor"


@console_page(VIEW)
def distributor(request: HttpRequest, pk: int) -> HttpResponse:
    """Upline chain, team, balances, latest orders and earnings, history, and what can be done."""
    related = ["merchant", "level", "parent", "user"]
    found = get_object_or_404(Distributor.objects.select_related(*related), pk=pk)
    states = Distributor.Status
    day = Day.of(request, found.merchant)
    may_change = request.user.has_perm(CHANGE)
    return render_page(
        request,
        "console/distributor.html",
        str(found),
        story=distributor_story(found),
        distributor=found,
        shop_path=reverse("shop:home", args=[found.shop_code]),
        can_change=may_change,
        can_propose_write_off=request.user.has_perm(PROPOSE),
        can_move=request.user.has_perm("distributors.add_treemove"),
        day=day.day,
        then=_as_of(found, day) if day.moment else None,
        can_simulate=request.user.has_perm("commissions.add_simulation"),
        can_suspend=may_change and found.status == states.ACTIVE,
        can_reinstate=may_change and found.status == states.SUSPENDED,
        can_terminate=may_change and found.status != states.TERMINATED,
        can_ban=request.user.has_perm("distributors.add_ban"),
        can_lift_ban=request.user.has_perm("distributors.change_ban"),
        can_record_violation=request.user.has_perm("price_control.add_violation"),
        has_left=found.status == states.TERMINATED,
    )


def _as_of(person: Distributor, day: Day) -> dict[str, Any]:
    """Upline, level and standing on a past day; without a place for who had not joined yet."""
    people = Distributor.objects.filter(pk=person.pk)
    place = next(iter(people_at(moment=day.moment, people=people)), None)
    if place is None:
        return {"place": None}
    merchant = person.merchant_id
    return {
        "place": place,
        "upline": Distributor.objects.filter(merchant=merchant, code=place.parent).first(),
        "level": Level.objects.filter(merchant=merchant, code=place.level).first(),
        "status_name": Distributor.Status(place.status).label,
    }


class DistributorStep(StepView):
    model = Distributor
    permission = CHANGE
    form_class = ReasonForm

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:distributor", args=[obj.pk])
