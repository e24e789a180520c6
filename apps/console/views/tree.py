"""The tree of people, today or on a past day: branches open when asked for, search jumps to one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.console.selectors import TreeNode, nodes_now, path_now, people_then
from apps.console.views.base import console_page, render_page
from apps.distributors.models import Distributor
from apps.distributors.selectors import children_at, children_of, find_people, path_at
from apps.merchants.models import Merchant

VIEW = "distributors.view_distributor"
PER_PAGE = 50
FOUND = 20
# Of a long way down: the top, and the people near the one who was looked for.
TOP_SHOWN, NEAR_SHOWN = 2, 10


@dataclass(frozen=True, slots=True)
class Day:
    """The day the tree is shown of; today unless a past one was asked for."""

    day: date
    moment: datetime | None

    @classmethod
    def of(cls, request: HttpRequest, merchant: Merchant | None) -> "Day":
        """From the address: the end of a past day in the merchant's zone; nonsense is today."""
        zone = merchant.zone if merchant else timezone.get_current_timezone()
        today = timezone.now().astimezone(zone).date()
        day = read_day(request.GET.get("on", ""))
        if day is None or day >= today:
            return cls(today, None)
        midnight = datetime.combine(day + timedelta(days=1), time.min, zone)
        return cls(day, midnight - timedelta(microseconds=1))

    @property
    def query(self) -> str:
        """What a link to the same day carries; nothing for today."""
        return f"on={self.day.isoformat()}" if self.moment else ""


def read_day(text: str) -> date | None:
    """A date in ISO 8601, or nothing."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@console_page(VIEW)
def tree(request: HttpRequest) -> HttpResponse:
    """The people at the top, or whom a search found; everybody below is loaded when asked for."""
    search = request.GET.get("q", "").strip()
    day = Day.of(request, request.merchant)
    if search:
        return _found(request, search, day)
    if day.moment and request.merchant is None:
        # A past day is one merchant's own, as are the codes its history is told in.
        return render_page(request, "console/choose_first.html", _("Team tree"))
    return _branch(request, None, day)


@console_page(VIEW)
def children(request: HttpRequest, pk: int) -> HttpResponse:
    """The people directly below one: a part of the tree for the script, a page without it."""
    parent = _person(pk)
    with scope(merchant=parent.merchant):
        return _branch(request, parent, Day.of(request, parent.merchant)).render()


@console_page(VIEW)
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """The way from the top down to one person, and the people directly below."""
    person = _person(pk)
    day = Day.of(request, person.merchant)
    with scope(merchant=person.merchant):
        path = _path(person, day)
        below, has_more = _below(person, day, None) if path else ([], False)
        return render_page(
            request,
            "console/branch.html",
            _("%(name)s in the tree") % {"name": person.name},
            person=person,
            path=_shortened(path),
            nodes=below,
            has_more=has_more,
            **_frame(person, day),
        ).render()


def _path(person: Distributor, day: Day) -> list[TreeNode]:
    """From the top down to the person; empty on a day before they joined."""
    if not day.moment:
        return path_now(person)
    if person.joined_at > day.moment:
        return []
    return people_then(path_at(person=person, moment=day.moment), day.moment)


def _person(pk: int) -> Distributor:
    return get_object_or_404(Distributor.objects.select_related("level", "merchant"), pk=pk)


def _found(request: HttpRequest, search: str, day: Day) -> HttpResponse:
    found = find_people(text=search, limit=FOUND)
    if len(found) == 1:
        query = f"?{day.query}" if day.query else ""
        return redirect(reverse("console:branch", args=[found[0].pk]) + query)
    return render_page(
        request,
        "console/tree_found.html",
        _("Team tree"),
        found=found,
        is_full=len(found) == FOUND,
        search=search,
        **_frame(None, day),
    )


def _branch(request: HttpRequest, parent: Distributor | None, day: Day) -> HttpResponse:
    after = request.GET.get("after", "")
    nodes, has_more = _below(parent, day, int(after) if after.isdecimal() else None)
    is_part = "HX-Request" in request.headers
    return render_page(
        request,
        "console/tree_children.html" if is_part else "console/tree.html",
        _("Team of %(name)s") % {"name": parent.name} if parent else _("Team tree"),
        parent=parent,
        uplines=[] if parent is None or is_part else _uplines(parent, day),
        nodes=nodes,
        has_more=has_more,
        **_frame(parent, day),
    )


def _uplines(parent: Distributor, day: Day) -> list[Any]:
    if day.moment:
        return path_at(person=parent, moment=day.moment)[:-1]
    return list(parent.get_ancestors())


def _below(parent: Distributor | None, day: Day, after: int | None) -> tuple[list[TreeNode], bool]:
    """A page of the people directly below, and whether there are more."""
    if day.moment:
        found = children_at(parent=parent, moment=day.moment, after=after, limit=PER_PAGE + 1)
        nodes = people_then(found[:PER_PAGE], day.moment)
    else:
        found = children_of(parent=parent, after=after, limit=PER_PAGE + 1)
        nodes = nodes_now(found[:PER_PAGE])
    return nodes, len(found) > PER_PAGE


def _frame(parent: Distributor | None, day: Day) -> dict[str, Any]:
    here = reverse("console:children", args=[parent.pk]) if parent else reverse("console:tree")
    return {
        "day": day.day,
        "is_past": day.moment is not None,
        "day_query": day.query,
        "here": here,
        "more_query": urlencode({"on": day.day.isoformat()} if day.moment else {}),
    }


def _shortened(path: list[TreeNode]) -> list[TreeNode | None]:
    """A long way down without its middle, for which None stands."""
    if len(path) <= TOP_SHOWN + NEAR_SHOWN + 1:
        return list(path)
    return [*path[:TOP_SHOWN], None, *path[-NEAR_SHOWN:]]
