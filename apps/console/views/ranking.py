"""The ranking: the same figures as the command line's file, by page and to take home."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.views.base import console_page, render_page
from apps.console.views.files import table_response
from apps.core.errors import Refused
from apps.distributors.models import Distributor, Level
from apps.insights.selectors import (
    RANKING_HEADER,
    RANKING_KEYS,
    RankingPart,
    RankingRow,
    ranking,
    ranking_definition,
)
from apps.merchants.models import Merchant

VIEW = "commissions.view_commission"
SAVE = "insights.add_rankingsnapshot"
PER_PAGE = 50
KEY_NAMES = {
    "team_sales": gettext_lazy("Team sales"),
    "own_sales": gettext_lazy("Own sales"),
    "commission": gettext_lazy("Commission"),
    "orders": gettext_lazy("Orders"),
}


@dataclass(frozen=True, slots=True)
class RankingQuery:
    """What was asked for: both days are included, in the merchant's zone."""

    date_from: date
    date_to: date
    by: str
    search: str
    level: str
    branch: str
    region: str

    @classmethod
    def of(cls, request: HttpRequest, merchant: Merchant) -> "RankingQuery":
        """From the address; what is missing or unreadable is this month, by team sales."""
        today = timezone.now().astimezone(merchant.zone).date()
        by = request.GET.get("by", "")
        search, level, branch, region = (
            request.GET.get(name, "").strip() for name in ("q", "level", "branch", "region")
        )
        return cls(
            date_from=_day(request.GET.get("from", "")) or today.replace(day=1),
            date_to=_day(request.GET.get("to", "")) or today,
            by=by if by in RANKING_KEYS else RANKING_KEYS[0],
            search=search,
            level=level,
            branch=branch,
            region=region,
        )

    @property
    def is_part(self) -> bool:
        """Whether only a part of the whole is ranked."""
        return bool(self.level or self.branch or self.region)

    def rows(self, merchant: Merchant) -> Iterator[RankingRow]:
        """Everybody asked for, best first. Raises Refused for what cannot be ranked."""
        return ranking(
            merchant=merchant,
            date_from=self.date_from,
            date_to=self.date_to,
            by=self.by,
            part=RankingPart(self.level, self._head(), self.region.strip("/")),
        )

    def _head(self) -> Distributor | None:
        if not self.branch:
            return None
        head = Distributor.objects.filter(code=self.branch).first()
        if head is None:
            raise Refused(
                _("Nobody has the code “%(code)s”: enter the code of the branch's head.")
                % {"code": self.branch}
            )
        return head

    def found(self, merchant: Merchant) -> Iterator[RankingRow]:
        """The rows whose code or name contains what was searched for; ranks stay as they are."""
        rows, wanted = self.rows(merchant), self.search.lower()
        return (row for row in rows if wanted in row.code.lower() or wanted in row.name.lower())

    def address(self, **changes: str) -> str:
        """The same question as the part of an address behind “?”, without what was left out."""
        asked = {
            "from": self.date_from.isoformat(),
            "to": self.date_to.isoformat(),
            "by": self.by,
            "level": self.level,
            "branch": self.branch,
            "region": self.region,
            **changes,
        }
        return urlencode({name: value for name, value in asked.items() if value})


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@console_page(VIEW)
def ranking_page(request: HttpRequest) -> HttpResponse:
    """A page of the ranking, with the form that chooses period, figure, part and person."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Ranking"))
    query = RankingQuery.of(request, merchant)
    refusal, rows = "", iter(())
    try:
        rows = query.found(merchant)
    except Refused as refused:
        refusal = str(refused)
    page = _page(rows, request.GET.get("page", "1"))
    levels = level_names(merchant)
    page.object_list = [(row, levels.get(row.level, row.level)) for row in page.object_list]
    parameters = request.GET.copy()
    parameters.pop("page", None)
    today = timezone.now().astimezone(merchant.zone).date()
    is_over = query.date_from <= query.date_to < today
    return render_page(
        request,
        "console/ranking.html",
        _("Ranking"),
        query=query,
        keys=KEY_NAMES.items(),
        levels=levels.items(),
        refusal=refusal,
        page=page,
        parameters=parameters.urlencode(),
        currency=merchant.currency,
        periods=[
            (name, first, last, query.address(**{"from": str(first), "to": str(last)}))
            for name, first, last in _periods(today)
        ],
        definition=ranking_definition(),
        can_save=is_over and not query.is_part and request.user.has_perm(SAVE),
    )


def _page(rows: Iterable[RankingRow], number: str) -> Page:
    """One page of rows that are read once and not kept: there may be a million of them."""
    first = (int(number) - 1) * PER_PAGE if number.isdecimal() else 0
    count, wanted = 0, []
    last: deque[RankingRow] = deque(maxlen=PER_PAGE)
    for count, row in enumerate(rows, start=1):
        last.append(row)
        if first < count <= first + PER_PAGE:
            wanted.append(row)
    page = Paginator(range(count), PER_PAGE).get_page(number)
    # Whatever was asked for and is not there, the paginator answers with the first or last page.
    is_asked_for = page.start_index() == first + 1
    page.object_list = wanted if is_asked_for else list(last)[-len(page.object_list) :]
    return page


def level_names(merchant: Merchant) -> dict[str, str]:
    """Level code → name, lowest first. One query."""
    levels = Level.objects.filter(merchant=merchant).order_by("rank")
    return dict(levels.values_list("code", "name"))


def _periods(today: date) -> list[tuple[str, date, date]]:
    """Periods people ask for most."""
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    return [
        (_("Today"), today, today),
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("This month"), month, today),
        (_("Last month"), last_month_end.replace(day=1), last_month_end),
        (_("This year"), today.replace(month=1, day=1), today),
    ]


@console_page(VIEW)
def ranking_file(request: HttpRequest) -> HttpResponse:
    """The whole ranking asked for, as CSV (streamed; byte for byte what the command writes, but for
    the BOM that Excel wants) or as a workbook with the same cells."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Ranking"))
    query = RankingQuery.of(request, merchant)
    try:
        # Reads at once; what streams afterwards needs no scope.
        rows = query.rows(merchant)
    except Refused as refused:
        return HttpResponse(str(refused), status=400, content_type="text/plain; charset=utf-8")
    return table_response(
        request.GET.get("format", ""),
        f"ranking-{merchant.code}-{query.date_from}-{query.date_to}-{query.by}",
        RANKING_HEADER,
        (row.cells() for row in rows),
    )
