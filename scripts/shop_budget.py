"""Measures the shop as a cheap phone on a slow network sees it (`make budget`); exit 1 when short.

The demo on a database of its own, with pictures as heavy as photographs, in real Chromium, slowed
down through the DevTools protocol: four times for the processor, 1.6 Mbit/s and 150 ms for the
network. Every visit is the first one, with nothing kept. `--runs 9` visits each page more often;
the middle run counts.
"""

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import django
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from run_tests import chromium
from screenshots import find_demo, free_port, running_site, site_environment

ROOT = Path(__file__).resolve().parent.parent
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
}
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PICTURES = ("Image", "Media")
RUNS = 5
PHOTOGRAPHS, PIXELS, TINT = 3, 1600, (1.0, 0.9, 0.7)
# Noted by the page itself, from its first moment on.
WATCH = """
window.noted = { paint: 0, largest: "", shift: 0 };
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  noted.paint = entry.startTime;
  noted.largest = entry.element ? entry.element.tagName.toLowerCase() : "";
})).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) { noted.shift += entry.value; }
})).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """
async () => {
  const height = document.scrollingElement.scrollHeight;
  for (let top = 0; top < height; top += innerHeight / 2) {
    scrollTo(0, top);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
"""


@dataclass
class Traffic:
    """What travelled for one visit, as the network counts it."""

    host: str
    kinds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)

    def watch(self, session: CDPSession) -> None:
        """Note every request and every byte from now on."""
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.loadingFinished", self._on_finished)
        session.send("Network.enable")

    def _on_request(self, event: dict) -> None:
        wanted = urlsplit(event["request"]["url"])
        if wanted.scheme in ("http", "https") and wanted.netloc != self.host:
            self.strangers.add(wanted.netloc)

    def _on_response(self, event: dict) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _on_finished(self, event: dict) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    def bytes_of(self, wanted: Callable[[str], bool]) -> float:
        """All bytes of answers, headers included, of the kinds that are wanted."""
        return sum(size for key, size in self.sizes.items() if wanted(self.kinds.get(key, "Other")))


@dataclass(frozen=True)
class Visit:
    """The figures of one visit."""

    paint: float
    shift: float
    before_pictures: float
    pictures: float
    strangers: int
    largest: str


@dataclass(frozen=True)
class Goal:
    """A figure of a visit and the most it may be."""

    name: str
    value: Callable[[Visit], float]
    most: float
    unit: str
    digits: int = 0


GOALS = (
    Goal("largest contentful paint", lambda visit: visit.paint / 1000, 2.5, "s", 2),
    Goal("layout shift, scrolled to the end", lambda visit: visit.shift, 0.05, "", 3),
    Goal("transferred before pictures", lambda visit: visit.before_pictures / 1000, 150, "kB", 1),
    Goal("requests to third parties", lambda visit: visit.strangers, 0, ""),
)


def main(arguments: list[str]) -> int:
    """0 when every figure reaches its goal."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="visits per page; the middle counts")
    runs = parser.parse_args(arguments).runs
    with tempfile.TemporaryDirectory(prefix="shop-budget-") as folder:
        port = free_port()
        sys.path.insert(0, str(ROOT))
        os.environ.update(site_environment(folder))
        print("Loading the demo …", file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "distribution_site.prepare"],
            check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        django.setup()
        hang_photographs()
        demo = find_demo()
        shop = f"/s/{demo.shop}/"
        pages = {"shop front": shop, "product": f"{shop}products/{demo.ids['product']}/"}
        with running_site(port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            found = {
                name: measure(browser, f"http://127.0.0.1:{port}{path}", runs)
                for name, path in pages.items()
            }
            browser.close()
    return report(found)


def hang_photographs() -> None:
    """Give the demo's goods pictures as heavy as photographs; drawn ones weigh next to nothing."""
    from django_scopes import scope

    from apps.insights.services.demo import MERCHANT_CODE
    from apps.merchants.models import Merchant
    from apps.products.models import Product, ProductPicture
    from apps.products.services import add_picture, remove_picture

    contents = [photograph(number) for number in range(PHOTOGRAPHS)]
    with scope(merchant=Merchant.objects.get(code=MERCHANT_CODE)):
        for picture in ProductPicture.objects.all():
            remove_picture(picture=picture)
        for product in Product.objects.all():
            for content in contents:
                add_picture(product=product, content=content)


def photograph(number: int) -> bytes:
    """A JPEG with structure at every scale, as a photograph of cloth or leaves has it."""
    picture = Image.linear_gradient("L").resize((PIXELS, PIXELS)).rotate(90 * number)
    for grain in (400, 100, 25, 6):
        noise = Image.effect_noise((PIXELS // grain, PIXELS // grain), 70)
        noise = noise.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC)
        picture = Image.blend(picture, noise, 0.35)
    out = io.BytesIO()
    shades = [picture.point([round(level * share) for level in range(256)]) for share in TINT]
    Image.merge("RGB", shades).save(out, "JPEG", quality=92)
    return out.getvalue()


def measure(browser: Browser, url: str, runs: int) -> list[Visit]:
    """So many first visits, after one that wakes the server up."""
    visit(browser, url)
    return [visit(browser, url) for _number in range(runs)]


def visit(browser: Browser, url: str) -> Visit:
    """Open the page on a phone that has never seen it, then scroll it to its end."""
    context = browser.new_context(**PHONE)
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        traffic = Traffic(urlsplit(url).netloc)
        session = context.new_cdp_session(page)
        traffic.watch(session)
        session.send("Network.emulateNetworkConditions", NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(url, wait_until="networkidle")
        noted = noted_of(page)
        before = traffic.bytes_of(lambda kind: kind not in PICTURES)
        pictures = traffic.bytes_of(lambda kind: kind in PICTURES)
        page.evaluate(SCROLL)
        page.wait_for_load_state("networkidle")
        shift = noted_of(page)["shift"]
        return Visit(
            noted["paint"], shift, before, pictures, len(traffic.strangers), noted["largest"]
        )
    finally:
        context.close()


def noted_of(page: Page) -> dict:
    """What the page has noted, once it has been painted twice more."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return page.evaluate("noted")


def report(found: dict[str, list[Visit]]) -> int:
    """Print a line per figure; 1 if any falls short."""
    short = False
    print(f"{'page':<12} {'figure':<36} {'value':>10} {'goal':>10}  (best – worst)")
    for name, visits in found.items():
        for goal in GOALS:
            values = [goal.value(each) for each in visits]
            middle = statistics.median(values)
            is_ok = middle <= goal.most
            short |= not is_ok
            numbers = [f"{value:.{goal.digits}f}" for value in (middle, min(values), max(values))]
            value, goal_text = f"{numbers[0]} {goal.unit}", f"≤ {goal.most:g} {goal.unit}"
            print(
                f"{name:<12} {goal.name:<36} {value:>10} {goal_text:>10}  "
                f"{'ok' if is_ok else 'short':<6}({numbers[1]} – {numbers[2]})"
            )
        last = visits[-1]
        print(f"{name:<12} pictures {last.pictures / 1000:.0f} kB; largest: {last.largest}")
    print("Every figure reaches its goal." if not short else "Not every figure reaches its goal.")
    return int(short)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
