"""The steps of a distributor's standing: level, suspension, termination."""

from typing import Any

from django.forms import Form
from django.utils.translation import gettext_lazy

from apps.console.forms import LevelForm
from apps.console.views.distributors import DistributorStep
from apps.distributors.models import Distributor, Level
from apps.distributors.services.standing import (
    change_level,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)


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
    title = gettext_lazy("Suspend distributor")
    explanation = gettext_lazy(
        "While suspended this person earns nothing from new orders. What was earned before stays "
        "theirs, and they may still withdraw it."
    )
    button = gettext_lazy("Suspend")
    done = gettext_lazy("Suspended.")
    is_dangerous = True

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        suspend_distributor(distributor=obj, actor=self.request.user, **values)


class Reinstate(DistributorStep):
    title = gettext_lazy("Reinstate distributor")
    explanation = gettext_lazy("New orders earn this person commission again from now on.")
    button = gettext_lazy("Reinstate")
    done = gettext_lazy("Active again.")

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        reinstate_distributor(distributor=obj, actor=self.request.user, **values)


class Terminate(DistributorStep):
    title = gettext_lazy("Terminate distributor")
    explanation = gettext_lazy(
        "This person stops being a distributor for good. Their history, their team's place in the "
        "tree and what they earned are kept."
    )
    button = gettext_lazy("Terminate for good")
    done = gettext_lazy("Terminated.")
    is_dangerous = True

    def take(self, obj: Distributor, values: dict[str, Any]) -> None:
        terminate_distributor(distributor=obj, actor=self.request.user, **values)
