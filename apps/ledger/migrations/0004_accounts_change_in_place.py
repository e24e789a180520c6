"""Balances change all the time: room on each page lets PostgreSQL do it without touching an index."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

guards = importlib.import_module("apps.ledger.migrations.0002_guards")


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ledger_account SET (fillfactor = 70)")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ledger_account RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_money_core")]

    operations = [
        # SQLite makes the account table anew, which a trigger that looks into it forbids.
        migrations.RunPython(guards.remove_guards, guards.install_guards),
        # The constraint on wallet and kind begins with the wallet.
        migrations.AlterField(
            model_name="account",
            name="wallet",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="ledger.wallet",
                verbose_name="wallet",
            ),
        ),
        migrations.RunPython(guards.install_guards, guards.remove_guards),
        migrations.RunPython(leave_room, fill_up),
    ]
