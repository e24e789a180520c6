"""How customers are bound, and to whom. The database keeps bindings from being rewritten."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

REFUSAL = "a binding is ended once and never rewritten: add a row instead"
KEPT = (
    "merchant_id", "customer_id", "distributor_id", "way", "policy_id", "starts_at",
    "protected_until", "expires_at", "evidence", "reason", "actor_id", "created_at",
)  # fmt: skip
APPEND_ONLY = ("distributors_bindingpolicy", "distributors_bindingattempt")
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION distributors_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER distributors_binding_keeps BEFORE UPDATE ON distributors_binding FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR {
        " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT)
    })
    EXECUTE FUNCTION distributors_refuse_rewrite()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION distributors_refuse_rewrite()
        """
        for table in APPEND_ONLY
    ),
]
SQLITE = [
    f"""
    CREATE TRIGGER distributors_binding_keeps BEFORE UPDATE ON distributors_binding
    WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR {
        " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in KEPT)
    }
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for table in APPEND_ONLY
    ),
]


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    on = " ON {}" if schema_editor.connection.vendor == "postgresql" else ""
    for table in ("distributors_binding", *APPEND_ONLY):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps{on.format(table)}")


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0005_levels_in_full"),
        ("merchants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BindingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("effective_from", models.DateTimeField(verbose_name="effective from")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("off", "no binding: every order goes to the shop it was placed in"),
                            ("first_touch", "first touch, for ever"),
                            ("first_touch_days", "first touch, for a number of days"),
                            ("last_touch", "last touch"),
                        ],
                        default="off",
                        max_length=16,
                        verbose_name="rule",
                    ),
                ),
                (
                    "days",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="days a binding lasts",
                    ),
                ),
                (
                    "protection_days",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="protection period in days",
                    ),
                ),
                (
                    "bind_on",
                    models.CharField(
                        choices=[
                            ("click", "on the first click"),
                            ("registration", "when the customer becomes known by phone"),
                            ("order", "on the first paid order"),
                        ],
                        default="registration",
                        max_length=12,
                        verbose_name="bind",
                    ),
                ),
                (
                    "click_window_days",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days a click counts",
                    ),
                ),
                (
                    "binds_distributors",
                    models.BooleanField(
                        default=False,
                        verbose_name="distributors may be bound as customers of others",
                    ),
                ),
                (
                    "binds_staff",
                    models.BooleanField(
                        default=False, verbose_name="staff may be bound as customers"
                    ),
                ),
                (
                    "covers_files",
                    models.BooleanField(
                        default=False,
                        verbose_name="bindings also count for file orders that name nobody",
                    ),
                ),
                (
                    "appeal_days",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days to appeal after payment",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "binding policy",
                "verbose_name_plural": "binding policies",
            },
        ),
        migrations.CreateModel(
            name="Binding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("click", "click"),
                            ("registration", "became known"),
                            ("order", "order"),
                            ("code", "code typed at checkout"),
                            ("operator", "by hand"),
                            ("appeal", "appeal upheld"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                (
                    "protected_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="protected until"),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("expired", "expired"),
                            ("moved", "moved to another distributor"),
                            ("operator", "ended by hand"),
                            ("appeal", "moved after an appeal"),
                        ],
                        max_length=10,
                        verbose_name="why it ended",
                    ),
                ),
                ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "ending_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason of the end"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="distributors.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "distributor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="distributors.distributor",
                        verbose_name="distributor",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="distributors.bindingpolicy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "binding",
                "verbose_name_plural": "bindings",
            },
        ),
        migrations.CreateModel(
            name="BindingAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("click", "click"),
                            ("registration", "became known"),
                            ("order", "order"),
                            ("code", "code typed at checkout"),
                            ("operator", "by hand"),
                            ("appeal", "appeal upheld"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "binding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="distributors.binding",
                        verbose_name="binding",
                    ),
                ),
                (
                    "distributor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="distributors.distributor",
                        verbose_name="attempt by",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused attempt",
                "verbose_name_plural": "refused attempts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("binding", "distributor", "way"), name="distributors_attempt_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="bindingpolicy",
            constraint=models.UniqueConstraint(
                fields=("merchant", "version"), name="distributors_policy_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="bindingpolicy",
            constraint=models.UniqueConstraint(
                fields=("merchant", "effective_from"), name="distributors_policy_moment"
            ),
        ),
        migrations.AddConstraint(
            model_name="bindingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("days__gte", 1), ("rule", "first_touch_days")),
                    models.Q(
                        models.Q(("rule", "first_touch_days"), _negated=True),
                        ("days__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="distributors_policy_days",
            ),
        ),
        migrations.AddIndex(
            model_name="binding",
            index=models.Index(fields=["customer", "starts_at"], name="distributors_binding_time"),
        ),
        migrations.AddIndex(
            model_name="binding",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["distributor", "starts_at"],
                name="distributors_binding_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("customer",),
                name="distributors_one_binding_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ending", "")),
                    models.Q(
                        ("ended_at__gte", models.F("starts_at")),
                        models.Q(("ending", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="distributors_binding_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at__isnull", True),
                    ("expires_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="distributors_binding_expiry",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
