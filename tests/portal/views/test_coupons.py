"""Coupons that I may pass on."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.orders.models import Coupon
from apps.orders.services.coupon_terms import stop_coupon
from apps.orders.services.level_goods import Goods
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory
from tests.orders.coupon_shop import make_coupon


def shown(client) -> str:
    page = client.get(reverse("portal:coupons"), headers={"accept-language": "en"})
    return " ".join(page.content.decode().split())


def test_what_works_in_my_shop_is_shown_with_its_terms(client, distributor, merchant):
    sku = SkuFactory(product__name="宫廷熟普")
    make_coupon(
        merchant, "MINE", kind="percent", percent=Decimal("10"), cap=Decimal("30"),
        minimum=Decimal("100"), shop=distributor, goods=Goods(products=[sku.product]),
        first_order_only=True,
    )  # fmt: skip
    make_coupon(merchant, "SOON", starts_at=timezone.now() + timedelta(days=1))
    page = shown(client)
    for text in (
        "10% off, at most ¥30.00 from ¥100.00",
        'value="MINE"',
        "宫廷熟普",
        "In your shop alone",
        "For a customer's first order.",
        "Once per customer.",
        'value="SOON"',
        "¥20.00 off",
    ):
        assert text in page, text


def test_what_is_over_secret_or_for_others_is_not(client, distributor, merchant):
    now = timezone.now()
    make_coupon(merchant, "OTHERS", shop=DistributorFactory())
    make_coupon(merchant, "SECRET", is_announced=False)
    make_coupon(merchant, "OVER", starts_at=now - timedelta(days=2), ends_at=now)
    stop_coupon(coupon=make_coupon(merchant, "HALT"))
    full = make_coupon(merchant, "FULL", total_uses=1)
    Coupon.objects.filter(pk=full.pk).update(used=1)
    other = MerchantFactory()
    with scope(merchant=other):
        make_coupon(other, "FOREIGN")
    page = shown(client)
    assert "No coupons at the moment" in page
    for code in ("OTHERS", "SECRET", "OVER", "HALT", "FULL", "FOREIGN"):
        assert code not in page
