"""Clicks as evidence, and attributions that supersede others: none is ever rewritten."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

TABLE = "promotion_attribution"
REFUSAL = "an attribution is append-only: add one that supersedes it"
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION promotion_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION promotion_refuse_rewrite()
    """,
]
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
]


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Drop the guard again; also what a test does that bends the books on purpose."""
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_keeps{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0006_binding"),
        ("merchants", "0001_initial"),
        ("orders", "0005_brought"),
        ("promotion", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Click",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                ("target", models.CharField(max_length=200, verbose_name="led to")),
                (
                    "referrer_host",
                    models.CharField(blank=True, max_length=100, verbose_name="came from"),
                ),
                (
                    "device",
                    models.CharField(
                        choices=[
                            ("wechat", "WeChat"),
                            ("phone", "phone"),
                            ("tablet", "tablet"),
                            ("computer", "computer"),
                        ],
                        max_length=10,
                        verbose_name="device",
                    ),
                ),
                (
                    "address_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="address (hashed)"),
                ),
                ("visitor", models.CharField(max_length=32, verbose_name="visitor")),
            ],
            options={
                "verbose_name": "click",
                "verbose_name_plural": "clicks",
            },
        ),
        migrations.AddField(
            model_name="attribution",
            name="evidence",
            field=models.JSONField(null=True, verbose_name="evidence"),
        ),
        migrations.AddField(
            model_name="attribution",
            name="number",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="number"),
        ),
        migrations.AddField(
            model_name="attribution",
            name="supersedes",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="promotion.attribution",
                verbose_name="supersedes",
            ),
        ),
        migrations.AlterField(
            model_name="attribution",
            name="method",
            field=models.CharField(
                choices=[
                    ("order", "named on the order"),
                    ("code", "code typed at checkout"),
                    ("binding", "the customer was bound"),
                    ("click", "last click"),
                    ("appeal", "appeal upheld"),
                    ("self_purchase", "bought by the distributor, who earns it"),
                    ("self_to_parent", "bought by the distributor, given to the upline"),
                    ("none", "no distributor"),
                ],
                max_length=16,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="attribution",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attributions",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddConstraint(
            model_name="attribution",
            constraint=models.UniqueConstraint(
                fields=("order", "number"), name="promotion_attribution_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="attribution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supersedes__isnull", False)),
                fields=("supersedes",),
                name="promotion_attribution_superseded_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="attribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("supersedes__isnull", True)),
                    models.Q(("number__gt", 1), ("supersedes__isnull", False)),
                    _connector="OR",
                ),
                name="promotion_attribution_number",
            ),
        ),
        migrations.AddField(
            model_name="click",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clicks",
                to="distributors.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="click",
            name="distributor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clicks",
                to="distributors.distributor",
                verbose_name="distributor",
            ),
        ),
        migrations.AddField(
            model_name="click",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(
                fields=["merchant", "visitor", "at"], name="promotion_click_visitor"
            ),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(fields=["distributor", "at"], name="promotion_click_brought"),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(fields=["customer", "at"], name="promotion_click_customer"),
        ),
        migrations.RunPython(install, remove),
    ]
