"""The database itself refuses to rewrite the books.

Transfers cannot be updated, deleted or truncated, and both accounts of a transfer must belong to its
merchant and share a currency. Triggers, because neither SQLite nor Django has composite foreign keys
to columns that are no primary key.
"""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION ledger_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'ledger_transfer is append-only: post another transfer instead'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_check_walls() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM ledger_account AS account
            WHERE account.id IN (NEW.debit_account_id, NEW.credit_account_id)
              AND account.merchant_id = NEW.merchant_id) <> 2
           OR (SELECT count(DISTINCT account.currency) FROM ledger_account AS account
               WHERE account.id IN (NEW.debit_account_id, NEW.credit_account_id)) <> 1 THEN
            RAISE EXCEPTION 'ledger_transfer: both accounts must be of its merchant and one currency'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "DROP TRIGGER IF EXISTS ledger_transfer_no_rewrite ON ledger_transfer",
    """
    CREATE TRIGGER ledger_transfer_no_rewrite BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_rewrite()
    """,
    "DROP TRIGGER IF EXISTS ledger_transfer_no_truncate ON ledger_transfer",
    """
    CREATE TRIGGER ledger_transfer_no_truncate BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_rewrite()
    """,
    "DROP TRIGGER IF EXISTS ledger_transfer_walls ON ledger_transfer",
    """
    CREATE TRIGGER ledger_transfer_walls BEFORE INSERT ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_check_walls()
    """,
]
POSTGRESQL_REMOVE = [
    "DROP TRIGGER IF EXISTS ledger_transfer_no_rewrite ON ledger_transfer",
    "DROP TRIGGER IF EXISTS ledger_transfer_no_truncate ON ledger_transfer",
    "DROP TRIGGER IF EXISTS ledger_transfer_walls ON ledger_transfer",
]
SQLITE = [
    """
    CREATE TRIGGER IF NOT EXISTS ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer is append-only: post another transfer instead'); END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer is append-only: post another transfer instead'); END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS ledger_transfer_walls BEFORE INSERT ON ledger_transfer
    WHEN (SELECT count(*) FROM ledger_account AS account
          WHERE account.id IN (NEW.debit_account_id, NEW.credit_account_id)
            AND account.merchant_id = NEW.merchant_id) <> 2
      OR (SELECT count(DISTINCT account.currency) FROM ledger_account AS account
          WHERE account.id IN (NEW.debit_account_id, NEW.credit_account_id)) <> 1
    BEGIN
        SELECT RAISE(ABORT, 'ledger_transfer: both accounts must be of its merchant and one currency');
    END
    """,
]
SQLITE_REMOVE = [
    "DROP TRIGGER IF EXISTS ledger_transfer_no_update",
    "DROP TRIGGER IF EXISTS ledger_transfer_no_delete",
    "DROP TRIGGER IF EXISTS ledger_transfer_walls",
]


def install_guards(apps, schema_editor):
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def remove_guards(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_REMOVE if is_postgresql else SQLITE_REMOVE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunPython(install_guards, remove_guards)]
