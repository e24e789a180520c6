import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0009_standing"),
        ("merchants", "0003_merchant_logo"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopFront",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=40, verbose_name="shop's name")),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="a few words to customers"
                    ),
                ),
                (
                    "avatar",
                    models.ImageField(blank=True, upload_to="avatars/", verbose_name="picture"),
                ),
                (
                    "distributor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="front",
                        to="distributors.distributor",
                        verbose_name="distributor",
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
                "verbose_name": "shop front",
                "verbose_name_plural": "shop fronts",
            },
        ),
    ]
