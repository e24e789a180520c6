"""Changing somebody's upline: choose, look at what it does, ask, approve, undo."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_scopes import scope

from apps.commissions.models import Simulation
from apps.console.forms.people import ChangeUplineForm, MovePolicyForm, UndoMoveForm
from apps.console.forms.steps import ReasonForm
from apps.console.selectors import move_simulation, team_orders
from apps.console.views.base import MerchantStep, StepView, console_page, render_page
from apps.distributors.models import Distributor, TreeMove
from apps.distributors.selectors import find_people
from apps.distributors.services.move_policy import approval_above, save_move_policy
from apps.distributors.services.move_requests import (
    approve_move,
    cancel_move,
    propose_move,
    propose_undoing,
    reject_move,
    team_size,
    why_not_under,
    why_not_undone,
)
from apps.merchants.models import Merchant

VIEW = "distributors.view_treemove"
ASK = "distributors.add_treemove"
ANSWER = "distributors.change_treemove"
SET_LIMIT = "distributors.change_movepolicy"
SIMULATE = "commissions.add_simulation"
FOUND = 20
# What a rehearsal of a move looks back on.
DAYS = 30
Status = TreeMove.Status


class ChangeUpline(StepView):
    """Two questions on one address: who shall be the upline, and then why and from when on."""

    model = Distributor
    permission = ASK
    title = gettext_lazy("Change upline")
    button = gettext_lazy("Change upline")

    def get_object(self, pk: int) -> Distributor:
        related = ["merchant", "parent", "level"]
        return get_object_or_404(Distributor.objects.select_related(*related), pk=pk)

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        initial = {"to": self.request.GET.get("to", ""), "request_key": uuid4().hex}
        return ChangeUplineForm(data, initial=initial)

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        move = propose_move(
            distributor=obj,
            parent=values["to"],
            reason=values["reason"],
            effective_at=values["effective_at"],
            request_key=values["request_key"],
            actor=self.request.user,
        )
        return _told(self.request, move)

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:distributor", args=[obj.pk])

    def ask(self, obj: Distributor, form: Form) -> HttpResponse:
        with scope(merchant=obj.merchant):
            to = form["to"].value() or ""
            target = _chosen(to)
            is_chosen = target is not None or to == ChangeUplineForm.TOP
            search = self.request.GET.get("q", "").strip()
            return render_page(
                self.request,
                "console/change_upline.html",
                self.title,
                subtitle=str(obj),
                person=obj,
                form=form,
                search=search,
                found=[
                    (each, why_not_under(obj, each))
                    for each in find_people(text=search, limit=FOUND)
                ],
                is_full=FOUND,
                to_top=ChangeUplineForm.TOP,
                is_chosen=is_chosen,
                preview=_preview(obj, target, self.request) if is_chosen else None,
                way_back=self.way_back(obj),
            ).render()


def _chosen(to: str) -> Distributor | None:
    people = Distributor.objects.select_related("level", "parent", "merchant")
    return people.filter(pk=to).first() if to.isdecimal() else None


def _preview(person: Distributor, target: Distributor | None, request: HttpRequest) -> dict:
    """What the move would do, before anybody asks for it."""
    size, limit = team_size(person), approval_above(person.merchant)
    today = timezone.now().astimezone(person.merchant.zone).date()
    return {
        "target": target,
        "uplines": list(target.get_ancestors(include_self=True)) if target else [],
        "refusal": why_not_under(person, target),
        "size": size,
        "limit": limit,
        "needs_approval": size > limit,
        "orders": team_orders(person),
        "simulation": _simulation_of(move_simulation(person, target)),
        "can_simulate": request.user.has_perm(SIMULATE),
        "date_from": today - timedelta(days=DAYS - 1),
        "date_to": today,
    }


def _simulation_of(simulation: Simulation | None) -> dict[str, Any] | None:
    """A rehearsal as the pages of moves show it."""
    if simulation is None:
        return None
    is_open = simulation.status in (Simulation.Status.WAITING, Simulation.Status.RUNNING)
    return {"row": simulation, "result": simulation.result, "is_open": is_open}


def _told(request: HttpRequest, move: TreeMove) -> HttpResponse:
    """To the move's page, with what has become of it."""
    if move.status == Status.DONE:
        messages.success(request, _("The upline is changed."))
    elif move.status == Status.APPROVED:
        moment = date_format(timezone.localtime(move.effective_at), "DATETIME_FORMAT")
        messages.success(
            request, _("The upline will be changed on %(moment)s.") % {"moment": moment}
        )
    else:
        messages.warning(request, _("Asked for. Somebody else must approve it before it happens."))
    return redirect("console:move", move.pk)


