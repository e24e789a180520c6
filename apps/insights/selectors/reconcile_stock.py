"""Checks of stock: what lies where, what a SKU has in all, and the movements behind both."""

from apps.insights.selectors.reconcile_query import Rows, query


def stock_equals_movements(merchant) -> Rows:
    """What lies in a warehouse is the sum of its movements there."""
    for sku, warehouse, quantity, moved in query(
        """
        SELECT sku.code, warehouse.code, SUM(held.quantity), SUM(held.moved)
        FROM (
            SELECT sku_id, warehouse_id, quantity, 0 AS moved FROM products_warehousestock
            WHERE merchant_id = :merchant
            UNION ALL
            SELECT sku_id, warehouse_id, 0, quantity FROM products_stockmovement
            WHERE merchant_id = :merchant
        ) AS held
        JOIN products_sku AS sku ON sku.id = held.sku_id
        JOIN products_warehouse AS warehouse ON warehouse.id = held.warehouse_id
        GROUP BY sku.code, warehouse.code
        HAVING SUM(held.quantity) <> SUM(held.moved)
        ORDER BY sku.code, warehouse.code
        """,
        merchant,
    ):
        yield f"stock {sku}@{warehouse}", f"holds {int(quantity)}, movements {int(moved)}"


def stock_equals_warehouses(merchant) -> Rows:
    """What a SKU has in all is what lies in its warehouses together."""
    for sku, stock, held in query(
        """
        SELECT sku.code, sku.stock, COALESCE(held.quantity, 0)
        FROM products_sku AS sku
        LEFT JOIN (
            SELECT sku_id, SUM(quantity) AS quantity FROM products_warehousestock
            WHERE merchant_id = :merchant GROUP BY sku_id
        ) AS held ON held.sku_id = sku.id
        WHERE sku.merchant_id = :merchant AND sku.stock <> COALESCE(held.quantity, 0)
        ORDER BY sku.code
        """,
        merchant,
    ):
        yield f"stock {sku}", f"says {int(stock)}, warehouses {int(held)}"


STOCK_CHECKS = (stock_equals_movements, stock_equals_warehouses)
