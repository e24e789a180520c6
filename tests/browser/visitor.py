"""Somebody with a browser, who notices everything a page does wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.utils import translation
from django.utils.translation import gettext, pgettext
from playwright.sync_api import Browser, BrowserContext, Locator, Page

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
LANGUAGES = {"zh-hans": "zh-CN", "en": "en-US"}
# Reported through the console, where the watch below finds it, for every page that is visited.
REPORT_OVERFLOW = """
addEventListener("load", () => requestAnimationFrame(() => {
  const width = document.scrollingElement.scrollWidth;
  if (width > innerWidth) { console.error(`wider than the screen: ${width} > ${innerWidth}`); }
}));
"""


class Visitor:
    """One person's browser window. `problems` is what nobody should ever see in it."""

    def __init__(self, context: BrowserContext, base_url: str, language: str):
        self.context = context
        self.base_url = base_url
        self.language = language
        self.problems: list[str] = []
        self.ignored: list[str] = []
        context.add_init_script(REPORT_OVERFLOW)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note("script", error.error))
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        self.page: Page = context.new_page()

    def text(self, message: str, context: str = "", **values: object) -> str:
        """What the site says for an English message in this visitor's language."""
        with translation.override(self.language):
            text = pgettext(context, message) if context else gettext(message)
        return text % values if values else text

    def open(self, path: str) -> None:
        """Go to a path of the site."""
        self.page.goto(self.base_url + path)

    def follow(self, message: str, context: str = "") -> None:
        """Follow the first link that is named so."""
        name = self.text(message, context)
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def press(self, message: str) -> None:
        """Press the button that is named so, and wait for the page it leads to."""
        self.page.get_by_role("button", name=self.text(message), exact=True).click()
        self.page.wait_for_load_state()

    def fill(self, **values: str) -> None:
        """Fill in form fields by their names."""
        for name, value in values.items():
            self.page.locator(f'[name="{name}"]:visible').fill(value)

    def choose(self, **values: str) -> None:
        """Choose of lists by their names, one after the other: one may bring up the next."""
        for name, value in values.items():
            self.page.locator(f'select[name="{name}"]').select_option(value)
            self.page.locator('form[aria-busy="true"]').wait_for(state="detached")

    def sees(self, *texts: str) -> None:
        """Every one of these stands on the page; an AssertionError shows what does."""
        shown = self.shown()
        missing = [text for text in texts if text not in shown]
        assert not missing, f"{missing} missing on {self.page.url}:\n{shown}"

    def shown(self, selector: str = "body") -> str:
        """The visible text, with blanks and line breaks as single blanks."""
        return one_line(self.page.locator(selector).first.inner_text())

    def cells(self, row: Locator) -> list[str]:
        """The texts of a table row."""
        return [one_line(text) for text in row.locator("td").all_inner_texts()]

    @property
    def path(self) -> str:
        """The path of the page on screen."""
        return urlsplit(self.page.url).path

    def expect_refusal(self, status: int) -> None:
        """From now on an answer with this status is meant; the browser complains of it."""
        self.ignored.append(f"status of {status}")

    def _on_console(self, message) -> None:
        if message.type == "error":
            self._note("console", f"{message.text} {message.location.get('url', '')}")

    def _on_request(self, request) -> None:
        wanted = urlsplit(request.url)
        if wanted.scheme in ("http", "https", "ws", "wss"):
            if wanted.netloc != urlsplit(self.base_url).netloc:
                self._note("request", request.url)

    def _on_response(self, response) -> None:
        if response.status >= 500:
            self._note("answer", f"{response.status} {response.url}")

    def _note(self, kind: str, what: object) -> None:
        text = f"{kind}: {what} (on {self.page.url if hasattr(self, 'page') else 'start'})"
        if not any(ignored in text for ignored in self.ignored):
            self.problems.append(text)


@contextmanager
def visitor(
    browser: Browser,
    base_url: str,
    *,
    viewport: dict[str, int] = PHONE,
    language: str = "zh-hans",
    session: str | None = None,
    **options: object,
) -> Iterator[Visitor]:
    """A window of its own, signed in when `session` is a session's key."""
    context = browser.new_context(
        viewport=viewport,
        locale=LANGUAGES[language],
        timezone_id="Asia/Shanghai",
        has_touch=viewport is PHONE,
        **options,
    )
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])
    try:
        yield Visitor(context, base_url, language)
    finally:
        context.close()


def one_line(text: str) -> str:
    """Blanks and line breaks as single blanks."""
    return " ".join(text.split())
