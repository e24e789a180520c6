"""One distributor, the tree they stand in, and every step of their standing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.console.forms import ReasonForm
from apps.console.selectors import children_of, distributor_story
from apps.console.views.base import StepView, console_page, render_page
from apps.core.pages import page_of
from apps.distributors.models import Distributor
from apps.payouts.services.write_offs import PROPOSE

VIEW = "distributors.view_distributor"
CHANGE = "distributors.change_distributor"
CHILDREN_PER_PAGE = 50


@console_page(VIEW)
def distributor(request: HttpRequest, pk: int) -> HttpResponse:
    """Upline chain, team, balances, latest orders and earnings, history, and what can be done."""
    related = ["merchant", "level", "parent", "user"]
    found = get_object_or_404(Distributor.objects.select_related(*related), pk=pk)
    states = Distributor.Status
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
        can_simulate=request.user.has_perm("commissions.add_simulation"),
        can_suspend=may_change and found.status == states.ACTIVE,
        can_reinstate=may_change and found.status == states.SUSPENDED,
        can_terminate=may_change and found.status != states.TERMINATED,
        can_ban=request.user.has_perm("distributors.add_ban"),
        can_lift_ban=request.user.has_perm("distributors.change_ban"),
        can_record_violation=request.user.has_perm("price_control.add_violation"),
        has_left=found.status == states.TERMINATED,
    )


@console_page(VIEW)
def tree(request: HttpRequest) -> HttpResponse:
    """The people at the top; everybody below is loaded when asked for."""
    return _tree_page(request, None)


@console_page(VIEW)
def children(request: HttpRequest, pk: int) -> HttpResponse:
    """The people directly below one: a part of the tree for the script, a page without it."""
    return _tree_page(
        request, get_object_or_404(Distributor.objects.select_related("level"), pk=pk)
    )


def _tree_page(request: HttpRequest, parent: Distributor | None) -> HttpResponse:
    page = page_of(request, children_of(parent), CHILDREN_PER_PAGE)
    is_part = "HX-Request" in request.headers
    return render_page(
        request,
        "console/tree_children.html" if is_part else "console/tree.html",
        _("Team of %(name)s") % {"name": parent.name} if parent else _("Team tree"),
        parent=parent,
        uplines=[] if parent is None or is_part else parent.get_ancestors(),
        page=page,
        here=reverse("console:children", args=[parent.pk]) if parent else reverse("console:tree"),
    )


class DistributorStep(StepView):
    model = Distributor
    permission = CHANGE
    form_class = ReasonForm

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:distributor", args=[obj.pk])
