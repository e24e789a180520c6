"""Where I stand among all distributors, in the newest ranking that was saved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.insights.models import RankingSnapshot
from apps.insights.selectors import RANKING_KEYS
from apps.insights.selectors.saved_rankings import place_of, ranked
from apps.portal.access import distributor_page

SHOWN = 10
KEY_NAMES = {
    "team_sales": gettext_lazy("Team sales"),
    "own_sales": gettext_lazy("Own sales"),
    "commission": gettext_lazy("Commission"),
    "orders": gettext_lazy("Orders"),
}


@require_safe
@distributor_page
def ranking(request: HttpRequest) -> HttpResponse:
    """My places by every figure, and the first few by the one chosen. Others' names are masked."""
    by = request.GET.get("by", "")
    by = by if by in RANKING_KEYS else RANKING_KEYS[0]
    snapshot = RankingSnapshot.objects.order_by("-date_to", "-pk").first()
    mine = place_of(snapshot, request.distributor) if snapshot else None
    return render(
        request,
        "portal/ranking.html",
        {
            "page_title": _("Ranking"),
            "snapshot": snapshot,
            "by": by,
            "keys": KEY_NAMES.items(),
            "places": [
                (key, name, getattr(mine, key), getattr(mine, f"{key}_rank"))
                for key, name in (KEY_NAMES.items() if mine else ())
            ],
            "best": [
                (row, getattr(row, by))
                for row in (ranked(snapshot, by=by)[:SHOWN] if snapshot else [])
            ],
        },
    )
