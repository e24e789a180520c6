"""Short links, the material library and the settings of promotion; clicks that decided something."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.core.attachments
import apps.distributors.models.people

TABLE = "promotion_materialuse"
REFUSAL = "what was done with a material is never changed"
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION promotion_refuse_change_of_use() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION promotion_refuse_change_of_use()
    """,
]
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
]
CHUNK = 1000


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_keeps{on}")


def mark_deciding_clicks(apps, schema_editor):
    """Clicks that orders, attributions, bindings and attempts already rest on."""
    click = apps.get_model("promotion", "Click")
    decided = set()
    for app, model, field in (
        ("orders", "Order", "brought_evidence"),
        ("promotion", "Attribution", "evidence"),
        ("distributors", "Binding", "evidence"),
        ("distributors", "BindingAttempt", "evidence"),
    ):
        rows = apps.get_model(app, model)._base_manager.filter(**{f"{field}__click__isnull": False})
        decided.update(rows.values_list(f"{field}__click", flat=True).iterator())
    decided = sorted(decided)
    for start in range(0, len(decided), CHUNK):
        chunk = decided[start : start + CHUNK]
        click._base_manager.filter(pk__in=chunk).update(is_deciding=True)


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0009_standing"),
        ("merchants", "0002_agreements"),
        ("products", "0001_initial"),
        ("promotion", "0002_clicks_and_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PromotionPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "retention_days",
                    models.PositiveSmallIntegerField(
                        default=400,
                        validators=[
                            django.core.validators.MinValueValidator(366),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="days clicks keep their evidence",
                    ),
                ),
                (
                    "slogan",
                    models.CharField(blank=True, max_length=40, verbose_name="slogan on posters"),
                ),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed"),
                ),
            ],
            options={
                "verbose_name": "promotion settings",
                "verbose_name_plural": "promotion settings",
            },
        ),
        migrations.AddField(
            model_name="click",
            name="forgotten_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="evidence removed"),
        ),
        migrations.AddField(
            model_name="click",
            name="is_deciding",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                verbose_name="decided a binding or an order",
            ),
        ),
        migrations.CreateModel(
            name="Material",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "copywriting"),
                            ("image", "pictures"),
                            ("video", "video"),
                            ("poster", "poster background"),
                            ("story", "product story"),
                            ("tutorial", "tutorial"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        help_text="{link} stands for the distributor's own link.",
                        max_length=5000,
                        verbose_name="text",
                    ),
                ),
                (
                    "is_exclusive",
                    models.BooleanField(
                        default=False,
                        help_text="Each level says whether it sees none, the standard or all materials.",
                        verbose_name="only for levels with all materials",
                    ),
                ),
                (
                    "visible_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="visible from"),
                ),
                (
                    "visible_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="visible until"),
                ),
                ("is_published", models.BooleanField(default=False, verbose_name="published")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="changed"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials",
                        to="products.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "from_level",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials_from",
                        to="distributors.level",
                        verbose_name="from level up",
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
                    "product",
                    models.ForeignKey(
                        blank=True,
                        help_text="Links in the text then lead to it; otherwise to the shop.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials",
                        to="products.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "material",
                "verbose_name_plural": "materials",
            },
        ),
        migrations.CreateModel(
            name="MaterialFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        storage=apps.core.attachments.private_storage,
                        upload_to="materials/",
                        verbose_name="file",
                    ),
                ),
                ("kind", models.CharField(editable=False, max_length=8)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("size", models.PositiveIntegerField(editable=False, verbose_name="size")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="added"
                    ),
                ),
                (
                    "removed_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="removed"
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="promotion.material",
                        verbose_name="material",
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
                "verbose_name": "material file",
                "verbose_name_plural": "material files",
            },
        ),
        migrations.CreateModel(
            name="MaterialUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("copy", "copied"), ("save", "saved")],
                        max_length=4,
                        verbose_name="what",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                (
                    "distributor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="material_uses",
                        to="distributors.distributor",
                        verbose_name="distributor",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="promotion.material",
                        verbose_name="material",
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
                "verbose_name": "use of a material",
                "verbose_name_plural": "uses of materials",
            },
        ),
        migrations.CreateModel(
            name="PromoLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=apps.distributors.models.people.new_shop_code,
                        editable=False,
                        max_length=16,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("shop", "shop"),
                            ("product", "product"),
                            ("invitation", "invitation"),
                        ],
                        max_length=12,
                        verbose_name="leads to",
                    ),
                ),
                ("target_id", models.PositiveBigIntegerField(default=0, verbose_name="target")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "revoke_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why it was revoked"),
                ),
                (
                    "distributor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promo_links",
                        to="distributors.distributor",
                        verbose_name="distributor",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="promotion.material",
                        verbose_name="material",
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
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="revoked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "promo link",
                "verbose_name_plural": "promo links",
            },
        ),
        migrations.AddField(
            model_name="click",
            name="link",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clicks",
                to="promotion.promolink",
                verbose_name="promo link",
            ),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(fields=["link", "at"], name="promotion_click_link"),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(
                condition=models.Q(("forgotten_at__isnull", True), ("is_deciding", False)),
                fields=["merchant", "at"],
                name="promotion_click_to_forget",
            ),
        ),
        migrations.AddField(
            model_name="promotionpolicy",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="changed by",
            ),
        ),
        migrations.AddField(
            model_name="promotionpolicy",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddIndex(
            model_name="material",
            index=models.Index(
                fields=["merchant", "is_published", "-updated_at"], name="promotion_material_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("visible_from__isnull", True),
                    ("visible_until__isnull", True),
                    ("visible_from__lt", models.F("visible_until")),
                    _connector="OR",
                ),
                name="promotion_material_dates",
                violation_error_message="“Visible until” must lie after “visible from”.",
            ),
        ),
        migrations.AddIndex(
            model_name="materialuse",
            index=models.Index(fields=["material", "kind"], name="promotion_use_counted"),
        ),
        migrations.AddConstraint(
            model_name="promolink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("material__isnull", True), ("revoked_at__isnull", True)),
                fields=("distributor", "kind", "target_id"),
                name="promotion_link_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="promolink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("material__isnull", False), ("revoked_at__isnull", True)),
                fields=("distributor", "kind", "target_id", "material"),
                name="promotion_link_once_per_material",
            ),
        ),
        migrations.AddConstraint(
            model_name="promolink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["shop", "invitation"]), ("target_id", 0)),
                    models.Q(
                        models.Q(("kind__in", ["shop", "invitation"]), _negated=True),
                        ("target_id__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="promotion_link_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="promolink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoke_reason", ""), ("revoked_at__isnull", True)),
                    models.Q(
                        ("revoked_at__isnull", False),
                        models.Q(("revoke_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="promotion_link_revoked_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionpolicy",
            constraint=models.UniqueConstraint(fields=("merchant",), name="promotion_one_policy"),
        ),
        migrations.AddConstraint(
            model_name="promotionpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("retention_days__gte", 366), ("retention_days__lte", 3650)),
                name="promotion_policy_retention",
            ),
        ),
        migrations.RunPython(install, remove),
        migrations.RunPython(mark_deciding_clicks, migrations.RunPython.noop),
    ]
