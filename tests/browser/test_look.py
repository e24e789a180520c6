"""Every page of the portal and the shop: readable by everybody, on every screen, in the dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.orders.services.progress import confirm_payment
from apps.orders.services.shop import place_shop_order
from apps.payouts.services import request_withdrawal, save_payout_account
from apps.price_control.services import decide_violation
from apps.promotion.models import Click, MaterialUse
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link, revoke_link
from apps.promotion.services.materials import save_material
from tests.browser.visitor import DESKTOP, PHONE
from tests.payouts.money import fund
from tests.portal.violations import note_violation
from tests.price_control.uploads import paper, picture

SCREENS = pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light")],
    ids=["phone-light", "phone-dark", "desktop-light"],
)
PORTAL = [
    "home", "products", "orders", "team", "share", "earnings", "withdraw", "withdrawals",
    "violations", "account", "shop_front", "payout_account", "promotion", "materials", "invite",
]  # fmt: skip


@pytest.fixture
def order(house):
    """A paid order of the seller, who has money and has asked for some of it."""
    with scope(merchant=house.merchant):
        order = place_shop_order(
            merchant=house.merchant, distributor=house.seller, items={house.sku.pk: 2},
            recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号",
            request_key="look",
        )  # fmt: skip
        confirm_payment(order=order, actor=None)
        run_due(merchant=house.merchant)
        save_payout_account(
            distributor=house.seller, method="bank", holder_name="王芳", bank_name="招商银行",
            number="6225880123456789",
        )  # fmt: skip
        fund(house.seller, "100.00")
        request_withdrawal(distributor=house.seller, amount="30.00", request_key="look")
        yield order


def faults(visitor) -> list[str]:
    """What axe finds on the page: contrast, names, roles, order of headings, …"""
    found = Axe().run(visitor.page).response["violations"]
    return [f"{visitor.path} {each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.fixture
def violation(house):
    """A suspension of the seller's, who may appeal against it."""
    with scope(merchant=house.merchant):
        noted = note_violation(house.seller, files=[picture(), paper()])
        decide_violation(
            violation=noted, action="suspend", days=7, reason="低于统一零售价",
            actor=house.operator, pending_waits=True,
        )  # fmt: skip
        yield noted


@pytest.fixture
def material(house):
    """Words and pictures about the product, and somebody who clicked on the link with them."""
    with scope(merchant=house.merchant):
        made = save_material(
            merchant=house.merchant, kind="image", title="茶园实拍", text="请看 {link}",
            product=house.sku.product, files=[picture(), picture()], is_published=True,
        )  # fmt: skip
        link = ensure_link(distributor=house.seller, kind="shop", material=made)
        record_click(distributor=house.seller, visit=Visit("v", "wechat"), target="/", link=link)
        yield made


@SCREENS
def test_the_portal(house, order, violation, material, visit, viewport, scheme):
    person = visit(user=house.seller.user, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    addresses = [reverse(f"portal:{name}") for name in PORTAL]
    addresses += [
        reverse("portal:order", args=[order.pk]),
        reverse("portal:violation", args=[violation.pk]),
        reverse("portal:material", args=[material.pk]),
        reverse("portal:share_target", args=["product", house.sku.product_id]) + "?look=ink",
        reverse("portal:materials") + "?q=zzz",
    ]

    for address in addresses:
        person.open(address)
        assert faults(person) == []


@SCREENS
def test_the_shop_and_the_door(house, order, visit, viewport, scheme):
    customer = visit(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    code = house.seller.shop_code
    product = reverse("shop:product", args=[code, house.sku.product_id])
    checkout = reverse("shop:checkout", args=[code]) + f"?sku={house.sku.pk}&quantity=2"
    home, placed = (
        reverse("shop:home", args=[code]),
        reverse("shop:order", args=[code, order.order_no]),
    )

    for address in [home, f"{home}?q=zzz", product, checkout, placed, reverse("account_login")]:
        customer.open(address)
        assert faults(customer) == []


@SCREENS
def test_a_link_that_leads_nowhere(house, visit, viewport, scheme):
    with scope(merchant=house.merchant):
        link = ensure_link(distributor=house.seller, kind="shop")
        revoke_link(link=link, reason="Spam", actor=house.operator)
    customer = visit(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    customer.expect_refusal(410)

    customer.open(reverse("promotion:follow", args=[link.code]))

    assert faults(customer) == []
    customer.page.get_by_role("link", name=customer.text("To the shop")).click()
    customer.page.wait_for_url(f"**{reverse('shop:home', args=[house.seller.shop_code])}")


def test_the_pages_work_without_a_script(house, visit):
    customer = visit(java_script_enabled=False)
    customer.open(reverse("shop:home", args=[house.seller.shop_code]))
    customer.page.get_by_role("link", name="宫廷熟普").click()
    customer.press("Add to cart")
    customer.follow("Go to checkout")
    for name, code in [("province", "330000"), ("city", "330100"), ("district", "330106")]:
        customer.page.locator(f'[name="{name}"]').select_option(code)
        customer.page.locator('[name="refresh"].without-js').click()
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路")
    customer.press("Place the order")

    customer.sees(customer.text("Thank you: please pay now"))


def test_amounts_are_hidden_at_a_touch_and_stay_hidden(house, order, visit):
    person = visit(user=house.seller.user)
    person.open(reverse("portal:home"))
    root = person.page.locator("html")
    colour = "element => getComputedStyle(element).color"
    figure = person.page.locator(".figure .money")
    assert figure.evaluate(colour) == "rgb(255, 255, 255)"

    person.page.locator("[data-hide-money]").click()
    assert figure.evaluate(colour) == "rgba(0, 0, 0, 0)"

    person.open(reverse("portal:earnings"))
    assert "money-off" in root.get_attribute("class")


def test_the_link_is_copied(house, visit):
    person = visit(user=house.seller.user, permissions=["clipboard-read", "clipboard-write"])
    person.open(reverse("portal:share"))
    person.page.locator("[data-copy]").click()

    person.page.get_by_text(person.text("Copied")).wait_for()
    copied = person.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"http://[^/]+/r/[2-9a-z]{10}", copied)


def test_words_are_copied_with_my_link_and_counted(house, material, visit):
    person = visit(user=house.seller.user, permissions=["clipboard-read", "clipboard-write"])
    person.open(reverse("portal:material", args=[material.pk]))
    with person.page.expect_response("**/copied/") as counted:
        person.page.locator("[data-count]").click()

    assert counted.value.status == 204
    copied = person.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"请看 http://[^/]+/r/[2-9a-z]{10}", copied)
    with scope(merchant=house.merchant):
        assert MaterialUse.objects.get().kind == "copy"


def test_from_the_poster_to_the_counted_click(house, visit):
    person = visit(user=house.seller.user)
    person.open(reverse("portal:share_target", args=["product", house.sku.product_id]))
    poster = person.page.locator("img.poster")
    assert poster.evaluate("async image => (await image.decode(), image.naturalWidth)") == 750
    address = person.page.locator("#share-link").input_value()

    customer = visit()
    # Chromium says that it is steered by a program, and programs are not counted.
    agent = {"User-Agent": "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0"}
    customer.page.set_extra_http_headers(agent)
    customer.page.goto(address)

    assert customer.page.url.endswith(
        reverse("shop:product", args=[house.seller.shop_code, house.sku.product_id])
    )
    with scope(merchant=house.merchant):
        click = Click.objects.get()
    assert (click.link.code, click.device) == (address[-10:], "wechat")
