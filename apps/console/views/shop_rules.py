"""How a merchant's shops deliver, and what customers said about the goods."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.shop_rules import ShopRulesForm
from apps.console.views.base import StepView, console_page, render_page
from apps.core.attachment_pages import private_response
from apps.core.errors import Refused
from apps.orders.models import RefundFile, Review, ReviewFile
from apps.orders.selectors.delivery import shipping_rules, shop_settings
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.reviews import decide_review

CHANGE_RULES = "orders.change_shopsettings"
CHANGE_REVIEW = "orders.change_review"


@console_page("orders.view_shopsettings")
def shop_rules(request: HttpRequest) -> HttpResponse:
    """Fees, regions and times, to read or, with the right, to change."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Shop rules"))
    settings = shop_settings(merchant)
    rules = shipping_rules(merchant, settings)
    can_change = request.user.has_perm(CHANGE_RULES)
    posted = request.POST if can_change and request.POST else None
    form = ShopRulesForm(posted, instance=settings, surcharges=rules.surcharges)
    if request.method == "POST" and can_change and form.is_valid():
        try:
            save_shop_settings(merchant=merchant, surcharges=form.surcharges, **form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Orders already placed keep what they cost."))
            return redirect("console:shop_rules")
    return render_page(
        request, "console/shop_rules.html", _("Shop rules"), form=form, can_change=can_change
    )


@console_page("orders.view_refundfile")
def refund_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What a customer handed in with a request."""
    found = get_object_or_404(RefundFile, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)


@console_page("orders.view_review")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: of what, by whom, and whether others may read it."""
    related = ["merchant", "product", "order_line__order__customer", "decided_by"]
    found = get_object_or_404(Review.objects.select_related(*related), pk=pk)
    may_decide = request.user.has_perm(CHANGE_REVIEW)
    return render_page(
        request,
        "console/review.html",
        _("Review of %(product)s") % {"product": found.product},
        review=found,
        files=list(found.files.order_by("pk")),
        can_show=may_decide and found.status != Review.Status.SHOWN,
        can_hide=may_decide and found.status != Review.Status.HIDDEN,
    )


@console_page("orders.view_reviewfile")
def review_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture of a review, whether it is shown or not."""
    found = get_object_or_404(ReviewFile, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)


class _DecideReview(StepView):
    model = Review
    permission = CHANGE_REVIEW
    shows: bool

    def way_back(self, obj: Review) -> str:
        return reverse("console:review", args=[obj.pk])

    def take(self, obj: Review, values: dict[str, Any]) -> None:
        decide_review(review=obj, show=self.shows, actor=self.request.user)


class ShowReview(_DecideReview):
    shows = True
    title = gettext_lazy("Show review")
    explanation = gettext_lazy("Everybody who looks at the product in a shop reads it.")
    button = gettext_lazy("Show it")
    done = gettext_lazy("The review is shown.")


class HideReview(_DecideReview):
    shows = False
    title = gettext_lazy("Hide review")
    explanation = gettext_lazy("Nobody reads it in a shop; its stars count no more.")
    button = gettext_lazy("Hide it")
    done = gettext_lazy("The review is hidden.")
