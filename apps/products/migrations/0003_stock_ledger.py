"""The database keeps the stock ledger as it is, and stock of before begins it.

What a SKU had becomes an opening movement in its merchant's main warehouse. The picture that a
product had becomes the first of its pictures.
"""

from django.conf import settings
from django.db import migrations
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

TABLE = "products_stockmovement"
REFUSAL = f"{TABLE} is append-only: add another movement instead"
BATCH = 2000

POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION products_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"DROP TRIGGER IF EXISTS {TABLE}_keeps ON {TABLE}",
    f"""
    CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION products_refuse_rewrite()
    """,
]
POSTGRESQL_REMOVE = [f"DROP TRIGGER IF EXISTS {TABLE}_keeps ON {TABLE}"]
SQLITE = [
    f"""
    CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{act.lower()} BEFORE {act} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
    for act in ("UPDATE", "DELETE")
]
SQLITE_REMOVE = [f"DROP TRIGGER IF EXISTS {TABLE}_no_{act}" for act in ("update", "delete")]


def install_guards(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def remove_guards(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_REMOVE if is_postgresql else SQLITE_REMOVE:
        schema_editor.execute(statement, params=None)


def open_ledger(apps, schema_editor):
    sku_model, warehouse_model, stock_model, movement_model = (
        apps.get_model("products", name)
        for name in ("Sku", "Warehouse", "WarehouseStock", "StockMovement")
    )
    now = timezone.now()
    with override(settings.LANGUAGE_CODE):
        name = _("Main warehouse")
    merchants = sku_model._base_manager.filter(stock__gt=0).order_by("merchant_id")
    for merchant_id in list(merchants.values_list("merchant_id", flat=True).distinct()):
        home = warehouse_model._base_manager.create(merchant_id=merchant_id, code="MAIN", name=name)
        skus = sku_model._base_manager.filter(merchant_id=merchant_id, stock__gt=0).order_by("pk")
        rows = list(skus.values_list("pk", "stock"))
        stock_model._base_manager.bulk_create(
            [
                stock_model(merchant_id=merchant_id, warehouse=home, sku_id=pk, quantity=stock)
                for pk, stock in rows
            ],
            batch_size=BATCH,
        )
        movement_model._base_manager.bulk_create(
            [
                movement_model(
                    merchant_id=merchant_id, warehouse=home, sku_id=pk, quantity=stock,
                    reason="opening", key=f"opening/{pk}", at=now,
                )
                for pk, stock in rows
            ],
            batch_size=BATCH,
        )  # fmt: skip


def adopt_pictures(apps, schema_editor):
    product_model = apps.get_model("products", "Product")
    picture_model = apps.get_model("products", "ProductPicture")
    products = product_model._base_manager.exclude(image="").order_by("pk")
    rows = products.values_list("pk", "merchant_id", "image", "image_width", "image_height")
    picture_model._base_manager.bulk_create(
        [
            picture_model(
                merchant_id=merchant_id, product_id=pk, position=1, file=image,
                width=width or 1, height=height or 1,
            )
            for pk, merchant_id, image, width, height in rows
        ],
        batch_size=BATCH,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("products", "0002_goods")]

    operations = [
        migrations.RunPython(install_guards, remove_guards),
        migrations.RunPython(open_ledger, migrations.RunPython.noop),
        migrations.RunPython(adopt_pictures, migrations.RunPython.noop),
    ]
