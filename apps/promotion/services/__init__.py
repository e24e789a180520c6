"""Who earned an order."""

from apps.promotion.services.attributing import attribute_orders

__all__ = ["attribute_orders"]
