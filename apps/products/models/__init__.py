"""What a merchant sells: goods, their pictures, prices and stock."""

from apps.products.models.catalogue import (
    PATH_SEPARATOR,
    PICTURE_SIZES,
    VALUE_SEPARATOR,
    Category,
    Product,
    Sku,
    Supplier,
    scaled_name,
    sizes_of,
)
from apps.products.models.pictures import ProductPicture
from apps.products.models.pricing import ANNOUNCED_AHEAD, Campaign, CampaignLine, LevelPrice
from apps.products.models.stock import StockMovement, Warehouse, WarehouseStock

__all__ = [
    "ANNOUNCED_AHEAD",
    "PATH_SEPARATOR",
    "PICTURE_SIZES",
    "VALUE_SEPARATOR",
    "Campaign",
    "CampaignLine",
    "Category",
    "LevelPrice",
    "Product",
    "ProductPicture",
    "Sku",
    "StockMovement",
    "Supplier",
    "Warehouse",
    "WarehouseStock",
    "scaled_name",
    "sizes_of",
]
