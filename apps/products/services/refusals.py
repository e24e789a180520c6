"""What a change of the goods can be refused for."""

from apps.core.errors import Refused


class ProductRefused(Refused):
    """A product, SKU, category or picture was not saved; the message says what to mend."""
