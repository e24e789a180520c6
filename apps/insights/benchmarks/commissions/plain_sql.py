"""The same commission rows by one INSERT … SELECT: what a database takes for them by itself.

Written for the benchmark's plan: shares on the paid amount, no compression, a ceiling of the paid
amount. It knows nothing of the engine, so it also checks it.
"""

import time

from django.db import connection, transaction

from apps.commissions.models import Plan
from apps.core.money import BASIS_POINTS, to_basis_points, to_minor
from apps.insights.benchmarks.commissions.product import bench_merchant

SCOPES = ("sku", "product", "category", "default")

RULES = """
CREATE TEMPORARY TABLE bench_rule (
    scope integer, target varchar(400), depth integer, level varchar(40),
    rate bigint, unit_amount bigint
)
"""
CHAIN = {
    "postgresql": """
        SELECT attribution.order_id, CAST(item.place AS integer) AS depth,
               CAST(item.person ->> 'id' AS bigint) AS beneficiary_id,
               COALESCE(item.person ->> 'level', '') AS level
        FROM promotion_attribution AS attribution,
             jsonb_array_elements(attribution.chain) WITH ORDINALITY AS item(person, place)
        WHERE item.place <= {depths} AND item.person ->> 'status' = 'active'
    """,
    "sqlite": """
        SELECT attribution.order_id, item.key + 1 AS depth,
               json_extract(item.value, '$.id') AS beneficiary_id,
               COALESCE(json_extract(item.value, '$.level'), '') AS level
        FROM promotion_attribution AS attribution, json_each(attribution.chain) AS item
        WHERE item.key < {depths} AND json_extract(item.value, '$.status') = 'active'
    """,
}
# The best rule for every kind of goods, depth and level there is, then one pass over the lines.
SELECT = """
WITH goods AS (
    SELECT kind.sku_id, kind.category_path, sku.code AS sku, product.code AS product
    FROM (SELECT DISTINCT sku_id, category_path FROM orders_orderline
          WHERE merchant_id = {merchant}) AS kind
    JOIN products_sku AS sku ON sku.id = kind.sku_id
    JOIN products_product AS product ON product.id = sku.product_id
), levels AS (
    SELECT code AS level FROM distributors_level WHERE merchant_id = {merchant}
    UNION ALL SELECT ''
), ranked AS (
    SELECT goods.sku_id, goods.category_path, rule.depth, levels.level,
           rule.rate, rule.unit_amount,
           ROW_NUMBER() OVER (
               PARTITION BY goods.sku_id, goods.category_path, rule.depth, levels.level
               ORDER BY rule.scope, LENGTH(rule.target) DESC,
                        CASE WHEN rule.level IS NULL THEN 1 ELSE 0 END
           ) AS place
    FROM goods CROSS JOIN levels
    JOIN bench_rule AS rule
      ON (rule.level IS NULL OR rule.level = levels.level)
     AND (rule.scope = 3
          OR (rule.scope = 0 AND rule.target = goods.sku)
          OR (rule.scope = 1 AND rule.target = goods.product)
          OR (rule.scope = 2
              AND SUBSTR(goods.category_path || '/', 1, LENGTH(rule.target) + 1)
                  = rule.target || '/'))
), best AS (
    SELECT * FROM ranked WHERE place = 1
), chain AS ({chain}
), shares AS (
    SELECT line.id AS line_id, chain.beneficiary_id, chain.depth, orders.paid_at, best.rate,
           line.paid_amount AS base,
           line.paid_amount * {ceiling} / {whole} AS line_limit,
           CASE WHEN best.rate IS NULL THEN best.unit_amount * line.quantity
                ELSE (2 * line.paid_amount * best.rate + {whole}) / (2 * {whole}) END AS amount
    FROM orders_orderline AS line
    JOIN orders_order AS orders ON orders.id = line.order_id
    JOIN chain ON chain.order_id = line.order_id
    JOIN best ON best.sku_id = line.sku_id AND best.category_path = line.category_path
             AND best.depth = chain.depth AND best.level = chain.level
    WHERE line.merchant_id = {merchant}
), totals AS (
    SELECT shares.*, CAST(SUM(amount) OVER (PARTITION BY line_id) AS bigint) AS total
    FROM shares WHERE amount > 0
), floors AS (
    SELECT totals.*,
           CASE WHEN total <= line_limit THEN amount ELSE amount * line_limit / total END AS share,
           CASE WHEN total <= line_limit THEN 0 ELSE amount * line_limit % total END AS remainder
    FROM totals
), places AS (
    SELECT floors.*,
           CASE WHEN total <= line_limit THEN 0
                ELSE line_limit - SUM(share) OVER (PARTITION BY line_id) END AS left_over,
           ROW_NUMBER() OVER (PARTITION BY line_id ORDER BY remainder DESC, depth) AS place
    FROM floors
), entitlements AS (
    SELECT line_id, beneficiary_id, depth, base, rate, paid_at,
           share + CASE WHEN place <= left_over THEN 1 ELSE 0 END AS amount
    FROM places
)
SELECT {merchant} AS merchant_id, line_id AS order_line_id, beneficiary_id, 'share' AS kind, depth,
       {plan} AS plan_id, base AS base_amount, rate, amount, paid_at AS earned_at
FROM entitlements WHERE amount > 0
"""
COLUMNS = (
    "merchant_id, order_line_id, beneficiary_id, kind, depth, plan_id, base_amount, rate, amount, "
    "earned_at"
)


