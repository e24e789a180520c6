"""Appeals, and what booking an order again adds. The new table is append-only as the others."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# On SQLite a changed table is made anew, without its triggers.
TABLES = ("commissions_commission", "commissions_rebooking")


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        on = f" ON {table}" if is_postgresql else ""
        does = (
            "FOR EACH ROW EXECUTE FUNCTION commissions_refuse_rewrite()"
            if is_postgresql
            else f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: add a row instead'); END"
        )
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps{on}")
        schema_editor.execute(
            f"CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table} {does}", params=None
        )


def remove(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    on = " ON commissions_rebooking" if is_postgresql else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS commissions_rebooking_keeps{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0006_level_reviews"),
        ("distributors", "0006_binding"),
        ("merchants", "0001_initial"),
        ("orders", "0005_brought"),
        ("promotion", "0002_clicks_and_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("upheld", "upheld"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="opened"),
                ),
                ("deadline", models.DateTimeField(verbose_name="could be opened until")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="answer")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
            },
        ),
        migrations.CreateModel(
            name="Rebooking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("facts", models.JSONField(null=True, verbose_name="facts")),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
            ],
            options={
                "verbose_name": "rebooking",
                "verbose_name_plural": "rebookings",
            },
        ),
        migrations.RemoveConstraint(
            model_name="commission",
            name="commissions_sale_once",
        ),
        migrations.RemoveConstraint(
            model_name="commission",
            name="commissions_reversal_once",
        ),
        migrations.RemoveConstraint(
            model_name="commission",
            name="commissions_sign_fits_source",
        ),
        migrations.AddField(
            model_name="appeal",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="answered by",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="distributor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="distributors.distributor",
                verbose_name="distributor",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="rebooking",
            name="attribution",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rebooking",
                to="promotion.attribution",
                verbose_name="attribution",
            ),
        ),
        migrations.AddField(
            model_name="rebooking",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="rebooking",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="rebooking",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rebookings",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="rebooking",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="commissions.rebooking",
                verbose_name="rebooking",
            ),
        ),
        migrations.AddField(
            model_name="commission",
            name="rebooking",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="commissions",
                to="commissions.rebooking",
                verbose_name="rebooking",
            ),
        ),
        migrations.AddIndex(
            model_name="commission",
            index=models.Index(
                condition=models.Q(("rebooking__isnull", False)),
                fields=["rebooking"],
                name="commissions_by_rebooking",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rebooking__isnull", True), ("reverses__isnull", True)),
                fields=("order_line", "beneficiary", "kind", "depth"),
                name="commissions_sale_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rebooking__isnull", False), ("reverses__isnull", True)),
                fields=("order_line", "beneficiary", "kind", "depth", "rebooking"),
                name="commissions_rebooked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refund__isnull", False)),
                fields=("reverses", "refund"),
                name="commissions_reversal_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rebooking__isnull", False), ("reverses__isnull", False)),
                fields=("reverses", "rebooking"),
                name="commissions_correction_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount__gt", 0), ("refund__isnull", True), ("reverses__isnull", True)
                    ),
                    models.Q(
                        ("rebooking__isnull", True),
                        ("refund__isnull", False),
                        ("reverses__isnull", False),
                        models.Q(("amount", 0), _negated=True),
                    ),
                    models.Q(
                        ("amount__lt", 0),
                        ("rebooking__isnull", False),
                        ("refund__isnull", True),
                        ("reverses__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="commissions_sign_fits_source",
            ),
        ),
        migrations.AddIndex(
            model_name="rebooking",
            index=models.Index(fields=["merchant", "decided_at"], name="commissions_rebooked_at"),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                fields=["merchant", "status", "opened_at"], name="commissions_appeal_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "open")),
                fields=("order", "distributor"),
                name="commissions_appeal_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("closed_at__isnull", True), ("status", "open")),
                    models.Q(("answer", ""), ("closed_at__isnull", False), ("status", "withdrawn")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("status__in", ["upheld", "rejected"]),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="commissions_appeal_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rebooking__isnull", False), ("status", "upheld")),
                    models.Q(
                        models.Q(("status", "upheld"), _negated=True), ("rebooking__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="commissions_appeal_rebooked",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
