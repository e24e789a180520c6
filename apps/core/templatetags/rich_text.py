"""Showing text with a little formatting."""

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

from apps.core.rich_text import clean_rich_text, has_markup

register = template.Library()


@register.filter
def rich(text: str) -> SafeString:
    """Formatted text, cleaned once more on the way out; plain text in paragraphs."""
    if not text:
        return mark_safe("")
    if not has_markup(text):
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped on this line
    return mark_safe(clean_rich_text(text))  # noqa: S308 - cleaned on this line
