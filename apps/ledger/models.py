"""The books: append-only transfers between accounts (design §4).

One row is one movement, so the books balance by construction. Money owed to a distributor walks
pending → available → withdrawing → paid; a claw-back that available cannot bear goes to debt.
"""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel, merchant_key
from apps.distributors.models import Distributor


class Wallet(MerchantScopedModel):
    """A payee's accounts, together."""

    distributor = models.OneToOneField(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="wallet"
    )

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")

    def __str__(self) -> str:
        return str(self.distributor)


class Account(MerchantScopedModel):
    """Where money stands. A wallet's account keeps its balance; the merchant's side keeps none.

    The merchant's accounts take part in every posting: a stored balance there would be one hot row.
    """

    class Kind(models.TextChoices):
        PENDING = "pending", _("pending")
        AVAILABLE = "available", _("available")
        WITHDRAWING = "withdrawing", _("withdrawing")
        PAID = "paid", _("paid out")
        DEBT = "debt", _("debt")
        COMMISSION_EXPENSE = "commission_expense", _("commission expense")
        WRITE_OFF = "write_off", _("debt written off")

    wallet = models.ForeignKey(
        Wallet,
        models.PROTECT,
        verbose_name=_("wallet"),
        null=True,
        related_name="accounts",
        db_index=False,  # the constraint below begins with it
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    currency = models.CharField(_("currency"), max_length=3)
    balance = MoneyField(_("balance"), null=True, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "kind"],
                name="ledger_account_once_per_wallet",
                condition=Q(wallet__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["merchant", "kind"],
                name="ledger_account_once_per_merchant",
                condition=Q(wallet__isnull=True),
            ),
            models.CheckConstraint(condition=Q(balance__gte=0), name="ledger_balance_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    wallet__isnull=False,
                    balance__isnull=False,
                    kind__in=["pending", "available", "withdrawing", "paid", "debt"],
                )
                | Q(
                    wallet__isnull=True,
                    balance__isnull=True,
                    kind__in=["commission_expense", "write_off"],
                ),
                name="ledger_account_kind_fits_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wallet or self.merchant} · {self.get_kind_display()}"


WALLET_KINDS = (
    Account.Kind.PENDING,
    Account.Kind.AVAILABLE,
    Account.Kind.WITHDRAWING,
    Account.Kind.PAID,
    Account.Kind.DEBT,
)


class Transfer(MerchantScopedModel):
    """One movement of money. Never updated or deleted: the database refuses (triggers)."""

    class Kind(models.TextChoices):
        EARN = "earn", _("commission booked")
        REVERSE = "reverse", _("commission reversed")
        RELEASE = "release", _("commission released")
        DEBT = "debt", _("debt incurred")
        REPAY = "repay", _("debt repaid")
        WITHDRAW = "withdraw", _("withdrawal requested")
        WITHDRAW_RETURN = "withdraw_return", _("withdrawal returned")
        PAY = "pay", pgettext_lazy("transfer", "paid out")
        RESTORE = "restore", _("reversal undone")
        WRITE_OFF = "write_off", _("debt written off")

    # `ledger_transfer_time` begins with it.
    merchant = merchant_key(db_index=False)
    key = models.CharField(_("key"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    debit_account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("from"), related_name="debits"
    )
    credit_account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("to"), related_name="credits"
    )
    amount = MoneyField(_("amount"))
    effective_at = models.DateTimeField(_("effective"))
    document_type = models.CharField(_("document"), max_length=16)
    document_id = models.BigIntegerField(_("document number"))
    created_at = models.DateTimeField(_("posted"), default=timezone.now)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "key"], name="ledger_transfer_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_transfer_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="ledger_transfer_moves"
            ),
        ]
        indexes = [
            models.Index(fields=["document_type", "document_id"], name="ledger_transfer_document"),
            models.Index(fields=["merchant", "effective_at"], name="ledger_transfer_time"),
        ]

    def __str__(self) -> str:
        return self.key
