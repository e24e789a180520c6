"""Takes the pictures of README and docs (`make screenshots`): the demo, in real Chromium.

Starts the site on a database of its own that is gone afterwards. `screenshots.py NAME …` takes
only the pictures whose name begins so.
"""

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from run_tests import chromium

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
# A page longer than this many screens is cut: what follows is more of the same.
MOST_SCREENS = 2
COLOURS = 256
# What the shop's link and QR code show; Chromium alone takes it for this machine.
HOST = "shop.example.com"
LANGUAGES = {"zh-hans": "zh-CN", "en": "en-US"}
START_SECONDS = 60
NEW_PRICES = (
    "sku,name,category,price,cost,stock\n"
    "T-001,古树生普饼 357g,茶/普洱,278.00,142.00,600\n"
    "T-002,宫廷熟普散茶 250g,茶/普洱,138.00,69.50,800\n"
    "T-201,明前龙井 100g,茶/绿茶,198.00,88.00,200\n"
)
FAULTY_PRICES = (
    "sku,name,category,price,cost,stock\n"
    "T-001,古树生普饼 357g,茶/普洱,278.005,142.00,600\n"
    "T-002,宫廷熟普散茶 250g,茶/普洱,138.00,69.50,-8\n"
    "T-201,,茶/绿茶,198.00,88.00,200\n"
)


@dataclass(frozen=True)
class Shot:
    """One picture: `name`.png of `path`, as this person on this screen."""

    name: str
    path: str
    person: str | None = None
    screen: dict = field(default_factory=lambda: PHONE)
    language: str = "zh-hans"
    scheme: str = "light"
    prepare: Callable[[Page], None] | None = None


@dataclass(frozen=True)
class Demo:
    """The rows worth showing: their ids by name, and a session's key per person."""

    shop: str
    ids: dict[str, int]
    order_no: str
    order_shop: str
    sessions: dict[str, str]


