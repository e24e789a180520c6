"""Who earned an order."""

from apps.promotion.services.attributing import Attributed, attribute_orders

__all__ = ["Attributed", "attribute_orders"]
