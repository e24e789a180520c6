"""The steps of a distributor's standing: level, suspension, termination, ban."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.console.forms.people import LevelForm
from apps.console.forms.steps import ReasonForm
from apps.console.views.base import MerchantStep, StepView
from apps.console.views.distributors import DistributorStep
from apps.console.views.standing_forms import (
    BanForm,
    ChangeSuspensionForm,
    StandingPolicyForm,
    SuspendForm,
    TerminateForm,
)
from apps.distributors.models import Ban, Distributor, Level
from apps.distributors.services.bans import ban_distributor, lift_ban
from apps.distributors.services.standing import (
    change_level,
    change_suspension,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from apps.distributors.services.suspensions import (
    open_suspension,
    set_standing_policy,
    standing_policy,
)
from apps.joining.selectors import id_hashes_of
from apps.merchants.models import Merchant


class ChangeLevel(DistributorStep):
    form_class = LevelForm
    title = gettext_lazy("Change level")
    explanation = gettext_lazy(
        "Orders paid from now on use the rate of the new level; earlier ones keep theirs."
    )
    button = gettext_lazy("Change level")
    done = gettext_lazy("Level changed.")

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        levels = Level.objects.filter(merchant=obj.merchant_id).order_by("-rank")
        return LevelForm(
            data,
            levels=levels,
            initial={"level": obj.level_id, "pinned_until": obj.level_pinned_until},
        )

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        change_level(distributor=obj, actor=self.request.user, **values)


class Suspend(DistributorStep):
    form_class = SuspendForm
    title = gettext_lazy("Suspend distributor")
    explanation = gettext_lazy(
        "While suspended this person earns nothing from new orders. What was earned before stays "
        "theirs, and they may still withdraw what is available."
    )
    button = gettext_lazy("Suspend")
    done = gettext_lazy("Suspended.")
    is_dangerous = True

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        waits = standing_policy(obj.merchant).pending_waits
        return SuspendForm(data, initial={"pending_waits": "wait" if waits else ""})

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        suspend_distributor(distributor=obj, actor=self.request.user, **values)


class ChangeSuspension(DistributorStep):
    title = gettext_lazy("Change the suspension")
    explanation = gettext_lazy(
        "The suspension so far ends now and this one begins: both stay in the history."
    )
    button = gettext_lazy("Change")
    done = gettext_lazy("The suspension is changed.")
    wakes_stages = True

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        current = open_suspension(obj)
        waits = current is not None and current.pending_waits
        return ChangeSuspensionForm(
            data,
            initial={
                "ends_at": current and current.ends_at,
                "pending_waits": "wait" if waits else "",
            },
        )

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        change_suspension(distributor=obj, actor=self.request.user, **values)


class Reinstate(DistributorStep):
    title = gettext_lazy("Reinstate distributor")
    explanation = gettext_lazy(
        "New orders earn this person commission again from now on; what waited is released."
    )
    button = gettext_lazy("Reinstate")
    done = gettext_lazy("Active again.")
    wakes_stages = True

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        reinstate_distributor(distributor=obj, actor=self.request.user, **values)


class Terminate(DistributorStep):
    title = gettext_lazy("Terminate distributor")
    explanation = gettext_lazy(
        "This person stops being a distributor for good. Their history and what they earned are "
        "kept: what is pending is still released, and the next page settles what is available."
    )
    button = gettext_lazy("Terminate for good")
    done = gettext_lazy("Terminated.")
    is_dangerous = True
    wakes_stages = True

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        return TerminateForm(data, initial=team_choice(obj))

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        terminate_distributor(distributor=obj, actor=self.request.user, **values)
        messages.success(self.request, self.done)
        return redirect("console:settlement", obj.pk)


class BanPerson(DistributorStep):
    permission = "distributors.add_ban"
    title = gettext_lazy("Ban distributor")
    explanation = gettext_lazy(
        "This person is terminated, if they are not yet, can no longer sign in to their pages "
        "here, and cannot join again with this phone or ID number. What they earned stays owed."
    )
    button = gettext_lazy("Ban")
    done = gettext_lazy("Banned.")
    is_dangerous = True
    wakes_stages = True

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        return BanForm(data, initial=team_choice(obj))

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        ban_distributor(
            distributor=obj, actor=self.request.user, id_hashes=id_hashes_of(obj), **values
        )
        messages.success(self.request, self.done)
        return redirect("console:settlement", obj.pk)


class LiftBan(StepView):
    model = Ban
    permission = "distributors.change_ban"
    form_class = ReasonForm
    title = gettext_lazy("Lift the ban")
    explanation = gettext_lazy(
        "This person may sign in to their pages again and see what is owed. They stay terminated."
    )
    button = gettext_lazy("Lift the ban")
    done = gettext_lazy("The ban is lifted.")

    def way_back(self, obj: Ban) -> str:
        return reverse("console:distributor", args=[obj.distributor_id])

    def take(self, obj: Ban, values: dict[str, Any]) -> None:
        lift_ban(ban=obj, actor=self.request.user, **values)


class SetStandingPolicy(MerchantStep):
    permission = "distributors.add_standingpolicy"
    title = gettext_lazy("Standing policy")
    explanation = gettext_lazy(
        "What is proposed when somebody is suspended or terminated, and done where nobody is asked."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved. It counts from now on.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        policy = standing_policy(obj)
        initial = {
            "pending_waits": "wait" if policy.pending_waits else "",
            "team_moves_up": "up" if policy.team_moves_up else "",
        }
        return StandingPolicyForm(data, initial=initial)

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:standing_rules")

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        set_standing_policy(merchant=obj, actor=self.request.user, **values)


def team_choice(distributor: Distributor) -> dict[str, str]:
    """What the merchant's policy proposes for the team of somebody who leaves."""
    moves_up = standing_policy(distributor.merchant).team_moves_up
    return {"team_moves_up": "up" if moves_up else ""}
