"""Small parts of the design language that templates need in many places."""

from typing import Any

from django import template
from django.template.defaultfilters import capfirst
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

TONES = {
    "good": {"active", "paid", "completed", "released", "settled", "refunded", "upheld"},
    "wait": {
        "pending",
        "submitted",
        "suspended",
        "requested",
        "approved",
        "paying",
        "changes",
        "open",
        "appealed",
    },
    "bad": {"reversed", "failed", "rejected", "terminated", "banned"},
    "info": {"shipped", "decided"},
}
TONE_OF_STATE = {state: tone for tone, states in TONES.items() for state in states}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A symbol of static/icons/sprite.svg, hidden from readers: a text always stands by it."""
    css_class = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        css_class,
        static("icons/sprite.svg"),
        name,
    )


@register.simple_tag
def badge(label: str, state: str = "") -> SafeString:
    """A label in the colour its state has everywhere on the site."""
    tone = TONE_OF_STATE.get(state)
    css_class = f"badge badge-{tone}" if tone else "badge"
    return format_html('<span class="{}">{}</span>', css_class, capfirst(label))


@register.simple_tag
def level_badge(level: Any) -> SafeString | str:
    """A level's badge, its text in its colour; nothing for somebody without a level."""
    if level is None:
        return ""
    return format_html(
        '<span class="level-badge level-{}">{}</span>', level.badge_colour, level.badge
    )


@register.filter
def masked_name(name: str) -> str:
    """A person's name for people who need not know it: the first character, then asterisks."""
    name = name.strip()
    return name[:1] + "*" * min(max(len(name) - 1, 1), 4)


@register.filter
def filled_stars(stars: float) -> list[bool]:
    """Which of five stars are filled, rounded half up."""
    return [number - stars <= 0.5 for number in range(1, 6)]


@register.filter
def initial(name: str) -> str:
    """The character that stands for a person without a picture."""
    return name.strip()[:1].upper() or "?"


@register.filter
def masked(value: object) -> str:
    """A phone number or identifier with its middle hidden: 138****5678. Short names stay whole."""
    text = str(value)
    digits = text.removeprefix("+86")
    if len(digits) < 7:
        return text
    return f"{digits[:3]}****{digits[-4:]}"


@register.filter
def tint(pk: int) -> int:
    """One of five soft backgrounds, always the same for the same row."""
    return pk % 5
