"""Why a step of price control is refused."""

from django.utils.translation import gettext as _

from apps.core.errors import Refused


class PriceControlRefused(Refused):
    """The step does not fit the rules or the present state; nothing was changed."""


def require_text(text: str, *, most: int, missing: str) -> str:
    """The text without surrounding blanks. Raises PriceControlRefused when empty or too long."""
    text = text.strip()
    if not text:
        raise PriceControlRefused(missing)
    if len(text) > most:
        raise PriceControlRefused(
            _("The text is longer than %(most)s characters.") % {"most": most}
        )
    return text
