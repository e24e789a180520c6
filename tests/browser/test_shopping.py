"""A customer's whole way by hand: cart, regions, shipping, pickup, refund, receipt, review."""

import io
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django_scopes import scope
from PIL import Image

from apps.orders.models import Order, Refund, Review
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.progress import confirm_payment, ship_order
from apps.orders.services.reviews import decide_review
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import ProductFactory, SkuFactory, StoreFactory

SCREENS = pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [("zh-hans", PHONE, "light"), ("zh-hans", PHONE, "dark"), ("en", DESKTOP, "light")],
    ids=["phone", "phone-dark", "desktop"],
)
# Styles and scripts before any picture, as they travel uncompressed.
BYTES_BEFORE_IMAGES = 150_000


@pytest.fixture
def shelf(house):
    """A second thing to buy, fees, and a store."""
    with scope(merchant=house.merchant):
        SkuFactory(
            product=ProductFactory(name="白瓷盖碗"), code="C-001", price=Decimal("59.90"), stock=3
        )
        StoreFactory(name="西湖店", address="南山路 1 号", keeper=house.leader)
        save_shop_settings(
            merchant=house.merchant,
            shipping_fee=Decimal("8.00"),
            free_from=Decimal("999.00"),
            surcharges={"新疆维吾尔自治区": Decimal("12.00"), "香港特别行政区": None},
            delivery_words="48 小时内发货。",
            return_words="七天无理由退货。",
        )
    return house


def clean(customer) -> None:
    """axe finds nothing on the page at hand."""
    found = Axe().run(customer.page).response["violations"]
    assert [f"{customer.path} {each['id']}: {each['nodes'][0]['html']}" for each in found] == []


def file(name: str) -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


@SCREENS
def test_from_the_cart_to_the_review(shelf, visit, language, viewport, scheme):
    customer = visit(language=language, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    order = order_two_things(customer, shelf)
    with scope(merchant=shelf.merchant):
        ship_order(
            order=confirm_payment(order=order, actor=None), actor=None, tracking_number="SF1234567"
        )
    ask_for_a_refund(customer, shelf, order)
    receive_and_review(customer, shelf, order)


def order_two_things(customer, house) -> Order:
    home = reverse("shop:home", args=[house.seller.shop_code])
    customer.open(home)
    clean(customer)
    for name in ("宫廷熟普", "白瓷盖碗"):
        customer.open(home)
        customer.page.get_by_role("link", name=name).click()
        customer.sees("七天无理由退货。", "西湖店")
        clean(customer)
        customer.press("Add to cart")
    customer.sees("宫廷熟普", "白瓷盖碗", "¥148.70")
    clean(customer)
    customer.follow("Go to checkout")
    clean(customer)
    customer.choose(province="650000")
    customer.choose(city="650100")
    customer.choose(district="650102")
    # 148.70 + 8.00 + 12.00
    customer.sees("¥20.00", "¥168.70")
    customer.choose(province="330000", city="330100", district="330106")
    customer.sees("¥8.00", "¥156.70")
    clean(customer)
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号")
    customer.press("Place the order")
    customer.sees(customer.text("Thank you: please pay now"), "¥156.70", "文三路 100 号")
    clean(customer)
    with scope(merchant=house.merchant):
        order = Order.objects.get()
        assert (order.region, order.shipping_amount) == ("浙江省/杭州市/西湖区", Decimal("8.00"))
    for name in ("orders", "addresses", "cart"):
        customer.open(reverse(f"shop:{name}", args=[house.seller.shop_code]))
        clean(customer)
    return order


def ask_for_a_refund(customer, house, order) -> None:
    customer.open(reverse("shop:order", args=[house.seller.shop_code, order.order_no]))
    assert customer.page.locator("#parcel").input_value() == "SF1234567"
    customer.follow("Ask for a refund")
    clean(customer)
    customer.page.locator('[name="way"][value="goods"]').check()
    customer.fill(quantity="1", reason="碎了")
    customer.page.locator('[name="files"]').set_input_files([file("broken.png")])
    customer.press("Send the request")
    with scope(merchant=house.merchant):
        refund = Refund.objects.get()
        assert (refund.reason, refund.files.count()) == ("碎了", 1)
    clean(customer)


def receive_and_review(customer, house, order) -> None:
    customer.press("I have received the goods")
    customer.sees(customer.text("Order completed"))
    customer.follow("Write a review")
    clean(customer)
    customer.page.locator('[name="stars"][value="4"]').check()
    customer.fill(words="很香")
    customer.press("Send the review")
    with scope(merchant=house.merchant):
        review = Review.objects.get()
        decide_review(review=review, show=True, actor=None)
        product = review.product_id
    customer.open(reverse("shop:product", args=[house.seller.shop_code, product]))
    customer.sees("很香")
    clean(customer)


def test_what_is_typed_while_the_page_is_drawn_anew_stays(shelf, visit):
    customer = visit()
    checkout = reverse("shop:checkout", args=[shelf.seller.shop_code])
    customer.open(f"{checkout}?sku={shelf.sku.pk}&quantity=1")
    held = []
    customer.page.route("**/checkout/", lambda route: held.append(route))
    customer.page.locator('[name="province"]').select_option("330000")
    customer.fill(address="文三路 100 号")
    for route in held:
        route.continue_()
    customer.page.locator('[name="city"]').wait_for()

    address = customer.page.locator('[name="address"]')
    assert address.input_value() == "文三路 100 号"
    assert address.evaluate("field => field === document.activeElement")


def test_picked_up_at_a_store(shelf, visit):
    customer = visit()
    checkout = reverse("shop:checkout", args=[shelf.seller.shop_code])
    customer.open(f"{checkout}?sku={shelf.sku.pk}&quantity=1")
    customer.page.locator('[name="delivery"][value="pickup"]').check()
    customer.page.locator('form[aria-busy="true"]').wait_for(state="detached")
    assert not customer.page.locator('[name="province"]').is_visible()
    customer.page.locator('[name="store"]').select_option(index=1)
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001")
    customer.press("Place the order")

    customer.sees("西湖店", "¥88.80")
    with scope(merchant=shelf.merchant):
        assert Order.objects.get().store.name == "西湖店"


def test_a_price_that_changes_meanwhile_is_shown_before_it_is_ordered(shelf, visit):
    customer = visit(language="en")
    checkout = reverse("shop:checkout", args=[shelf.seller.shop_code])
    customer.open(f"{checkout}?sku={shelf.sku.pk}&quantity=1")
    customer.choose(province="330000", city="330100", district="330106")
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号")
    with scope(merchant=shelf.merchant):
        type(shelf.sku).objects.filter(pk=shelf.sku.pk).update(price=Decimal("99.00"))
    customer.press("Place the order")

    customer.sees("The total is ¥107.00 now", "it was ¥96.80")
    assert customer.page.locator('[name="recipient_name"]').input_value() == "林小姐"
    customer.press("Place the order")
    customer.sees("Thank you: please pay now", "¥107.00")


def test_pages_are_light(shelf, visit):
    customer = visit()
    sizes: dict[str, int] = {}

    def note(response) -> None:
        if response.request.resource_type in ("document", "stylesheet", "script"):
            sizes[response.url] = len(response.body())

    customer.page.on("response", note)
    customer.open(reverse("shop:home", args=[shelf.seller.shop_code]))
    customer.page.wait_for_load_state("networkidle")

    assert 0 < sum(sizes.values()) < BYTES_BEFORE_IMAGES
