from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distributors", "0006_binding"),
        ("merchants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="distributor",
            name="distributors_children",
        ),
        migrations.AddIndex(
            model_name="distributor",
            index=models.Index(
                fields=["parent", "lft", "rght", "tree_id", "tree_depth", "merchant"],
                name="distributors_children",
            ),
        ),
    ]
