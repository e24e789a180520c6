"""What a change of the goods can be refused for."""

from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Refused


class ProductRefused(Refused):
    """A product, SKU, category or picture was not saved; the message says what to mend."""


class StockShort(ProductRefused):
    """Fewer pieces are there than were asked for; nothing was moved."""

    def __init__(self, sku: Any, left: int | None = None):
        self.sku, self.left = sku, left
        words = {"name": sku.product.name, "sku": sku.code}
        super().__init__(_("“%(name)s” (%(sku)s): not enough in stock.") % words)