def insert_commissions(*, label: str) -> dict:
    """Write the rows into a table that has none: seconds and how many."""
    with bench_merchant() as merchant, connection.cursor() as cursor:
        select = prepare_select(merchant, cursor)
        started = time.perf_counter()
        with transaction.atomic():
            cursor.execute(
                f"INSERT INTO commissions_commission ({COLUMNS}, created_at) "
                f"SELECT {COLUMNS}, CURRENT_TIMESTAMP FROM ({select}) AS computed"
            )
            rows = cursor.rowcount
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": rows}


def compare_commissions(*, label: str) -> dict:
    """The product's rows against the SQL's, both ways: how many, and how many stand alone."""
    with bench_merchant() as merchant, connection.cursor() as cursor:
        select = prepare_select(merchant, cursor)
        stored = f"SELECT {COLUMNS} FROM commissions_commission"
        cursor.execute(f"CREATE TEMPORARY TABLE bench_expected AS {select}")
        expected = f"SELECT {COLUMNS} FROM bench_expected"
        return {
            "rows": _count(cursor, stored),
            "expected": _count(cursor, expected),
            "different": _count(cursor, f"{stored} EXCEPT {expected}")
            + _count(cursor, f"{expected} EXCEPT {stored}"),
            "scaled": _count(cursor, _lines_at_the_ceiling(merchant)),
        }


def _lines_at_the_ceiling(merchant) -> str:
    return f"""
        SELECT order_line_id FROM bench_expected AS row
        JOIN orders_orderline AS line ON line.id = row.order_line_id
        GROUP BY order_line_id, line.paid_amount
        HAVING SUM(row.amount) = line.paid_amount * {_ceiling(merchant)} / {BASIS_POINTS}
    """


def prepare_select(merchant, cursor) -> str:
    """The SELECT of the rows, with the plan's rules in a temporary table beside it."""
    document = _plan(merchant).document
    cursor.execute(RULES)
    cursor.executemany(
        "INSERT INTO bench_rule VALUES (%s, %s, %s, %s, %s, %s)",
        [_rule_row(rule) for rule in document["rules"]],
    )
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE bench_rule")
    return SELECT.format(
        merchant=int(merchant.pk),
        plan=int(_plan(merchant).pk),
        ceiling=_ceiling(merchant),
        whole=BASIS_POINTS,
        chain=CHAIN[connection.vendor].format(depths=int(document["depths"])),
    )


def _plan(merchant) -> Plan:
    return Plan.objects.get(merchant=merchant, effective_from__isnull=False)


def _ceiling(merchant) -> int:
    return to_basis_points(_plan(merchant).document["ceiling"]["percent"])


def _rule_row(rule: dict) -> tuple:
    scope = next(name for name in SCOPES if name in rule or name == "default")
    return (
        SCOPES.index(scope),
        rule.get(scope, ""),
        rule["depth"],
        rule.get("level"),
        to_basis_points(rule["percent"]) if "percent" in rule else None,
        to_minor(rule["amount"]) if "amount" in rule else None,
    )


def _count(cursor, select: str) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM ({select}) AS counted")
    return cursor.fetchone()[0]
