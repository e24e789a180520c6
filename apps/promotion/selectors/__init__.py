"""What is read about promotion: where links lead, funnels, materials, a customer's story."""

from apps.promotion.selectors.targets import shop_link
from apps.promotion.selectors.timeline import Happened, Step, customer_timeline, first_of

__all__ = ["Happened", "Step", "customer_timeline", "first_of", "shop_link"]
