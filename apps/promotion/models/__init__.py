"""What brings customers in: links, material and clicks; and whose order it is."""

from apps.promotion.models.attribution import Attribution
from apps.promotion.models.clicks import Click
from apps.promotion.models.links import PromoLink
from apps.promotion.models.materials import Material, MaterialFile, MaterialUse
from apps.promotion.models.policy import PromotionPolicy

__all__ = [
    "Attribution",
    "Click",
    "Material",
    "MaterialFile",
    "MaterialUse",
    "PromoLink",
    "PromotionPolicy",
]
