"""The index on merchant and time begins with the merchant: one index less for every transfer."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

guards = importlib.import_module("apps.ledger.migrations.0002_guards")


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_accounts_change_in_place"),
        ("merchants", "0003_merchant_logo"),
    ]

    operations = [
        # SQLite makes the table anew, which a trigger that looks into it forbids.
        migrations.RunPython(guards.remove_guards, guards.install_guards),
        migrations.AlterField(
            model_name="transfer",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.RunPython(guards.install_guards, guards.remove_guards),
    ]
