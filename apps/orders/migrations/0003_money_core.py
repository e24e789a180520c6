import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0003_money_core"),
        ("merchants", "0001_initial"),
        ("orders", "0002_orderline_category_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="orders_paid_has_time",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="orders_refund_positive",
        ),
        migrations.AddField(
            model_name="order",
            name="stage",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "new"), (1, "attributed"), (2, "booked")],
                default=0,
                editable=False,
                verbose_name="stage",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="store",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="distributors.store",
                verbose_name="picked up at",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="orders.refund",
                verbose_name="undoes",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "awaiting payment"),
                    ("paid", "paid"),
                    ("shipped", "shipped"),
                    ("completed", "completed"),
                    ("cancelled", "cancelled"),
                    ("closed", "cancelled after payment"),
                ],
                default="pending",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("paid_at__isnull", False), ("stage", 0)),
                fields=["merchant", "paid_at", "id"],
                name="orders_to_attribute",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("paid_at__isnull", False), ("stage", 1)),
                fields=["merchant", "paid_at", "id"],
                name="orders_to_book",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ["paid", "shipped", "completed", "closed"]), _negated=True
                    ),
                    ("paid_at__isnull", False),
                    _connector="OR",
                ),
                name="orders_paid_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("undoes__isnull", True)),
                    models.Q(("amount__lt", 0), ("status", "refunded"), ("undoes__isnull", False)),
                    _connector="OR",
                ),
                name="orders_refund_sign",
            ),
        ),
    ]
