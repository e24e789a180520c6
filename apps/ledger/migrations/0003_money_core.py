"""Debts can be written off, and reversals undone."""

import importlib

from django.db import migrations, models

guards = importlib.import_module("apps.ledger.migrations.0002_guards")


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_guards"),
        ("merchants", "0001_initial"),
    ]

    operations = [
        # SQLite makes the account table anew, which a trigger that looks into it forbids.
        migrations.RunPython(guards.remove_guards, guards.install_guards),
        migrations.RemoveConstraint(
            model_name="account",
            name="ledger_account_kind_fits_side",
        ),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("pending", "pending"),
                    ("available", "available"),
                    ("withdrawing", "withdrawing"),
                    ("paid", "paid out"),
                    ("debt", "debt"),
                    ("commission_expense", "commission expense"),
                    ("write_off", "debt written off"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earn", "commission booked"),
                    ("reverse", "commission reversed"),
                    ("release", "commission released"),
                    ("debt", "debt incurred"),
                    ("repay", "debt repaid"),
                    ("withdraw", "withdrawal requested"),
                    ("withdraw_return", "withdrawal returned"),
                    ("pay", "paid out"),
                    ("restore", "reversal undone"),
                    ("write_off", "debt written off"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("balance__isnull", False),
                        ("kind__in", ["pending", "available", "withdrawing", "paid", "debt"]),
                        ("wallet__isnull", False),
                    ),
                    models.Q(
                        ("balance__isnull", True),
                        ("kind__in", ["commission_expense", "write_off"]),
                        ("wallet__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="ledger_account_kind_fits_side",
            ),
        ),
        migrations.RunPython(guards.install_guards, guards.remove_guards),
    ]
