"""Promotion: what links and materials bring, one link's story, and the merchant's settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.promotion import PromotionPolicyForm
from apps.console.forms.steps import ReasonForm
from apps.console.views.base import MerchantStep, StepView, console_page, render_page
from apps.console.views.files import table_response
from apps.core.attachment_pages import private_response
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant
from apps.promotion.models import Material, MaterialFile, PromoLink
from apps.promotion.selectors.funnel import (
    KEYS,
    Funnel,
    Period,
    clicks_by_day,
    funnels,
    ranked_by_clicks,
    whole_funnel,
)
from apps.promotion.selectors.policies import promotion_policy_of
from apps.promotion.selectors.targets import name_targets
from apps.promotion.services.links import revoke_link
from apps.promotion.services.policies import save_promotion_policy

VIEW = "promotion.view_click"
CHANGE_LINK = "promotion.change_promolink"
CHANGE_POLICY = "promotion.change_promotionpolicy"
PER_PAGE = 50
USUAL_DAYS = 30
LONGEST = timedelta(days=366)
BY_NAMES = {
    "distributor": gettext_lazy("Distributor"),
    "link": gettext_lazy("Promo link"),
    "material": gettext_lazy("Material"),
}
HEADER = ("key", "name", "distributor", "clicks", "visitors", "bound", "orders", "paid", "sales")


@dataclass(frozen=True, slots=True)
class FiguresQuery:
    """What was asked for; at most a year, both days included, in the merchant's zone."""

    period: Period
    by: str
    code: str
    distributor: Distributor | None

    @classmethod
    def of(cls, request: HttpRequest, merchant: Merchant) -> "FiguresQuery":
        """From the address; what is missing or unreadable is the last 30 days, by distributor."""
        today = timezone.now().astimezone(merchant.zone).date()
        last = _day(request.GET.get("to", "")) or today
        first = _day(request.GET.get("from", "")) or last - timedelta(days=USUAL_DAYS - 1)
        by, code = request.GET.get("by", ""), request.GET.get("distributor", "").strip()
        known = code and "\x00" not in code
        return cls(
            period=Period(min(max(first, last - LONGEST), last), last, merchant.zone),
            by=by if by in KEYS else "distributor",
            code=code,
            distributor=Distributor.objects.filter(code=code).first() if known else None,
        )

    @property
    def is_unknown(self) -> bool:
        """Whether a code was given that nobody has."""
        return bool(self.code) and self.distributor is None

    def address(self, **changes: str) -> str:
        """The same question as the part of an address behind “?”."""
        asked = {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "by": self.by,
            "distributor": self.code,
            **changes,
        }
        return urlencode({name: value for name, value in asked.items() if value})


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    # Midnight of the calendar's first and last days does not exist in every time zone.
    return found if found and 2000 <= found.year < 2100 else None


def _named(by: str, keys: list[int]) -> dict[int, dict[str, Any]]:
    """What the keys stand for: name, the distributor's code, and where to read on. Two queries."""
    if by == "link":
        links = PromoLink.objects.select_related("distributor", "material").in_bulk(keys)
        name_targets(links.values())
        return {
            key: {
                "name": f"/r/{link.code}",
                "note": " · ".join(
                    filter(None, [str(link.target_name), link.material and link.material.title])
                ),
                "code": link.distributor.code,
                "url": reverse("console:promo_link", args=[key]),
            }
            for key, link in links.items()
        }
    if by == "material":
        return {
            key: {
                "name": material.title,
                "note": material.get_kind_display(),
                "code": "",
                "url": reverse("admin:promotion_material_change", args=[key]),
            }
            for key, material in Material.objects.in_bulk(keys).items()
        }
    return {
        key: {
            "name": person.name,
            "note": person.code,
            "code": person.code,
            "url": reverse("console:distributor", args=[key]),
        }
        for key, person in Distributor.objects.in_bulk(keys).items()
    }


