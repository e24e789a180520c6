"""What promotion refuses."""

from apps.core.errors import Refused


class PromotionRefused(Refused):
    """A link, a poster or a material cannot be had so; nothing was changed."""
