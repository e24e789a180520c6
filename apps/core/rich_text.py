"""Text with a little formatting: what is kept of whatever somebody pastes."""

import re

import nh3

TAGS = {
    "p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "h3", "h4", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td", "a", "hr",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
SCHEMES = {"https", "http", "mailto", "tel"}
# What begins like a tag, an end tag, a comment or a declaration.
MARKUP = re.compile(r"<[a-zA-Z/!?]")


def has_markup(text: str) -> bool:
    """Whether the text is meant as HTML; plain text stays plain, with its line breaks."""
    return MARKUP.search(text) is not None


def clean_rich_text(text: str) -> str:
    """The text with only harmless tags and links left; plain text as it is."""
    text = text.replace("\x00", "").strip()
    if not has_markup(text):
        return text
    return nh3.clean(
        text,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    ).strip()
