"""The shop's lists and product pages as they are seen: pictures, prices, stock, weight."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.insights.services.demo_pictures import draw_views
from apps.products.services.campaigns import save_campaign
from apps.products.services.images import add_picture, set_video
from apps.products.services.places import save_warehouse
from apps.products.services.stock import correct_stock
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import ProductFactory, SkuFactory, StoreFactory

SCREENS = pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [
        ("zh-hans", PHONE, "light"),
        ("zh-hans", PHONE, "dark"),
        ("en", DESKTOP, "light"),
        ("en", DESKTOP, "dark"),
    ],
    ids=["phone", "phone-dark", "desktop", "desktop-dark"],
)
VIDEO = Path(settings.BASE_DIR) / "examples" / "brewing.mp4"
# Everything but pictures, as it travels; styles and scripts are not packed in tests.
BYTES_BEFORE_PICTURES = 150_000
MOST_SHIFT = 0.05
WATCH_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shift += entry.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def shelf(house):
    """A product with everything: pictures, a video, options in every state, a campaign's price."""
    with scope(merchant=house.merchant):
        product = house.sku.product
        for shows, picture in draw_views("茶/普洱", 0).items():
            add_picture(product=product, content=picture, alt=shows)
        set_video(product=product, content=VIDEO.read_bytes())
        options = {"500g": ("168.00", 3), "礼盒": ("128.00", 0), "整提": ("888.00", 0)}
        skus = {
            name: SkuFactory(
                product=product, code=f"T-{name}", combination=name, price=Decimal(price),
                stock=stock,
            )
            for name, (price, stock) in options.items()
        }  # fmt: skip
        store = StoreFactory(name="西湖店", keeper=house.leader)
        room = save_warehouse(
            merchant=house.merchant, code="S", name="西湖店仓", kind="physical", store=store
        )
        correct_stock(
            sku=skus["礼盒"], warehouse=room, quantity=6, reason="purchase", request_key="look"
        )
        now = timezone.now()
        save_campaign(
            merchant=house.merchant, code="fair", name="周年茶会", announced_at=now,
            starts_at=now, ends_at=now + timedelta(days=3), prices={house.sku: Decimal("66.60")},
        )  # fmt: skip
        SkuFactory(product=ProductFactory(name="白瓷盖碗"), price=Decimal("59.90"), stock=0)
        for number in range(12):
            SkuFactory(product=ProductFactory(name=f"茶样 {number}"), stock=2)
    return house


def addresses(house) -> tuple[str, str]:
    code = house.seller.shop_code
    return (
        reverse("shop:home", args=[code]),
        reverse("shop:product", args=[code, house.sku.product_id]),
    )


def clean(customer) -> None:
    """axe finds nothing on the page at hand."""
    found = Axe().run(customer.page).response["violations"]
    assert [f"{customer.path} {each['id']}: {each['nodes'][0]['html']}" for each in found] == []


def scroll_through(page) -> None:
    """To the end of the page in steps, waiting for every picture that comes into sight."""
    page.evaluate(
        """async () => {
          for (let top = 0; top < document.scrollingElement.scrollHeight; top += innerHeight / 2) {
            scrollTo(0, top);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          }
        }"""
    )
    page.wait_for_load_state("networkidle")


