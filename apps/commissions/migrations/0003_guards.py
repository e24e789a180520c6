"""The database itself keeps history: what was computed, released or activated is never rewritten.

Also tells the stages of an upgraded site which orders they have seen.
"""

from django.db import migrations

APPEND_ONLY = ("commissions_commission", "commissions_release", "commissions_orderbooking")
PLAN_REFUSAL = "an activated plan never changes: copy it to a new draft"

POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION commissions_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: add a row instead', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION commissions_keep_plan() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{PLAN_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER commissions_plan_keeps BEFORE UPDATE ON commissions_plan FOR EACH ROW
    WHEN (OLD.effective_from IS NOT NULL AND (
        OLD.document IS DISTINCT FROM NEW.document OR OLD.name <> NEW.name
        OR OLD.version <> NEW.version OR OLD.merchant_id <> NEW.merchant_id
        OR OLD.effective_from IS DISTINCT FROM NEW.effective_from
        OR OLD.acknowledged_by <> NEW.acknowledged_by))
    EXECUTE FUNCTION commissions_keep_plan()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION commissions_refuse_rewrite()
        """
        for table in APPEND_ONLY
    ),
]
SQLITE = [
    f"""
    CREATE TRIGGER commissions_plan_keeps BEFORE UPDATE ON commissions_plan
    WHEN OLD.effective_from IS NOT NULL AND (
        OLD.document IS NOT NEW.document OR OLD.name <> NEW.name
        OR OLD.version <> NEW.version OR OLD.merchant_id <> NEW.merchant_id
        OR OLD.effective_from IS NOT NEW.effective_from
        OR OLD.acknowledged_by <> NEW.acknowledged_by)
    BEGIN SELECT RAISE(ABORT, '{PLAN_REFUSAL}'); END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only: add a row instead'); END
        """
        for table in APPEND_ONLY
    ),
]
SEEN = [
    """
    UPDATE orders_order SET stage = 1
    WHERE EXISTS (SELECT 1 FROM promotion_attribution AS attribution
                  WHERE attribution.order_id = orders_order.id)
    """,
    """
    UPDATE orders_order SET stage = 2
    WHERE EXISTS (SELECT 1 FROM commissions_orderbooking AS booking
                  WHERE booking.order_id = orders_order.id)
    """,
]


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)
    for statement in SEEN:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Drop the guards again; also what a test does that bends the books on purpose."""
    on = " ON {}" if schema_editor.connection.vendor == "postgresql" else ""
    for table in ("commissions_plan", *APPEND_ONLY):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps{on.format(table)}")


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0002_money_core"),
        ("orders", "0003_money_core"),
        ("promotion", "0001_initial"),
    ]

    operations = [migrations.RunPython(install, remove)]