@console_page(VIEW)
def figures(request: HttpRequest) -> HttpResponse:
    """The funnel of a period, clicks by day, and the same by distributor, link or material."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Promotion figures"))
    query = FiguresQuery.of(request, merchant)
    page = Paginator(
        ranked_by_clicks(query.period, query.by, query.distributor), PER_PAGE
    ).get_page(request.GET.get("page"))
    keys = [row["key"] for row in page.object_list]
    found = funnels(query.period, by=query.by, distributor=query.distributor, keys=keys)
    names = _named(query.by, keys)
    page.object_list = [(names[key], found.get(key, Funnel())) for key in keys]
    policy = promotion_policy_of(merchant)
    return render_page(
        request,
        "console/promotion_figures.html",
        _("Promotion figures"),
        merchant=merchant,
        query=query,
        by_names=BY_NAMES.items(),
        by_name=BY_NAMES[query.by],
        whole=whole_funnel(query.period, query.distributor),
        points=clicks_by_day(query.period, query.distributor),
        page=page,
        parameters=query.address(),
        currency=merchant.currency,
        policy=policy,
        can_change=request.user.has_perm(CHANGE_POLICY),
    )


@console_page(VIEW)
def figures_file(request: HttpRequest) -> HttpResponse:
    """All rows of the page as CSV or as a workbook."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Promotion figures"))
    query = FiguresQuery.of(request, merchant)
    found = funnels(query.period, by=query.by, distributor=query.distributor)
    period = query.period
    return table_response(
        request.GET.get("format", ""),
        f"promotion-{merchant.code}-{period.first}-{period.last}-{query.by}",
        HEADER,
        # Read here: what streams afterwards is outside the scope.
        list(_cells(query.by, found)),
    )


def _cells(by: str, found: dict[int, Funnel]) -> Iterator[tuple]:
    names = _named(by, list(found))
    for key, funnel in sorted(found.items(), key=lambda pair: (-pair[1].clicks, pair[0])):
        row = names[key]
        label = f"{row['name']} {row['note']}" if by == "link" else row["name"]
        yield (
            key, label, row["code"], funnel.clicks, funnel.visitors, funnel.bound, funnel.orders,
            funnel.paid, funnel.sales,
        )  # fmt: skip


@console_page("promotion.view_promolink")
def promo_link(request: HttpRequest, pk: int) -> HttpResponse:
    """One link: whose, where to, what it brought in 90 days, and whether it still works."""
    related = ["merchant", "distributor", "material", "revoked_by"]
    link = get_object_or_404(PromoLink.objects.select_related(*related), pk=pk)
    name_targets([link])
    zone = link.merchant.zone
    today = timezone.now().astimezone(zone).date()
    period = Period(today - timedelta(days=89), today, zone)
    found = funnels(period, by="link", distributor=link.distributor, keys=[link.pk])
    return render_page(
        request,
        "console/promo_link.html",
        str(link),
        link=link,
        address=request.build_absolute_uri(reverse("promotion:follow", args=[link.code])),
        is_open=link.is_open_at(timezone.now()),
        funnel=found.get(link.pk, Funnel()),
        points=clicks_by_day(period, link.distributor, link=link.pk),
        currency=link.merchant.currency,
        can_revoke=link.revoked_at is None and request.user.has_perm(CHANGE_LINK),
    )


class RevokeLink(StepView):
    model = PromoLink
    permission = CHANGE_LINK
    form_class = ReasonForm
    title = gettext_lazy("Switch the link off")
    explanation = gettext_lazy(
        "Whoever opens this link or scans its code is told that it was switched off. Its figures "
        "stay. When the distributor shares the same again, a new link is made."
    )
    button = gettext_lazy("Switch off for good")
    done = gettext_lazy("The link is switched off.")
    is_dangerous = True

    def take(self, obj: PromoLink, values: dict[str, Any]) -> None:
        revoke_link(link=obj, reason=values["reason"], actor=self.request.user)

    def way_back(self, obj: PromoLink) -> str:
        return reverse("console:promo_link", args=[obj.pk])


class SetPromotionPolicy(MerchantStep):
    permission = CHANGE_POLICY
    form_class = PromotionPolicyForm
    title = gettext_lazy("Promotion settings")
    explanation = gettext_lazy(
        "After so many days a click keeps its day, link and device, to be counted, and loses what "
        "tells who it was. Clicks that decided a binding or an order keep everything."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        policy = promotion_policy_of(obj)
        initial = {"retention_days": policy.retention_days, "slogan": policy.slogan}
        return PromotionPolicyForm(data, initial=initial)

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        save_promotion_policy(merchant=obj, actor=self.request.user, **values)

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:promotion_figures")


@console_page("promotion.view_material")
def material_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture or video of the library."""
    found = get_object_or_404(MaterialFile, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)
