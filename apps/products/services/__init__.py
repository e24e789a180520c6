"""Every change of categories, products, SKUs and their pictures."""

from apps.products.services.catalogue import save_product, save_sku
from apps.products.services.categories import delete_category, ensure_category, save_category
from apps.products.services.images import remove_product_image, set_product_image
from apps.products.services.importing import PRODUCT_COLUMNS, import_products
from apps.products.services.refusals import ProductRefused

__all__ = [
    "PRODUCT_COLUMNS",
    "ProductRefused",
    "delete_category",
    "ensure_category",
    "import_products",
    "remove_product_image",
    "save_category",
    "save_product",
    "save_sku",
    "set_product_image",
]
