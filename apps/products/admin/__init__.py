"""Goods, stock and campaigns as lists and forms; every change goes through the services."""

from apps.products.admin.campaigns import CampaignAdmin
from apps.products.admin.catalogue import CategoryAdmin, ProductAdmin
from apps.products.admin.stock import (
    SkuAdmin,
    StockMovementAdmin,
    SupplierAdmin,
    WarehouseAdmin,
)

__all__ = [
    "CampaignAdmin",
    "CategoryAdmin",
    "ProductAdmin",
    "SkuAdmin",
    "StockMovementAdmin",
    "SupplierAdmin",
    "WarehouseAdmin",
]
