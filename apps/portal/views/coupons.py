"""Coupons that a distributor may pass on to customers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.pages import page_of
from apps.orders.selectors.coupon_words import offer_words
from apps.orders.selectors.coupons import coupons_to_share
from apps.portal.access import distributor_page


@require_safe
@distributor_page
def coupons(request: HttpRequest) -> HttpResponse:
    """The ones that work in their shop now or later, with what they take off and from what."""
    now = timezone.now()
    page = page_of(request, coupons_to_share(request.distributor, now))
    for coupon in page.object_list:
        coupon.offer = offer_words(coupon)
        coupon.is_valid = coupon.starts_at <= now
        coupon.goods_names = [
            each.product.name if each.product else each.category.name for each in coupon.goods.all()
        ]
    return render(request, "portal/coupons.html", {"page_title": _("Coupons"), "page": page})
