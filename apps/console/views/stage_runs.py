"""One pass over the stages, watched while it is under way; and the button that starts one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.commissions.models import StageRun
from apps.commissions.services.stage_runs import ask_for_run
from apps.commissions.tasks import wake_stages
from apps.console.views.base import MerchantStep, console_page, render_page
from apps.merchants.models import Merchant


@console_page("commissions.view_stagerun")
def stage_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Who started it, how far it has come, what it made, and its error."""
    run = get_object_or_404(StageRun.objects.select_related("merchant", "actor"), pk=pk)
    is_part = "HX-Request" in request.headers
    state = run.state_at(timezone.now())
    return render_page(
        request,
        "console/parts/stage_run_state.html" if is_part else "console/stage_run.html",
        _("Stage run %(number)s") % {"number": run},
        run=run,
        state=state,
        state_name=StageRun.State(state).label,
        is_open=state in (StageRun.State.WAITING, StageRun.State.RUNNING),
    )


class RunStages(MerchantStep):
    permission = "commissions.add_stagerun"
    title = gettext_lazy("Run the stages now")
    explanation = gettext_lazy(
        "Whatever is due is attributed, computed, taken back and released. The site does this "
        "every minute by itself; running it again does no harm."
    )
    button = gettext_lazy("Run the stages now")
    done = gettext_lazy("A worker is taking the run up.")

    def way_back(self, obj: Merchant) -> str:
        return reverse("admin:commissions_stagerun_changelist")

    def take(self, obj: Merchant, values: dict[str, Any]) -> HttpResponse:
        run = ask_for_run(merchant=obj, actor=self.request.user)
        wake_stages(obj.pk, run_id=run.pk)
        messages.success(self.request, self.done)
        return redirect("console:stage_run", run.pk)
