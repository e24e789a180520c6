"""A merchant's settings of promotion."""

from apps.merchants.models import Merchant
from apps.promotion.models import PromotionPolicy


def promotion_policy_of(merchant: Merchant) -> PromotionPolicy:
    """What the merchant has chosen, or the defaults in a row that is not saved. One query."""
    found = PromotionPolicy.objects.filter(merchant=merchant).select_related("changed_by").first()
    return found or PromotionPolicy(merchant=merchant)
