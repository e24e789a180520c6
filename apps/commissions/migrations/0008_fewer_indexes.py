"""Indexes that begin another one, or are nearly all empty, cost every commission written."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

appeals = importlib.import_module("apps.commissions.migrations.0007_appeals")


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0007_appeals"),
        ("distributors", "0010_shop_fronts"),
        ("merchants", "0003_merchant_logo"),
        ("orders", "0007_shipping_problems"),
    ]

    operations = [
        migrations.AlterField(
            model_name="commission",
            name="beneficiary",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="commissions",
                to="distributors.distributor",
                verbose_name="beneficiary",
            ),
        ),
        migrations.AlterField(
            model_name="commission",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AlterField(
            model_name="commission",
            name="rebooking",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="commissions",
                to="commissions.rebooking",
                verbose_name="rebooking",
            ),
        ),
        migrations.AlterField(
            model_name="commission",
            name="refund",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
        migrations.AlterField(
            model_name="commission",
            name="reverses",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="commissions.commission",
                verbose_name="reverses",
            ),
        ),
        migrations.AddIndex(
            model_name="commission",
            index=models.Index(
                condition=models.Q(("refund__isnull", False)),
                fields=["refund"],
                name="commissions_by_refund",
            ),
        ),
        migrations.AddIndex(
            model_name="commission",
            index=models.Index(
                condition=models.Q(("reverses__isnull", False)),
                fields=["reverses"],
                name="commissions_by_reversed",
            ),
        ),
        # SQLite made the table anew, without its trigger.
        migrations.RunPython(appeals.install, migrations.RunPython.noop),
    ]
