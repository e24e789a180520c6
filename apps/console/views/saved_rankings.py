"""Rankings of periods that are over, saved so that everybody looks at the same figures."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_scopes import scope

from apps.console.views.base import console_page, render_page
from apps.console.views.files import table_response
from apps.console.views.ranking import KEY_NAMES, PER_PAGE, SAVE, RankingQuery, level_names
from apps.core.errors import Refused
from apps.insights.models import RankingSnapshot
from apps.insights.selectors import RANKING_HEADER, RANKING_KEYS
from apps.insights.selectors.saved_rankings import about, find_in, ranked, saved_rows
from apps.insights.services.saving_rankings import save_ranking

VIEW = "insights.view_rankingsnapshot"


@console_page(SAVE)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the ranking of the period in the address, and show it."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Ranking"))
    query = RankingQuery.of(request, merchant)
    try:
        snapshot = save_ranking(
            merchant=merchant,
            date_from=query.date_from,
            date_to=query.date_to,
            actor=request.user,
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("console:ranking")
    messages.success(request, _("The ranking was saved."))
    return redirect("console:saved_ranking", snapshot.pk)


@console_page(VIEW)
def saved_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved ranking by any of its figures, as it was then."""
    snapshot = _snapshot(pk)
    by, search, level = _asked(request)
    with scope(merchant=snapshot.merchant):
        levels = level_names(snapshot.merchant)
        rows = find_in(ranked(snapshot, by=by), search=search, level=level)
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        page.object_list = [(row, levels.get(row.level, row.level)) for row in page.object_list]
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render_page(
        request,
        "console/saved_ranking.html",
        _("Ranking %(period)s, saved") % {"period": snapshot},
        snapshot=snapshot,
        by=by,
        search=search,
        level=level,
        keys=KEY_NAMES.items(),
        levels=levels.items(),
        page=page,
        parameters=parameters.urlencode(),
        currency=snapshot.merchant.currency,
    )


@console_page(VIEW)
def saved_ranking_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole saved ranking, with what its figures mean and when they were read."""
    snapshot = _snapshot(pk)
    by, _search, _level = _asked(request)
    with scope(merchant=snapshot.merchant):
        rows = saved_rows(snapshot, by=by)
    name = f"ranking-{snapshot.merchant.code}-{snapshot.date_from}-{snapshot.date_to}-{by}-saved"
    return table_response(
        request.GET.get("format", ""),
        name,
        RANKING_HEADER,
        (row.cells() for row in rows),
        about=about(snapshot),
    )


def _snapshot(pk: int) -> RankingSnapshot:
    """The saved ranking, if it is inside the walls."""
    return get_object_or_404(RankingSnapshot.objects.select_related("merchant", "actor"), pk=pk)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    by = request.GET.get("by", "")
    return (
        by if by in RANKING_KEYS else RANKING_KEYS[0],
        request.GET.get("q", "").strip(),
        request.GET.get("level", "").strip(),
    )
