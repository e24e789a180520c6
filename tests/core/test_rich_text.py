"""What is kept of pasted text: a little formatting, and nothing that runs."""

import re

import pytest
from django.template import Context, Template

from apps.core.rich_text import clean_rich_text
from apps.core.templatetags.rich_text import rich

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<p onclick=alert(1)>x</p>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<b><style>@import 'javascript:alert(1)';</style></b>",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<object data='javascript:alert(1)'></object>",
    "<p><template><img src=x onerror=alert(1)></template></p>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
]
RUNS = re.compile(
    r"<[^>]*(\bon\w+\s*=|script|style|iframe|svg|object|form|img|template)|javascript:|data:", re.I
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs(payload):
    for text in (payload, f"<p>before</p>{payload}"):
        assert not RUNS.search(clean_rich_text(text)), clean_rich_text(text)
        # Also where somebody has written to the table past the services.
        assert not RUNS.search(rich(text)), rich(text)


def test_harmless_formatting_stays():
    text = "<h3>茶</h3><p><b>a</b> <em>b</em><br>c</p><ul><li>d</li></ul>"
    assert clean_rich_text(text) == text
    assert rich(text) == text
    assert clean_rich_text('<a href="https://example.com" target="_top" class="x">y</a>') == (
        '<a href="https://example.com" rel="noopener noreferrer nofollow">y</a>'
    )


def test_plain_text_stays_plain_and_is_shown_in_paragraphs():
    text = "a < b & c\n\nd"
    assert clean_rich_text(text) == text
    assert rich(text) == "<p>a &lt; b &amp; c</p>\n\n<p>d</p>"
    assert rich("") == ""
    # In a page as well, whose templates escape whatever is not marked as clean.
    page = Template("{% load rich_text %}{{ text|rich }}").render(Context({"text": text}))
    assert page == "<p>a &lt; b &amp; c</p>\n\n<p>d</p>"


def test_cleaning_twice_changes_nothing_more():
    for payload in PAYLOADS:
        once = clean_rich_text(payload)
        assert clean_rich_text(once) == once
