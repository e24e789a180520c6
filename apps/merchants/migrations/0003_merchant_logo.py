from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0002_agreements"),
    ]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="logo",
            field=models.ImageField(
                blank=True,
                help_text="Shown at the top of every shop; a square picture looks best.",
                upload_to="logos/",
                verbose_name="logo",
            ),
        ),
    ]
