"""Why somebody cannot join so."""

from apps.core.errors import Refused


class JoiningRefused(Refused):
    """The policy, application or review cannot be so; nothing was changed."""
