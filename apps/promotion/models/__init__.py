"""What brings customers in: clicks, and whose order it is."""

from apps.promotion.models.attribution import Attribution
from apps.promotion.models.clicks import Click

__all__ = ["Attribution", "Click"]