@console_page(VIEW)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of upline: what it does, how far it has come, and what can be done by whom."""
    related = [
        "merchant",
        "distributor",
        "old_parent",
        "new_parent",
        "requested_by",
        "approved_by",
        "closed_by",
        "undoes",
    ]
    found = get_object_or_404(TreeMove.objects.select_related(*related), pk=pk)
    user = request.user
    with scope(merchant=found.merchant):
        why_not = why_not_undone(found) if found.status == Status.DONE else ""
        simulation = move_simulation(found.distributor, found.new_parent, found.done_at)
        return render_page(
            request,
            "console/move.html",
            _("Change of upline %(number)s") % {"number": found},
            subtitle=str(found.distributor),
            move=found,
            undoing=found.undoings.order_by("-pk").first(),
            orders=team_orders(found.distributor) if found.is_open else None,
            simulation=_simulation_of(simulation),
            currency=found.merchant.currency,
            why_not_undone=why_not,
            **_open_to(user, found, why_not),
        ).render()


def _open_to(user: Any, found: TreeMove, why_not: str) -> dict[str, bool]:
    """Which steps are open to this member of staff."""
    may_answer = user.has_perm(ANSWER)
    awaits = found.status == Status.PROPOSED and may_answer
    is_own = found.requested_by_id == user.pk
    return {
        "can_approve": awaits and not is_own,
        "can_reject": awaits and not is_own,
        "can_cancel": found.is_open and may_answer,
        "can_undo": found.status == Status.DONE and not why_not and user.has_perm(ASK),
        "needs_somebody_else": awaits and is_own,
        "can_set_limit": user.has_perm(SET_LIMIT),
    }


class MoveStep(StepView):
    model = TreeMove
    permission = ANSWER

    def way_back(self, obj: TreeMove) -> str:
        return reverse("console:move", args=[obj.pk])


class ApproveMove(MoveStep):
    title = gettext_lazy("Approve change of upline")
    explanation = gettext_lazy(
        "You are the second pair of eyes: look at the team's size and at who gains and loses. Once "
        "approved, the team is moved at once, or on the date that was asked for."
    )
    button = gettext_lazy("Approve change")

    def take(self, obj: TreeMove, values: dict[str, Any]) -> HttpResponse:
        return _told(self.request, approve_move(move=obj, actor=self.request.user))


class RejectMove(MoveStep):
    form_class = ReasonForm
    title = gettext_lazy("Reject change of upline")
    explanation = gettext_lazy("Everybody stays where they are. Who asked reads the reason.")
    button = gettext_lazy("Reject")
    done = gettext_lazy("Change of upline rejected; everybody stays.")

    def take(self, obj: TreeMove, values: dict[str, Any]) -> None:
        reject_move(move=obj, actor=self.request.user, reason=values["reason"])


class CancelMove(MoveStep):
    form_class = ReasonForm
    title = gettext_lazy("Cancel change of upline")
    explanation = gettext_lazy("It will not happen; everybody stays. You can ask for a new one.")
    button = gettext_lazy("Cancel the change")
    done = gettext_lazy("Change of upline cancelled; everybody stays.")

    def take(self, obj: TreeMove, values: dict[str, Any]) -> None:
        cancel_move(move=obj, actor=self.request.user, reason=values["reason"])


class UndoMove(MoveStep):
    permission = ASK
    title = gettext_lazy("Undo change of upline")
    explanation = gettext_lazy(
        "The team is moved back to where it stood, as a change of its own from now on. What was "
        "earned meanwhile stays as it is. A large team needs approval again."
    )
    button = gettext_lazy("Move the team back")
    is_dangerous = True

    def get_form(self, obj: TreeMove, data: Any = None) -> Form:
        return UndoMoveForm(data, initial={"request_key": uuid4().hex})

    def take(self, obj: TreeMove, values: dict[str, Any]) -> HttpResponse:
        back = propose_undoing(
            move=obj,
            reason=values["reason"],
            request_key=values["request_key"],
            actor=self.request.user,
        )
        return _told(self.request, back)


class SetMoveLimit(MerchantStep):
    permission = SET_LIMIT
    title = gettext_lazy("Approval of changes of upline")
    explanation = gettext_lazy(
        "Larger teams are moved only after somebody else has approved it. Changes that are waiting "
        "already keep what they were asked for under."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        with scope(merchant=obj):
            return MovePolicyForm(data, initial={"approval_above": approval_above(obj)})

    def way_back(self, obj: Merchant) -> str:
        return reverse("admin:distributors_treemove_changelist")

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        save_move_policy(merchant=obj, **values)