@SCREENS
def test_everybody_can_read_it(shelf, visit, language, viewport, scheme):
    customer = visit(language=language, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    home, product = addresses(shelf)
    customer.open(home)
    customer.sees("¥66.60", "¥88.80", customer.text("Campaign price"), customer.text("Sold out"))
    clean(customer)
    customer.open(product)
    customer.sees("¥66.60", "500g", customer.text("Pickup only"))
    clean(customer)
    customer.page.get_by_role("radio").nth(2).check()
    clean(customer)
    customer.press("Add to cart")
    clean(customer)


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_a_link_brings_its_picture_up_and_leaves_the_page_where_it_is(
    shelf, visit, java_script_enabled
):
    customer = visit(java_script_enabled=java_script_enabled, reduced_motion="reduce")
    customer.open(addresses(shelf)[1])
    strip = customer.page.locator(".gallery-strip")
    slides = customer.page.locator(".gallery-slide")
    links = customer.page.locator(".gallery-thumb")
    assert slides.count() == links.count() == 4

    for number in (3, 1, 0):
        links.nth(number).click()
        # The browser's own boxes, which need no script of the page.
        left = round(slides.nth(number).bounding_box()["x"] - strip.bounding_box()["x"])
        assert left == 0
        assert round(strip.bounding_box()["y"]) == 52


def test_the_script_marks_what_is_shown_and_moves_by_arrows(shelf, visit):
    customer = visit(viewport=DESKTOP, reduced_motion="reduce", language="en")
    customer.open(addresses(shelf)[1])
    page = customer.page
    current = page.locator(".gallery-thumb[aria-current]")
    back, on = (page.get_by_role("button", name=f"{way} picture") for way in ("Previous", "Next"))
    assert current.get_attribute("href") == "#picture-1"
    assert not back.is_visible()

    on.click()
    page.locator('.gallery-thumb[aria-current][href="#video"]').wait_for()
    assert current.count() == 1
    back.click()
    page.locator('.gallery-thumb[aria-current][href="#picture-1"]').wait_for()
    # The keys of the keyboard move it too, from one to the next.
    page.locator(".gallery-strip").press("ArrowRight")
    page.locator('.gallery-thumb[aria-current][href="#video"]').wait_for()
    page.locator('.gallery-thumb[href="#picture-3"]').click()
    page.locator('.gallery-thumb[aria-current][href="#picture-3"]').wait_for()
    assert not on.is_visible()


def test_the_video_plays_and_stops_out_of_sight(shelf, visit):
    customer = visit(viewport=DESKTOP, reduced_motion="reduce")
    asked: list[str] = []
    customer.page.on("request", lambda request: asked.append(request.url))
    customer.open(addresses(shelf)[1])
    customer.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.endswith(".mp4")]

    customer.page.locator('.gallery-thumb[href="#video"]').click()
    film = customer.page.locator("video")
    film.evaluate("film => { film.muted = film.loop = true; return film.play(); }")
    assert film.evaluate("film => [film.paused, film.videoWidth, film.error]") == [False, 480, None]
    customer.page.locator('.gallery-thumb[href="#picture-1"]').click()
    # Whatever happens first; it goes round and round, so it never ends by itself.
    film.evaluate(
        """film => film.paused || new Promise((done) => {
          film.addEventListener("pause", done);
          setTimeout(done, 10000);
        })"""
    )
    assert film.evaluate("film => film.paused")


def test_only_the_first_picture_is_fetched_in_full_before_somebody_looks_on(shelf, visit):
    customer = visit(device_scale_factor=2)
    asked: list[str] = []
    customer.page.on("request", lambda request: asked.append(request.url))
    customer.open(addresses(shelf)[1])
    customer.page.wait_for_load_state("networkidle")

    with scope(merchant=shelf.merchant):
        first, _second, third = shelf.sku.product.pictures.all()
    name = first.file.name.removesuffix("1200.webp")
    # 390 points at two pixels each.
    assert [url for url in asked if url.endswith(f"{name}840.webp")]
    assert not [url for url in asked if url.endswith(f"{name}1200.webp")]
    small = third.file.name.removesuffix("1200.webp")
    assert [url.rsplit(".", 2)[1] for url in asked if small in url] == ["200"]


@pytest.mark.parametrize("page", [0, 1], ids=["front", "product"])
def test_pages_are_light_and_stand_still(shelf, visit, page):
    customer = visit()
    customer.page.add_init_script(WATCH_SHIFT)
    session = customer.context.new_cdp_session(customer.page)
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on(
        "Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    session.send("Network.enable")

    customer.open(addresses(shelf)[page])
    customer.page.wait_for_load_state("networkidle")
    scroll_through(customer.page)

    before = sum(size for key, size in sizes.items() if kinds.get(key) not in ("Image", "Media"))
    assert "Document" in kinds.values()
    assert 0 < before < BYTES_BEFORE_PICTURES
    assert customer.page.evaluate("shift") <= MOST_SHIFT
