"""My level: what it gives me, and what the next one asks for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.commissions.selectors.level_reviewing import Progress, level_progress
from apps.commissions.selectors.level_words import condition_rows
from apps.commissions.selectors.return_quota import return_quota_of
from apps.core.pages import page_of
from apps.distributors.models import LevelChange, LevelGrace
from apps.portal.access import distributor_page


@require_safe
@distributor_page
def level(request: HttpRequest) -> HttpResponse:
    """Badge and rights, a grace that runs, the way to the next level, and how mine changed."""
    me = request.distributor
    current, following = level_progress(distributor=me)
    changes = LevelChange.objects.filter(distributor=me).select_related(
        "event", "old_level", "new_level"
    )
    graces = LevelGrace.objects.filter(distributor=me, ended_on__isnull=True)
    pinned = me.level_pinned_until
    return render(
        request,
        "portal/level.html",
        {
            "page_title": _("My level"),
            "following": _rows(following),
            "current": _rows(current),
            "quota": return_quota_of(me),
            "grace": graces.select_related("level").first(),
            "pinned_until": pinned if pinned and pinned >= timezone.localdate() else None,
            "page": page_of(request, changes.order_by("-event__effective_at", "-pk")),
        },
    )


def _rows(progress: Progress | None) -> dict | None:
    if progress is None:
        return None
    return {
        "level": progress.level,
        "needs_all": progress.explanation["combine"] == "all",
        "is_met": progress.is_met,
        "conditions": condition_rows(progress.explanation),
    }
