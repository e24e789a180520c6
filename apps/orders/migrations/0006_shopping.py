"""What customers keep and say, how a merchant delivers, and what happens by itself."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.core.attachments
import apps.core.fields


def keep_what_existing_merchants_do(apps, schema_editor) -> None:
    """Merchants from before end and complete nothing by themselves until they say so."""
    settings = apps.get_model("orders", "ShopSettings")
    merchants = apps.get_model("merchants", "Merchant")
    settings._base_manager.bulk_create(
        settings(merchant=merchant, unpaid_minutes=None, complete_days=None)
        for merchant in merchants._base_manager.all()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0010_shop_fronts"),
        ("merchants", "0003_merchant_logo"),
        ("orders", "0005_brought"),
        ("products", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CartLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(max_length=40, verbose_name="whose")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("seen_price", apps.core.fields.MoneyField(verbose_name="price seen")),
                (
                    "added_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="added"),
                ),
            ],
            options={
                "verbose_name": "cart line",
                "verbose_name_plural": "cart lines",
            },
        ),
        migrations.CreateModel(
            name="RefundFile",
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
                        choices=[("image", "picture"), ("pdf", "PDF")],
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                (
                    "file",
                    models.FileField(
                        storage=apps.core.attachments.private_storage,
                        upload_to="refunds/",
                        verbose_name="file",
                    ),
                ),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
            ],
            options={
                "verbose_name": "picture of a return",
                "verbose_name_plural": "pictures of returns",
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="stars",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="words")),
                ("author", models.CharField(blank=True, max_length=80, verbose_name="author")),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("shown", "shown"), ("hidden", "hidden")],
                        default="waiting",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "written_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="written"),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
            ],
            options={
                "verbose_name": "product review",
                "verbose_name_plural": "product reviews",
            },
        ),
        migrations.CreateModel(
            name="ReviewFile",
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
                        choices=[("image", "picture"), ("pdf", "PDF")],
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                (
                    "file",
                    models.FileField(
                        storage=apps.core.attachments.private_storage,
                        upload_to="reviews/",
                        verbose_name="file",
                    ),
                ),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
            ],
            options={
                "verbose_name": "picture of a review",
                "verbose_name_plural": "pictures of reviews",
            },
        ),
        migrations.CreateModel(
            name="SavedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(max_length=40, verbose_name="whose")),
                ("name", models.CharField(max_length=80, verbose_name="recipient")),
                ("phone", models.CharField(max_length=32, verbose_name="recipient's phone")),
                ("region", models.CharField(blank=True, max_length=80, verbose_name="region")),
                ("address", models.CharField(max_length=200, verbose_name="address")),
                (
                    "used_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last used"
                    ),
                ),
            ],
            options={
                "verbose_name": "saved address",
                "verbose_name_plural": "saved addresses",
            },
        ),
        migrations.CreateModel(
            name="ShippingRegion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=40, verbose_name="province")),
                (
                    "surcharge",
                    apps.core.fields.MoneyField(blank=True, null=True, verbose_name="surcharge"),
                ),
            ],
            options={
                "verbose_name": "shipping region",
                "verbose_name_plural": "shipping regions",
            },
        ),
        migrations.CreateModel(
            name="ShopSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "unpaid_minutes",
                    models.PositiveIntegerField(
                        blank=True,
                        default=30,
                        help_text="Empty: never by itself. Not while a customer says that they have paid.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(43200),
                        ],
                        verbose_name="cancel unpaid orders after (minutes)",
                    ),
                ),
                (
                    "complete_days",
                    models.PositiveIntegerField(
                        blank=True,
                        default=10,
                        help_text="Empty: never by itself. Not while a refund of the order is being looked at.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="complete orders this many days after shipping",
                    ),
                ),
                (
                    "shipping_fee",
                    apps.core.fields.MoneyField(
                        default=Decimal("0.00"), verbose_name="shipping fee"
                    ),
                ),
                (
                    "free_from",
                    apps.core.fields.MoneyField(
                        blank=True,
                        help_text="Goods of at least this amount ship without the fee. Empty: never.",
                        null=True,
                        verbose_name="free shipping from",
                    ),
                ),
                (
                    "delivery_words",
                    models.TextField(
                        blank=True,
                        help_text="Shown on every product page, e.g. by whom and how soon you send.",
                        max_length=500,
                        verbose_name="delivery, in words",
                    ),
                ),
                (
                    "return_words",
                    models.TextField(
                        blank=True,
                        help_text="Shown on every product page and where a refund is asked for.",
                        max_length=500,
                        verbose_name="return rules, in words",
                    ),
                ),
            ],
            options={
                "verbose_name": "shop settings",
                "verbose_name_plural": "shop settings",
            },
        ),
        migrations.AddField(
            model_name="order",
            name="owner",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=40
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="payment_claimed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="customer says it is paid"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="way",
            field=models.CharField(
                blank=True,
                choices=[("money", "money back"), ("goods", "return goods, money back")],
                db_default="",
                default="",
                max_length=8,
                verbose_name="what is asked for",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("owner", ""), _negated=True),
                fields=["owner", "-placed_at"],
                name="orders_of_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("source", "shop"), ("status", "pending")),
                fields=["merchant", "placed_at"],
                name="orders_unpaid",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("source", "shop"), ("status", "shipped")),
                fields=["merchant", "shipped_at"],
                name="orders_on_their_way",
            ),
        ),
        migrations.AddField(
            model_name="cartline",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="cartline",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cart_lines",
                to="distributors.distributor",
                verbose_name="shop",
            ),
        ),
        migrations.AddField(
            model_name="cartline",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cart_lines",
                to="products.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="refundfile",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="refundfile",
            name="refund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="order_line",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="review",
                to="orders.orderline",
                verbose_name="order line",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="products.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="reviewfile",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="reviewfile",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="orders.review",
                verbose_name="product review",
            ),
        ),
        migrations.AddField(
            model_name="savedaddress",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="shippingregion",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddField(
            model_name="shopsettings",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.UniqueConstraint(
                fields=("owner", "shop", "sku"), name="orders_cart_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="cartline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1), models.Q(("owner", ""), _negated=True)),
                name="orders_cart_line",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status", "shown")),
                fields=["product", "-written_at"],
                name="orders_reviews_shown",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("stars__gte", 1), ("stars__lte", 5)), name="orders_review_stars"
            ),
        ),
        migrations.AddIndex(
            model_name="savedaddress",
            index=models.Index(fields=["owner", "-used_at"], name="orders_addresses_of"),
        ),
        migrations.AddConstraint(
            model_name="shippingregion",
            constraint=models.UniqueConstraint(
                fields=("merchant", "region"), name="orders_shipping_region_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="shippingregion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("surcharge__isnull", True), ("surcharge__gte", 0), _connector="OR"
                ),
                name="orders_shipping_surcharge_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopsettings",
            constraint=models.UniqueConstraint(
                fields=("merchant",), name="orders_shop_settings_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="shopsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shipping_fee__gte", 0),
                    models.Q(("free_from__isnull", True), ("free_from__gte", 0), _connector="OR"),
                ),
                name="orders_shop_settings_not_negative",
            ),
        ),
        migrations.RunPython(keep_what_existing_merchants_do, migrations.RunPython.noop),
    ]
