"""Payments. The database keeps notices, settings and what was paid from being rewritten."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.core.attachments
import apps.core.fields

REFUSAL = "payments are never rewritten: add a row instead"
APPEND_ONLY = ("payments_paymentnotice", "payments_paymentsettings")
# What was paid stays as it is; only where it was applied and what went back is added.
KEPT = (
    "merchant_id", "order_id", "provider", "way", "number", "amount", "status", "transaction_id",
    "paid_at",
)  # fmt: skip
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION payments_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewrite()
        """
        for table in APPEND_ONLY
    ),
    f"""
    CREATE TRIGGER payments_payment_keeps BEFORE UPDATE ON payments_payment FOR EACH ROW
    WHEN (OLD.status = 'paid' AND ({
        " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT)
    }))
    EXECUTE FUNCTION payments_refuse_rewrite()
    """,
]
SQLITE = [
    *(
        f"""
        CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for table in APPEND_ONLY
    ),
    f"""
    CREATE TRIGGER payments_payment_keeps BEFORE UPDATE ON payments_payment
    WHEN OLD.status = 'paid' AND ({" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in KEPT)})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
]


def install(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (*APPEND_ONLY, "payments_payment"):
        on_table = f" ON {table}" if is_postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps{on_table}")
    if is_postgresql:
        schema_editor.execute("DROP FUNCTION IF EXISTS payments_refuse_rewrite()")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("merchants", "0002_agreements"),
        ("orders", "0005_brought"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "provider",
                    models.CharField(
                        choices=[
                            ("wechat", "WeChat Pay"),
                            ("alipay", "Alipay"),
                            ("offline", "bank transfer"),
                        ],
                        max_length=8,
                        verbose_name="provider",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("jsapi", "inside WeChat"),
                            ("h5", "WeChat from a phone's browser"),
                            ("native", "WeChat QR code"),
                            ("wap", "Alipay on a phone"),
                            ("page", "Alipay on a computer"),
                            ("transfer", "transfer with proof"),
                        ],
                        max_length=8,
                        verbose_name="way",
                    ),
                ),
                (
                    "number",
                    models.CharField(max_length=32, unique=True, verbose_name="payment number"),
                ),
                ("amount", apps.core.fields.MoneyField(verbose_name="amount")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for the money"),
                            ("paid", "paid"),
                            ("closed", "closed unpaid"),
                            ("failed", "does not fit"),
                        ],
                        default="pending",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("is_applied", models.BooleanField(default=False, verbose_name="paid the order")),
                (
                    "transaction_id",
                    models.CharField(
                        blank=True,
                        default=None,
                        max_length=64,
                        null=True,
                        verbose_name="provider's number",
                    ),
                ),
                (
                    "returned_amount",
                    apps.core.fields.MoneyField(default=0, verbose_name="given back"),
                ),
                ("ticket", models.JSONField(blank=True, default=dict, editable=False)),
                ("payer", models.CharField(blank=True, editable=False, max_length=64)),
                ("notify_url", models.CharField(blank=True, editable=False, max_length=255)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="begun"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="open until")),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last asked"),
                ),
                ("checks", models.PositiveIntegerField(default=0, editable=False)),
                ("next_check_at", models.DateTimeField(blank=True, editable=False, null=True)),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
            },
        ),
        migrations.CreateModel(
            name="PaymentFlag",
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
                            ("late", "paid after the order was cancelled"),
                            ("double", "paid although the order was paid"),
                            ("amount", "wrong amount"),
                            ("unknown", "no such payment here"),
                            ("taken", "provider's number used twice"),
                            ("outside", "given back without being asked for here"),
                            ("failed", "could not be given back"),
                        ],
                        max_length=8,
                        verbose_name="what",
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=160, unique=True)),
                (
                    "provider",
                    models.CharField(
                        choices=[
                            ("wechat", "WeChat Pay"),
                            ("alipay", "Alipay"),
                            ("offline", "bank transfer"),
                        ],
                        max_length=8,
                        verbose_name="provider",
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, max_length=64, verbose_name="payment number"),
                ),
                (
                    "transaction_id",
                    models.CharField(blank=True, max_length=64, verbose_name="provider's number"),
                ),
                (
                    "amount",
                    apps.core.fields.MoneyField(blank=True, null=True, verbose_name="amount"),
                ),
                ("detail", models.CharField(blank=True, max_length=200, verbose_name="detail")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="noticed"),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "open"),
                            ("returned", "given back"),
                            ("accepted", "taken as the order's payment"),
                            ("noted", "settled otherwise"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "resolved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="settled"),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags",
                        to="payments.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="settled by",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment needing attention",
                "verbose_name_plural": "payments needing attention",
            },
        ),
        migrations.CreateModel(
            name="PaymentNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "provider",
                    models.CharField(
                        choices=[
                            ("wechat", "WeChat Pay"),
                            ("alipay", "Alipay"),
                            ("offline", "bank transfer"),
                        ],
                        max_length=8,
                        verbose_name="provider",
                    ),
                ),
                (
                    "event_id",
                    models.CharField(blank=True, max_length=128, null=True, verbose_name="event"),
                ),
                (
                    "number",
                    models.CharField(blank=True, max_length=64, verbose_name="payment number"),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("accepted", "taken"),
                            ("repeated", "known already"),
                            ("flagged", "needs attention"),
                            ("refused", "refused"),
                            ("ignored", "nothing to do"),
                        ],
                        max_length=8,
                        verbose_name="verdict",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("signature", "the signature is false"),
                            ("stale", "sent long ago, or in the future"),
                            ("merchant", "for another merchant account or app"),
                            ("form", "cannot be read"),
                            ("amount", "the amount is not what was to be paid"),
                            ("unknown", "no such payment here"),
                            ("stray", "the order did not wait for money"),
                            ("taken", "the provider's number belongs to another payment"),
                            ("outside", "given back without being asked for here"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("sender", models.CharField(blank=True, max_length=45, verbose_name="sent from")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("body", models.TextField(blank=True, verbose_name="as it came")),
                (
                    "received_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="received"
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="payments.payment",
                        verbose_name="payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment notice",
                "verbose_name_plural": "payment notices",
            },
        ),
        migrations.CreateModel(
            name="PaymentRefund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="number")),
                ("amount", apps.core.fields.MoneyField(verbose_name="amount")),
                (
                    "trade_amount",
                    apps.core.fields.MoneyField(blank=True, null=True, verbose_name="of"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "on its way"),
                            ("done", "given back"),
                            ("failed", "failed"),
                            ("cancelled", "called off"),
                        ],
                        default="pending",
                        max_length=9,
                        verbose_name="status",
                    ),
                ),
                ("is_sent", models.BooleanField(default=False, editable=False)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="next attempt"
                    ),
                ),
                (
                    "last_error",
                    models.CharField(blank=True, max_length=300, verbose_name="last error"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="asked for"
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "asked_by",
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
                    "flag",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_refund",
                        to="payments.paymentflag",
                        verbose_name="payment needing attention",
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
                    "order_refund",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_refund",
                        to="orders.refund",
                        verbose_name="refund",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                        verbose_name="payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund through the provider",
                "verbose_name_plural": "refunds through providers",
            },
        ),
        migrations.CreateModel(
            name="PaymentSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("wechat_on", models.BooleanField(default=False, verbose_name="WeChat Pay")),
                ("alipay_on", models.BooleanField(default=False, verbose_name="Alipay")),
                (
                    "transfer_on",
                    models.BooleanField(default=False, verbose_name="bank transfer with proof"),
                ),
                ("bank_name", models.CharField(blank=True, max_length=80, verbose_name="bank")),
                (
                    "account_name",
                    models.CharField(blank=True, max_length=80, verbose_name="account holder"),
                ),
                (
                    "account_number",
                    models.CharField(blank=True, max_length=40, verbose_name="account number"),
                ),
                (
                    "transfer_note",
                    models.TextField(
                        blank=True,
                        help_text="Customers read this.",
                        max_length=500,
                        verbose_name="words about transfers",
                    ),
                ),
                (
                    "minutes_to_pay",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="So long one attempt stays open at WeChat Pay or Alipay.",
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes to pay",
                    ),
                ),
                (
                    "returns_stray_money",
                    models.BooleanField(
                        default=True,
                        help_text="Money that arrives for a cancelled order, or a second time. Otherwise it waits for somebody to decide.",
                        verbose_name="give stray money back at once",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
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
                "verbose_name": "payment settings",
                "verbose_name_plural": "payment settings",
            },
        ),
        migrations.CreateModel(
            name="TransferProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "payer_name",
                    models.CharField(blank=True, max_length=80, verbose_name="account holder"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("request_key", models.CharField(editable=False, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("submitted", "to be looked at"),
                            ("approved", "the money has arrived"),
                            ("rejected", "rejected"),
                        ],
                        default="submitted",
                        max_length=9,
                        verbose_name="status",
                    ),
                ),
                (
                    "submitted_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="sent"),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="looked at"),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="looked at by",
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_proofs",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proof",
                        to="payments.payment",
                        verbose_name="payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "proof of transfer",
                "verbose_name_plural": "proofs of transfer",
            },
        ),
        migrations.CreateModel(
            name="ProofFile",
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
                        upload_to="transfers/",
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
                    "proof",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="payments.transferproof",
                        verbose_name="proof of transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a transfer",
                "verbose_name_plural": "files of transfers",
            },
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["merchant", "-created_at"], name="payments_newest"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["next_check_at"],
                name="payments_to_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("provider", "transaction_id"), name="payments_transaction_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_applied", True)),
                fields=("order",),
                name="payments_applied_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "pending")),
                fields=("order", "provider", "way", "payer"),
                name="payments_pending_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="payments_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("returned_amount__gte", 0), ("returned_amount__lte", models.F("amount"))
                ),
                name="payments_returned_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("status", "paid")),
                    models.Q(
                        models.Q(("status", "paid"), _negated=True),
                        ("is_applied", False),
                        ("returned_amount", 0),
                    ),
                    _connector="OR",
                ),
                name="payments_paid_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("provider__in", ["wechat", "alipay"]), ("status", "paid"), _negated=True
                    ),
                    ("transaction_id__isnull", False),
                    _connector="OR",
                ),
                name="payments_paid_has_transaction",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentflag",
            index=models.Index(
                condition=models.Q(("resolution", "")),
                fields=["merchant"],
                name="payments_open_flags",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentflag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolution", ""), ("resolved_at__isnull", True)),
                    models.Q(
                        models.Q(("resolution", ""), _negated=True), ("resolved_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="payments_flag_resolved_has_time",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentnotice",
            index=models.Index(fields=["provider", "received_at"], name="payments_notice_time"),
        ),
        migrations.AddConstraint(
            model_name="paymentnotice",
            constraint=models.UniqueConstraint(
                fields=("provider", "event_id"), name="payments_notice_event_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict", "refused"), _negated=True),
                    ("event_id__isnull", True),
                    _connector="OR",
                ),
                name="payments_refused_takes_no_event",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentrefund",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["next_attempt_at"],
                name="payments_refunds_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="payments_refund_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("flag__isnull", False), ("order_refund__isnull", True)),
                    models.Q(("flag__isnull", True), ("order_refund__isnull", False)),
                    _connector="OR",
                ),
                name="payments_refund_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("status", "pending")),
                    models.Q(
                        models.Q(("status", "pending"), _negated=True),
                        ("finished_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payments_refund_finished_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferproof",
            constraint=models.UniqueConstraint(
                fields=("merchant", "request_key"), name="payments_proof_request_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferproof",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "submitted")),
                fields=("order",),
                name="payments_proof_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferproof",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("status", "submitted")),
                    models.Q(
                        models.Q(("status", "submitted"), _negated=True),
                        ("decided_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payments_proof_decided_has_time",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
