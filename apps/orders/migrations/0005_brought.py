"""How an order came to name who brought it, and in whose shop it was placed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0006_binding"),
        ("merchants", "0001_initial"),
        ("orders", "0004_level_goods"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="brought_evidence",
            field=models.JSONField(blank=True, null=True, verbose_name="evidence"),
        ),
        migrations.AddField(
            model_name="order",
            name="brought_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "named on the order"),
                    ("code", "code typed at checkout"),
                    ("binding", "the customer was bound"),
                    ("click", "last click"),
                ],
                db_default="",
                default="",
                max_length=8,
                verbose_name="how it was brought",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="shop",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shop_orders",
                to="distributors.distributor",
                verbose_name="placed in the shop of",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("shop__isnull", False)),
                fields=["shop"],
                name="orders_placed_in_shop",
            ),
        ),
    ]
