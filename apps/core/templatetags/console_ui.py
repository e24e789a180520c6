"""Small parts of the console's pages."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.templatetags.money_display import money_text

register = template.Library()

# unfold's colours for the states of the whole site.
STATE_COLOURS = {
    "active": "success",
    "paid": "success",
    "completed": "success",
    "released": "success",
    "settled": "success",
    "done": "success",
    "refunded": "success",
    "shown": "success",
    "green": "success",
    "accepted": "success",
    "pending": "warning",
    "flagged": "warning",
    "submitted": "warning",
    "requested": "warning",
    "suspended": "warning",
    "draft": "warning",
    "waiting": "warning",
    "proposed": "warning",
    "changes": "info",
    "interrupted": "warning",
    "open": "warning",
    "appealed": "warning",
    "upheld": "success",
    "withdrawn": "default",
    "approved": "info",
    "paying": "info",
    "shipped": "info",
    "running": "info",
    "scheduled": "info",
    "decided": "info",
    "failed": "danger",
    "rejected": "danger",
    "refused": "danger",
    "terminated": "danger",
    "reversed": "danger",
    "red": "danger",
    "banned": "danger",
    # unfold shows a state without a colour by its raw value.
    "repeated": "default",
    "ignored": "default",
    "cancelled": "default",
    "hidden": "default",
    "closed": "default",
    "archived": "default",
    "dismissed": "default",
    "void": "default",
    "undone": "default",
}


@register.simple_tag
def state_label(state: str, name: str) -> SafeString:
    """The label of a state in the colour it has everywhere on the console."""
    return render_to_string(
        "unfold/helpers/label.html", {"text": name, "type": STATE_COLOURS.get(state, "default")}
    )


@register.simple_tag
def run_label(run: Any, now: datetime) -> SafeString:
    """The label of a run that knows its state at a moment (`state_at`)."""
    state = run.state_at(now)
    return state_label(state, run.State(state).label)


@register.filter
def money_of(amount: str, currency: str) -> str:
    """An amount kept as text, such as a plan's “8.00”, the way money looks everywhere."""
    return money_text(Decimal(amount), currency)


@register.filter
def change_of(amount: str, currency: str) -> SafeString:
    """A difference kept as text, with its sign and in one piece: “+¥8.00”, “−¥8.00”."""
    number = Decimal(amount)
    text = ("+" if number > 0 else "") + money_text(number, currency)
    return format_html('<span class="c-num">{}</span>', text)


@register.filter
def duration_text(duration: timedelta) -> str:
    """How long something took: “0.3 s”, “2 min 5 s”."""
    seconds = duration.total_seconds()
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, rest = divmod(round(seconds), 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
