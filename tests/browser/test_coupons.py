"""A coupon's way by hand: made in the console, passed on, typed at checkout, counted."""

from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import Coupon, Order
from tests.browser.visitor import DESKTOP, PHONE
from tests.orders.coupon_shop import make_coupon


def clean(window) -> None:
    """axe finds nothing on the page at hand."""
    found = Axe().run(window.page).response["violations"]
    assert [f"{window.path} {each['id']}: {each['nodes'][0]['html']}" for each in found] == []


@pytest.mark.parametrize(
    ("language", "viewport"), [("zh-hans", PHONE), ("en", DESKTOP)], ids=["phone", "desktop"]
)
def test_from_the_console_to_the_order(house, visit, office, language, viewport):
    make_it(office(house.operator, language))
    seller = visit(user=house.seller.user, language=language, viewport=viewport, bypass_csp=True)
    code = pass_it_on(seller)

    customer = visit(language=language, viewport=viewport, bypass_csp=True)
    order = use_it(customer, house, code.lower())

    with scope(merchant=house.merchant):
        assert order.lines.get().paid_amount == Decimal("157.60")
    operator = office(house.operator, language)
    operator.open(reverse("admin:orders_coupon_changelist"))
    operator.sees("SPRING-20", "1 / 100", "¥20.00")
    operator.open(reverse("admin:orders_couponuse_changelist"))
    operator.page.get_by_role("link", name=order.order_no).click()
    operator.sees("SPRING-20", "−¥20.00", "¥157.60")


def make_it(operator) -> None:
    """¥20.00 off from ¥150.00, a hundred times."""
    operator.open(reverse("admin:orders_coupon_add"))
    operator.fill(code="spring-20", name="春茶", amount="20", minimum="150", total_uses="100")
    operator.page.locator('[name="_save"]').click()
    operator.page.wait_for_load_state()
    operator.sees("SPRING-20", "¥150.00")


def pass_it_on(seller) -> str:
    seller.open(reverse("portal:share"))
    seller.follow("Coupons")
    clean(seller)
    seller.sees("¥20.00", "¥150.00")
    return seller.page.locator("input.copied").input_value()


def use_it(customer, house, code: str) -> Order:
    """The page is drawn anew with the coupon, without losing what was typed."""
    checkout = reverse("shop:checkout", args=[house.seller.shop_code])
    customer.open(f"{checkout}?sku={house.sku.pk}&quantity=2")
    customer.choose(province="330000", city="330100", district="330106")
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号")
    apply(customer, "nobodys")
    customer.sees(customer.text("This code is not known here: check it, or leave it empty."))
    clean(customer)
    apply(customer, code)
    customer.sees(customer.text("Coupon %(code)s", code="SPRING-20"), "−¥20.00", "¥157.60")
    clean(customer)
    assert customer.page.locator('[name="recipient_name"]').input_value() == "林小姐"
    customer.press("Place the order")
    customer.sees(customer.text("Thank you: please pay now"), "¥157.60", "−¥20.00")
    clean(customer)
    with scope(merchant=house.merchant):
        return Order.objects.get()


def apply(customer, code: str) -> None:
    customer.fill(code=code)
    customer.page.get_by_role("button", name=customer.text("Use the code"), exact=True).click()
    customer.page.locator('form[aria-busy="true"]').wait_for(state="detached")


def test_without_javascript_a_guest_uses_it_too(house, visit):
    with scope(merchant=house.merchant):
        make_coupon(house.merchant)
    customer = visit(language="en", java_script_enabled=False)
    checkout = reverse("shop:checkout", args=[house.seller.shop_code])
    customer.open(f"{checkout}?sku={house.sku.pk}&quantity=1")
    customer.page.locator('[name="province"]').select_option("330000")
    customer.press("Go on")
    customer.page.locator('[name="city"]').select_option("330100")
    customer.press("Go on")
    customer.page.locator('[name="district"]').select_option("330106")
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号")
    # Ordered at once: the page shows first what the code does.
    customer.fill(code="tea-20")
    customer.press("Place the order")
    customer.sees("The coupon TEA-20 takes ¥20.00 off.", "¥68.80")
    customer.press("Place the order")
    customer.sees("Thank you: please pay now", "¥68.80")

    # The same customer once more.
    customer.open(f"{checkout}?sku={house.sku.pk}&quantity=1")
    customer.fill(code="TEA-20")
    customer.press("Use the code")
    customer.sees("−¥20.00")
    customer.press("Place the order")
    customer.sees("You have used the coupon TEA-20, which is for one order: leave it empty.")
    customer.fill(code="")
    customer.press("Place the order")
    customer.sees("Thank you: please pay now", "¥88.80")
    with scope(merchant=house.merchant):
        assert (Coupon.objects.get().used, Order.objects.count()) == (1, 2)
