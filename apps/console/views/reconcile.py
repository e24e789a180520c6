"""对账: do the books agree, who has looked, and may money leave."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.views.base import MerchantStep, console_page, render_page
from apps.core.pages import page_of
from apps.insights.models import ReconcileRun
from apps.insights.selectors.reconcile_story import check_rows
from apps.insights.services.reconciling import ask_for_reconciling
from apps.insights.tasks import send_reconciling
from apps.merchants.models import Merchant
from apps.payouts.models import PayoutFreeze
from apps.payouts.services.freezing import CLEAR

VIEW = "insights.view_reconcilerun"
RUN = "insights.add_reconcilerun"
# The night's run is due once a day; a little later somebody should look why it did not come.
FRESH = timedelta(hours=26)


@console_page(VIEW)
def reconcile_page(request: HttpRequest) -> HttpResponse:
    """The newest proof of the merchant's books, the open payout stop, and every proof before."""
    if request.merchant is None:
        return render_page(request, "console/choose_first.html", _("Reconciliation"))
    latest = ReconcileRun.objects.select_related("actor").order_by("-started_at", "-pk")
    run = latest.filter(finished_at__isnull=False).first()
    last_asked = latest.first()
    now = timezone.now()
    is_running = last_asked is not None and last_asked.state_at(now) == ReconcileRun.State.RUNNING
    return _render(
        request,
        run,
        now,
        title=_("Reconciliation"),
        is_latest=True,
        is_running=is_running,
        is_stale=run is not None and run.finished_at < now - FRESH,
        stop=PayoutFreeze.objects.filter(cleared_at=None).first(),
        can_clear=request.user.has_perm(CLEAR),
        can_run=request.user.has_perm(RUN) and not is_running,
        page=page_of(request, latest),
    )


@console_page(VIEW)
def reconcile_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One proof as it was found then."""
    run = get_object_or_404(ReconcileRun.objects.select_related("merchant", "actor"), pk=pk)
    now = timezone.now()
    return _render(
        request,
        run,
        now,
        title=_("Reconciliation %(number)s") % {"number": run},
        is_running=run.state_at(now) == ReconcileRun.State.RUNNING,
    )


def _render(
    request: HttpRequest, run: ReconcileRun | None, now: datetime, title: str, **context: Any
) -> HttpResponse:
    is_part = "HX-Request" in request.headers
    return render_page(
        request,
        "console/parts/reconcile_state.html" if is_part else "console/reconcile.html",
        title,
        run=run,
        state=run and run.state_at(now),
        checks=check_rows(run) if run else [],
        now=now,
        **context,
    )


class ReconcileNow(MerchantStep):
    permission = RUN
    title = gettext_lazy("Reconcile now")
    explanation = gettext_lazy(
        "All books of this merchant are proved again, from the orders to the payouts. Nothing is "
        "changed; if something does not agree, payouts stop until the owner has looked."
    )
    button = gettext_lazy("Reconcile now")
    done = gettext_lazy("The books are being proved.")

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:reconcile")

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        send_reconciling(ask_for_reconciling(merchant=obj, actor=self.request.user))