def main(wanted: list[str]) -> int:
    """0 when every picture was taken."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        port = free_port()
        sys.path.insert(0, str(ROOT))
        os.environ.update(site_environment(folder))
        subprocess.run([sys.executable, "-m", "distribution_site.prepare"], check=True, cwd=ROOT)
        django.setup()
        demo = find_demo()
        shots = [
            shot
            for shot in [*shop_shots(demo), *portal_shots(demo), *console_shots(demo)]
            if not wanted or shot.name.startswith(tuple(wanted))
        ]
        with running_site(port), sync_playwright() as playwright:
            map_host = f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{port}"
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", map_host]
            )
            IMAGES.mkdir(exist_ok=True)
            for shot in shots:
                take(browser, f"http://{HOST}", shot, demo)
            browser.close()
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"{len(shots)} pictures; docs/images holds {total / 1_000_000:.1f} MB.")
    return 0


def site_environment(folder: str) -> dict[str, str]:
    """The site as `make run` runs it, but on files of its own."""
    for name in ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    return {
        "DJANGO_SETTINGS_MODULE": "distribution_site.settings",
        "ENV_FILE": "",
        "SECRET_KEY": "only-for-screenshots",
        "SALT_KEY": "only-for-screenshots",
        "ALLOWED_HOSTS": f"127.0.0.1,{HOST}",
        "HTTPS": "False",
        "SERVE_MEDIA": "True",
        "DATA_DIR": folder,
        "STATIC_ROOT": f"{folder}/static",
        "LOG_LEVEL": "ERROR",
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_site(port: int) -> Iterator[None]:
    """The web server, answering; stopped at the end."""
    url = f"http://127.0.0.1:{port}"
    bind = [f"--bind=127.0.0.1:{port}", "--threads=4", "--log-level=warning"]
    command = [sys.executable, "-m", "gunicorn", "distribution_site.wsgi", *bind]
    server = subprocess.Popen([*command, "--no-control-socket"], cwd=ROOT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The site did not start.")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def answers(url: str) -> bool:
    """Whether the sign-in page is served."""
    try:
        with urllib.request.urlopen(f"{url}/accounts/login/", timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def find_demo() -> Demo:
    """Looks the rows up and signs everybody in. Call before the browser starts."""
    from django.db.models import Count, Sum
    from django_scopes import scope

    from apps.accounts.models import User
    from apps.commissions.models import Commission, Plan
    from apps.distributors.models import Distributor
    from apps.insights.services.demo import MERCHANT_CODE
    from apps.merchants.models import Merchant
    from apps.orders.models import Order
    from apps.payouts.models import PayoutBatch, Withdrawal
    from apps.products.models import Sku

    merchant = Merchant.objects.get(code=MERCHANT_CODE)
    with scope(merchant=merchant):
        people = Distributor.objects.filter(user__isnull=False)
        best = people.annotate(earned=Sum("commissions__amount")).order_by("-earned").first()
        refunded = Commission.objects.filter(beneficiary=best, refund__isnull=False).first()
        placed = Order.objects.filter(source=Order.Source.SHOP, status=Order.Status.PENDING).first()
        explained = (
            Order.objects.filter(lines__commissions__refund__isnull=False)
            .annotate(rows=Count("lines__commissions"))
            .order_by("-rows", "pk")
            .first()
        )
        sku = Sku.objects.get(code="T-002")
        ids = {
            "sku": sku.pk,
            "product": sku.product_id,
            "distributor": best.pk,
            "my_order": refunded.order_line.order_id,
            "order": explained.pk,
            "pending_order": placed.pk,
            "plan": Plan.objects.first().pk,
            "batch": PayoutBatch.objects.order_by("-pk").first().pk,
            "settled_batch": PayoutBatch.objects.order_by("pk").first().pk,
            "withdrawal": Withdrawal.objects.filter(status="submitted").first().pk,
        }
        sessions = {
            "distributor": session_key(best.user),
            "owner": session_key(User.objects.get(phone="+8613900000001"), merchant),
        }
        return Demo(best.shop_code, ids, placed.order_no, placed.distributor.shop_code, sessions)


def session_key(user, merchant=None) -> str:
    """A session in which `user` is signed in, and works at `merchant`."""
    from django.test import Client

    from apps.merchants.selectors import SESSION_KEY

    client = Client()
    client.force_login(user)
    session = client.session
    if merchant:
        session[SESSION_KEY] = merchant.pk
        session.save()
    return session.session_key


def shop_shots(demo: Demo) -> list[Shot]:
    """What a customer sees."""
    shop = f"/s/{demo.shop}/"
    product = f"{shop}products/{demo.ids['product']}/"
    return [
        Shot("sign-in", "/accounts/login/"),
        Shot("shop-home", shop),
        Shot("shop-home-desktop", shop, screen=DESK),
        Shot("shop-product", product),
        Shot("shop-product-dark", product, scheme="dark"),
        Shot("shop-checkout", f"{shop}checkout/?sku={demo.ids['sku']}&quantity=2"),
        Shot("shop-order", f"/s/{demo.order_shop}/orders/{demo.order_no}/"),
    ]


def portal_shots(demo: Demo) -> list[Shot]:
    """What a distributor sees."""
    me = "distributor"
    pages = [
        "products", "orders", "earnings", "withdraw", "withdrawals", "team", "share", "account",
    ]  # fmt: skip
    return [
        Shot("portal-home", "/me/", me),
        Shot("portal-home-dark", "/me/", me, scheme="dark"),
        Shot("portal-home-en", "/me/", me, language="en"),
        Shot("portal-home-desktop", "/me/", me, DESK),
        *(Shot(f"portal-{page}", f"/me/{page}/", me) for page in pages),
        Shot("portal-order", f"/me/orders/{demo.ids['my_order']}/", me),
        Shot("portal-payout-account", "/me/account/payout/", me),
    ]


def console_shots(demo: Demo) -> list[Shot]:
    """What the people in the office see."""
    ids = demo.ids
    pages = {
        "distributors": "distributors/distributor/",
        "distributor": f"distributors/distributor/{ids['distributor']}/story/",
        "orders": "orders/order/",
        "order": f"orders/order/{ids['order']}/story/",
        "order-confirm": f"orders/order/{ids['pending_order']}/confirm/",
        "products": "products/product/",
        "plan": f"commissions/plan/{ids['plan']}/story/",
        "commissions": "commissions/commission/",
        "withdrawals": "payouts/withdrawal/",
        "withdrawal": f"payouts/withdrawal/{ids['withdrawal']}/story/",
        "batch": f"payouts/payoutbatch/{ids['batch']}/story/",
        "batch-settled": f"payouts/payoutbatch/{ids['settled_batch']}/story/",
        "ranking": "ranking/?from=2026-01-01&by=team_sales",
    }
    upload, me = "/console/products/product/import/", "owner"
    return [
        Shot("console-home", "/console/", me, DESK),
        Shot("console-home-en", "/console/", me, DESK, language="en"),
        Shot("console-home-phone", "/console/", me, PHONE),
        Shot("console-order-phone", f"/console/{pages['order']}", me, PHONE),
        *(Shot(f"console-{name}", f"/console/{path}", me, DESK) for name, path in pages.items()),
        Shot("console-tree", "/console/tree/", me, DESK, prepare=open_branches),
        Shot("console-import-preview", upload, me, DESK, prepare=uploading(NEW_PRICES)),
        Shot("console-import-faults", upload, me, DESK, prepare=uploading(FAULTY_PRICES)),
    ]


def open_branches(page: Page) -> None:
    """Open the first branch of the tree, and the first below it."""
    for depth in range(2):
        page.locator("a[data-children]:not([aria-expanded])").first.click()
        page.locator(".c-children:not([aria-busy])").nth(depth).wait_for()


def uploading(text: str) -> Callable[[Page], None]:
    """Chooses a file with this text on the import page and asks for the preview."""

    def prepare(page: Page) -> None:
        file = {"name": "products.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.locator('input[type="file"]').set_input_files(file)
        page.locator("#content form [type=submit]").last.click()
        page.wait_for_load_state("networkidle")

    return prepare


def take(browser: Browser, url: str, shot: Shot, demo: Demo) -> None:
    """Opens the page, makes the screen as high as the page is, and keeps the picture."""
    context = new_context(browser, url, shot, demo)
    try:
        page = context.new_page()
        response = page.goto(url + shot.path, wait_until="networkidle")
        if response.status != 200:
            raise SystemExit(f"{shot.name}: {shot.path} answers {response.status}.")
        if shot.prepare:
            shot.prepare(page)
        screen = shot.screen["viewport"]
        height = page.evaluate("document.scrollingElement.scrollHeight")
        most = screen["height"] * MOST_SCREENS
        page.set_viewport_size({**screen, "height": min(max(height, screen["height"]), most)})
        # Charts draw themselves once more on a new size.
        page.wait_for_timeout(400)
        save(page.screenshot(animations="disabled"), IMAGES / f"{shot.name}.png")
    finally:
        context.close()


def new_context(browser: Browser, url: str, shot: Shot, demo: Demo) -> BrowserContext:
    """A window as the shot wants it."""
    context = browser.new_context(
        **shot.screen,
        locale=LANGUAGES[shot.language],
        timezone_id="Asia/Shanghai",
        color_scheme=shot.scheme,
        reduced_motion="reduce",
    )
    if shot.person:
        session = demo.sessions[shot.person]
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context


def save(picture: bytes, path: Path) -> None:
    """As a PNG of 256 colours: a third of the size, no difference to the eye."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(palette=palette_of(image), dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name:<32} {path.stat().st_size / 1000:6.0f} kB", flush=True)


def palette_of(image: Image.Image) -> Image.Image:
    """Half the colours as they are, the most frequent; half spread over the rarer ones."""
    frequent = sorted(image.getcolors(image.width * image.height), reverse=True)[: COLOURS // 2]
    spread = image.quantize(COLOURS // 2, Image.Quantize.MAXCOVERAGE).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _count, colour in frequent for part in colour] + spread)
    return palette


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
