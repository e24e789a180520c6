"""Equal payout accounts are found by a keyed hash, also those entered before."""

from django.db import migrations, models

from apps.core.evidence import keyed_hash


def hash_numbers(apps, schema_editor):
    accounts = apps.get_model("payouts", "PayoutAccount")._base_manager
    changed = []
    for account in accounts.only("merchant_id", "method", "number").iterator(chunk_size=500):
        told = f"{account.merchant_id}:{account.method}:{account.number}"
        account.number_hash = keyed_hash("payout account", told)
        changed.append(account)
        if len(changed) == 500:
            accounts.bulk_update(changed, ["number_hash"])
            changed = []
    accounts.bulk_update(changed, ["number_hash"])


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_money_core")]

    operations = [
        migrations.AddField(
            model_name="payoutaccount",
            name="number_hash",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(hash_numbers, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="payoutaccount",
            index=models.Index(fields=["merchant", "number_hash"], name="payouts_account_hash"),
        ),
    ]
