import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0001_initial"),
        ("distributors", "0002_tree_indexes"),
        ("merchants", "0001_initial"),
        ("orders", "0002_orderline_category_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BonusPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="bonus")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                ("figures", models.JSONField(default=dict, verbose_name="figures")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
            ],
            options={
                "verbose_name": "bonus period",
                "verbose_name_plural": "bonus periods",
            },
        ),
        migrations.CreateModel(
            name="Simulation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date_from", models.DateField(verbose_name="first day")),
                ("date_to", models.DateField(verbose_name="last day")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0, verbose_name="orders done")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="orders")),
                ("result", models.JSONField(null=True, verbose_name="result")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked"),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
            ],
            options={
                "verbose_name": "simulation",
                "verbose_name_plural": "simulations",
            },
        ),
        migrations.RemoveConstraint(
            model_name="commission",
            name="commissions_sign_fits_source",
        ),
        migrations.AddField(
            model_name="orderbooking",
            name="facts",
            field=models.JSONField(null=True, verbose_name="facts"),
        ),
        migrations.AddField(
            model_name="stagerun",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="stagerun",
            name="done",
            field=models.PositiveIntegerField(default=0, verbose_name="done"),
        ),
        migrations.AddField(
            model_name="stagerun",
            name="origin",
            field=models.CharField(
                choices=[("worker", "worker"), ("command", "command line"), ("console", "console")],
                default="worker",
                max_length=10,
                verbose_name="started by",
            ),
        ),
        migrations.AddField(
            model_name="stagerun",
            name="stage",
            field=models.CharField(blank=True, max_length=20, verbose_name="stage"),
        ),
        migrations.AddField(
            model_name="stagerun",
            name="total",
            field=models.PositiveIntegerField(default=0, verbose_name="to do"),
        ),
        migrations.AlterField(
            model_name="commission",
            name="kind",
            field=models.CharField(
                choices=[
                    ("share", "share"),
                    ("level_difference", "level difference"),
                    ("same_level", "same-level award"),
                    ("newcomer", "newcomer boost"),
                    ("referral", "referral award"),
                    ("region", "regional agent"),
                    ("store", "store share"),
                    ("stage_bonus", "stage bonus"),
                ],
                default="share",
                max_length=16,
                verbose_name="kind",
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
                        ("refund__isnull", False),
                        ("reverses__isnull", False),
                        models.Q(("amount", 0), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="commissions_sign_fits_source",
            ),
        ),
        migrations.AddField(
            model_name="bonusperiod",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="bonusperiod",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AddField(
            model_name="simulation",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="asked by",
            ),
        ),
        migrations.AddField(
            model_name="simulation",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="simulation",
            name="moved",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="distributors.distributor",
                verbose_name="moved",
            ),
        ),
        migrations.AddField(
            model_name="simulation",
            name="new_parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="distributors.distributor",
                verbose_name="new upline",
            ),
        ),
        migrations.AddField(
            model_name="simulation",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="bonusperiod",
            constraint=models.UniqueConstraint(
                fields=("merchant", "number", "ends_at"), name="commissions_bonus_period_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bonusperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="commissions_bonus_period_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="simulation",
            constraint=models.CheckConstraint(
                condition=models.Q(("date_to__gte", models.F("date_from"))),
                name="commissions_simulation_period",
            ),
        ),
    ]
