"""What can be bought, at what price, and where it lies."""

from apps.products.selectors.pricing import (
    Price,
    announced_campaigns,
    prices_for,
    running_campaigns,
)
from apps.products.selectors.shelf import (
    CategoryNode,
    category_tree,
    listed_products,
    top_categories,
)
from apps.products.selectors.stock import (
    Availability,
    availability,
    available,
    default_warehouse,
    low_stock,
    serving_warehouses,
    stock_by_warehouse,
)

__all__ = [
    "Availability",
    "CategoryNode",
    "Price",
    "announced_campaigns",
    "availability",
    "available",
    "category_tree",
    "default_warehouse",
    "listed_products",
    "low_stock",
    "prices_for",
    "running_campaigns",
    "serving_warehouses",
    "stock_by_warehouse",
    "top_categories",
]
