"""Every change of categories, products, SKUs, their pictures, prices and stock."""

from apps.products.services.campaigns import save_campaign, stop_campaign
from apps.products.services.catalogue import save_product, save_sku, set_options
from apps.products.services.categories import delete_category, ensure_category, save_category
from apps.products.services.images import (
    add_picture,
    change_picture,
    remove_picture,
    remove_product_image,
    remove_video,
    set_product_image,
    set_video,
)
from apps.products.services.importing import MORE_COLUMNS, PRODUCT_COLUMNS, import_products
from apps.products.services.places import save_supplier, save_warehouse
from apps.products.services.prices import set_level_prices
from apps.products.services.refusals import ProductRefused, StockShort
from apps.products.services.stock import correct_stock, set_total_stock, transfer_stock

__all__ = [
    "MORE_COLUMNS",
    "PRODUCT_COLUMNS",
    "ProductRefused",
    "StockShort",
    "add_picture",
    "change_picture",
    "correct_stock",
    "delete_category",
    "ensure_category",
    "import_products",
    "remove_picture",
    "remove_product_image",
    "remove_video",
    "save_campaign",
    "save_category",
    "save_product",
    "save_sku",
    "save_supplier",
    "save_warehouse",
    "set_level_prices",
    "set_options",
    "set_product_image",
    "set_total_stock",
    "set_video",
    "stop_campaign",
    "transfer_stock",
]
