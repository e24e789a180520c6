"""What I bring in: goods to recommend, my shop's link, orders, my team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.commissions.selectors import explain_for_distributor
from apps.core.pages import page_of
from apps.insights.selectors import team_figures
from apps.orders.models import Order
from apps.orders.selectors import sellable
from apps.portal import selectors
from apps.portal.access import distributor_page
from apps.products.selectors import listed_products
from apps.promotion.models import Attribution


@require_safe
@distributor_page
def products(request: HttpRequest) -> HttpResponse:
    """Goods of the merchant, what selling one earns, and the way to it in the own shop."""
    query = request.GET.get("q", "").strip()
    allowed = sellable(request.distributor.level)
    page = page_of(request, listed_products(query=query).filter(allowed).prefetch_related("skus"))
    expected = selectors.expected_commissions(request.distributor, page.object_list)
    for product in page.object_list:
        product.expected_commission = expected.get(product.pk)
    return render(
        request,
        "portal/products.html",
        {
            "page_title": _("Goods"),
            "page": page,
            "query": query,
        },
    )


@require_safe
@distributor_page
def orders(request: HttpRequest) -> HttpResponse:
    """Orders brought in, with their state and what they earn."""
    status = request.GET.get("status", "")
    return render(
        request,
        "portal/orders.html",
        {
            "page_title": _("Orders"),
            "page": page_of(request, selectors.orders_of(request.distributor, status=status)),
            "status": status,
            "statuses": Order.Status.choices,
        },
    )


@require_safe
@distributor_page
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: its lines, and how each of my commissions on it came about."""
    found = get_object_or_404(
        selectors.visible_orders(request.distributor).select_related("customer"), pk=pk
    )
    rows = selectors.earnings_of(request.distributor).filter(order_line__order=found)
    rows = list(rows.order_by("order_line__line_no", "earned_at", "pk"))
    lines = list(found.lines.order_by("line_no"))
    suspension = selectors.suspension_of(request.distributor)
    waits = suspension is not None and suspension.pending_waits
    standing = Attribution.objects.standing().filter(order=found).first()
    owner = standing.distributor_id if standing else found.distributor_id
    for row in rows:
        row.expected_release = selectors.expected_release(row)
        row.waits_for_standing = waits
    for line in lines:
        line.my_rows = [row for row in rows if row.order_line_id == line.pk]
    return render(
        request,
        "portal/order.html",
        {
            "page_title": _("Order details"),
            "order": found,
            "is_mine": owner == request.distributor.pk,
            "was_mine": found.distributor_id == request.distributor.pk,
            "can_appeal": standing is not None and owner != request.distributor.pk,
            "lines": lines,
            "total": sum(line.paid_amount for line in lines),
            "my_total": sum(row.amount for row in rows),
            "has_rows": bool(rows),
            "plan": rows[0].plan if rows else None,
        },
    )


@require_safe
@distributor_page
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """How my commissions on one order came about, and of the chain what I may see."""
    visible = selectors.visible_orders(request.distributor).select_related("merchant")
    found = get_object_or_404(visible, pk=pk)
    return render(
        request,
        "portal/explain.html",
        {
            "page_title": _("How this was computed"),
            "order": found,
            "explanation": explain_for_distributor(found, request.distributor),
        },
    )


@require_safe
@distributor_page
def team(request: HttpRequest) -> HttpResponse:
    """My direct children, how many people stand below me in all, and what this month brought."""
    page = page_of(request, selectors.children_of(request.distributor))
    today = timezone.localdate()
    figures = team_figures(
        distributor=request.distributor, date_from=today.replace(day=1), date_to=today
    )
    return render(
        request,
        "portal/team.html",
        {
            "page_title": _("My team"),
            "page": page,
            "figures": figures,
        },
    )
