"""From a request for money to money in somebody's account."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from encrypted_fields.fields import EncryptedCharField

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor


class PayoutAccount(MerchantScopedModel):
    """Where a distributor wants to be paid. Never edited: a change is a new row, so a withdrawal
    keeps the account it was asked for. The number is encrypted at rest and shown masked."""

    class Method(models.TextChoices):
        BANK = "bank", _("bank card")
        ALIPAY = "alipay", _("Alipay")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="payout_accounts"
    )
    method = models.CharField(_("method"), max_length=10, choices=Method, default=Method.BANK)
    holder_name = models.CharField(_("account holder"), max_length=80)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    number = EncryptedCharField(_("account number"), max_length=64)
    number_tail = models.CharField(_("last digits"), max_length=4, editable=False)
    # A keyed hash finds the same account at two people; the encrypted number differs every time.
    number_hash = models.CharField(max_length=64, editable=False)
    is_current = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("payout account")
        verbose_name_plural = _("payout accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(is_current=True),
                name="payouts_one_current_account",
            )
        ]
        indexes = [models.Index(fields=["merchant", "number_hash"], name="payouts_account_hash")]

    def __str__(self) -> str:
        return f"{self.bank_name or self.get_method_display()} ···· {self.number_tail}"


class Withdrawal(MerchantScopedModel):
    """A distributor asks for available money; it is set aside at once, by a transfer."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("awaiting review")
        APPROVED = "approved", _("approved")
        PAYING = "paying", _("being paid")
        PAID = "paid", _("paid out")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", _("payment failed, returned")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="withdrawals"
    )
    request_key = models.CharField(max_length=64, editable=False)
    amount = MoneyField(_("amount"))
    payout_account = models.ForeignKey(
        PayoutAccount, models.PROTECT, verbose_name=_("payout account"), related_name="withdrawals"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SUBMITTED)
    submitted_at = models.DateTimeField(pgettext_lazy("time", "requested"), default=timezone.now)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("reviewed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    settled_at = models.DateTimeField(pgettext_lazy("time", "settled"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor", "request_key"], name="payouts_withdrawal_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payouts_withdrawal_positive"),
        ]

    def __str__(self) -> str:
        return f"W{self.pk}"


class FinalSettlement(MerchantScopedModel):
    """Everything available of somebody terminated, asked to be paid out by the merchant's staff.

    What was still pending or owed then is kept beside it: a later release is settled once more.
    """

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="settlements"
    )
    withdrawal = models.OneToOneField(
        Withdrawal, models.PROTECT, verbose_name=_("withdrawal"), related_name="final_settlement"
    )
    pending = MoneyField(_("pending"))
    debt = MoneyField(_("debt"))
    reason = models.CharField(_("reason"), max_length=200)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("final settlement")
        verbose_name_plural = _("final settlements")

    def __str__(self) -> str:
        return f"{self.distributor}: {self.withdrawal}"


class PayoutBatch(MerchantScopedModel):
    """Approved withdrawals paid together: made by one person, approved by another."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("awaiting approval")
        APPROVED = "approved", _("approved")
        SETTLED = "settled", _("settled")
        CANCELLED = "cancelled", _("cancelled")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), related_name="+"
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(pgettext_lazy("time", "approved"), null=True, blank=True)
    downloaded_at = models.DateTimeField(_("bank file downloaded"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
                name="payouts_second_pair_of_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "settled"]) | Q(approved_by__isnull=False),
                name="payouts_approved_has_approver",
            ),
        ]

    def __str__(self) -> str:
        return f"B{self.pk}"


class Payout(MerchantScopedModel):
    """One line of a batch: one withdrawal, paid or failed, once.

    Its id is the provider's idempotency key.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("to be paid")
        PAID = "paid", pgettext_lazy("payout", "paid out")
        FAILED = "failed", pgettext_lazy("payout", "failed")

    batch = models.ForeignKey(
        PayoutBatch, models.PROTECT, verbose_name=_("payout batch"), related_name="payouts"
    )
    withdrawal = models.OneToOneField(
        Withdrawal, models.PROTECT, verbose_name=_("withdrawal"), related_name="payout"
    )
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    settled_at = models.DateTimeField(pgettext_lazy("time", "settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("settled by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payouts_payout_positive"),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(reason=""), name="payouts_failed_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"


class PayoutFreeze(MerchantScopedModel):
    """Reconciling found a fault: nothing is paid until a person with the right has looked."""

    frozen_at = models.DateTimeField(_("stopped"), default=timezone.now)
    faults = models.TextField(_("what was found"))
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("cleared by"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payout stop")
        verbose_name_plural = _("payout stops")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=Q(cleared_at__isnull=True),
                name="payouts_one_open_freeze",
            )
        ]

    def __str__(self) -> str:
        return f"{self.frozen_at:%Y-%m-%d %H:%M}"


class DebtWriteOff(MerchantScopedModel):
    """A debt given up: proposed by one person, approved by another, then a transfer."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("awaiting approval")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="write_offs"
    )
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("proposed by"), related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("debt write-off")
        verbose_name_plural = _("debt write-offs")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payouts_write_off_positive"),
            models.CheckConstraint(
                condition=Q(status="rejected")
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
                name="payouts_write_off_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(decided_by__isnull=False),
                name="payouts_write_off_has_approver",
            ),
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(status="proposed"),
                name="payouts_one_open_write_off",
            ),
        ]

    def __str__(self) -> str:
        return f"D{self.pk}"
