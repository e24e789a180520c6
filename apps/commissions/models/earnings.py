"""What plans made people earn: every row append-only, every stage unique."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from apps.commissions.models.plans import Plan
from apps.core.fields import MoneyField, RateField
from apps.core.models import MerchantScopedModel, merchant_key
from apps.distributors.models import Distributor
from apps.orders.models import Order, OrderLine, Refund
from apps.promotion.models import Attribution


class OrderBooking(MerchantScopedModel):
    """The order has been computed, under this plan, even if it earned nobody anything."""

    order = models.OneToOneField(
        Order, models.PROTECT, verbose_name=_("order"), related_name="booking"
    )
    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="bookings")
    # What the plan needed to know beyond the lines and the chain, as it was then (`engine.Facts`).
    facts = models.JSONField(_("facts"), null=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("order booking")
        verbose_name_plural = _("order bookings")


class Rebooking(MerchantScopedModel):
    """An order computed again, under the plan it had, for the upline of an attribution that an
    appeal put right. What was booked before is taken back in the same transaction."""

    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), related_name="rebookings"
    )
    attribution = models.OneToOneField(
        Attribution, models.PROTECT, verbose_name=_("attribution"), related_name="rebooking"
    )
    facts = models.JSONField(_("facts"), null=True)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("rebooking")
        verbose_name_plural = _("rebookings")
        indexes = [models.Index(fields=["merchant", "decided_at"], name="commissions_rebooked_at")]

    def __str__(self) -> str:
        return f"{self.order} · {self.pk}"


class CommissionQuerySet(models.QuerySet):
    """What was earned, as it stands."""

    def sales(self) -> "CommissionQuerySet":
        """What lines earned, without what was taken back of it."""
        return self.filter(reverses__isnull=True)

    def standing(self) -> "CommissionQuerySet":
        """Sales that still count: of the order's latest booking. A stage bonus belongs to its
        period and stays."""
        later = Rebooking.objects.filter(
            order=OuterRef("order_line__order"), pk__gt=Coalesce(OuterRef("rebooking"), 0)
        )
        return self.sales().filter(Q(kind=Commission.Kind.STAGE_BONUS) | ~Exists(later))


class Commission(MerchantScopedModel):
    """What one person earned on one order line, or, negative, what was taken back of it: by one
    refund, or altogether when an appeal gave the order to somebody else."""

    class Kind(models.TextChoices):
        SHARE = "share", _("share")
        LEVEL_DIFFERENCE = "level_difference", _("level difference")
        SAME_LEVEL = "same_level", _("same-level award")
        NEWCOMER = "newcomer", _("newcomer boost")
        CAMPAIGN = "campaign", _("campaign extra")
        REFERRAL = "referral", _("referral award")
        REGION = "region", _("regional agent")
        STORE = "store", _("store share")
        STAGE_BONUS = "stage_bonus", _("stage bonus")

    # Millions of rows, written in bulk: what an index below begins with has no other of its own.
    merchant = merchant_key(db_index=False)
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, verbose_name=_("order line"), related_name="commissions"
    )
    beneficiary = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("beneficiary"),
        related_name="commissions",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.SHARE)
    # Place in the chain for shares and level differences; for the other kinds which of their rules
    # paid: a region's tier (1 province, 2 city, 3 district), a bonus's number in the plan, else 1.
    depth = models.PositiveSmallIntegerField(_("depth"))
    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="+")
    base_amount = MoneyField(_("base"))
    rate = RateField(_("rate"), null=True, help_text=_("Percent; empty for a fixed amount."))
    amount = MoneyField(_("amount"))
    earned_at = models.DateTimeField(_("earned"))
    refund = models.ForeignKey(
        Refund,
        models.PROTECT,
        verbose_name=_("refund"),
        null=True,
        related_name="reversals",
        db_index=False,
    )
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("reverses"),
        null=True,
        related_name="reversals",
        db_index=False,
    )
    # Set where an appeal was upheld: on what was booked again then, and on what was taken back.
    rebooking = models.ForeignKey(
        Rebooking,
        models.PROTECT,
        verbose_name=_("rebooking"),
        null=True,
        related_name="commissions",
        db_index=False,
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(CommissionQuerySet)
    )

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        constraints = [
            models.UniqueConstraint(
                fields=["order_line", "beneficiary", "kind", "depth"],
                name="commissions_sale_once",
                condition=Q(reverses__isnull=True, rebooking__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["order_line", "beneficiary", "kind", "depth", "rebooking"],
                name="commissions_rebooked_once",
                condition=Q(reverses__isnull=True, rebooking__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["reverses", "refund"],
                name="commissions_reversal_once",
                condition=Q(refund__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["reverses", "rebooking"],
                name="commissions_correction_once",
                condition=Q(reverses__isnull=False, rebooking__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(refund__isnull=True, reverses__isnull=True, amount__gt=0)
                | (
                    Q(refund__isnull=False, rebooking__isnull=True, reverses__isnull=False)
                    & ~Q(amount=0)
                )
                | Q(
                    refund__isnull=True,
                    rebooking__isnull=False,
                    reverses__isnull=False,
                    amount__lt=0,
                ),
                name="commissions_sign_fits_source",
            ),
            models.CheckConstraint(
                condition=Q(depth__gte=1, depth__lte=3), name="commissions_depth_limit"
            ),
        ]
        indexes = [
            models.Index(fields=["beneficiary", "earned_at"], name="commissions_by_person"),
            models.Index(fields=["merchant", "earned_at"], name="commissions_by_time"),
            models.Index(
                fields=["refund"], condition=Q(refund__isnull=False), name="commissions_by_refund"
            ),
            models.Index(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="commissions_by_reversed",
            ),
            models.Index(
                fields=["rebooking"],
                condition=Q(rebooking__isnull=False),
                name="commissions_by_rebooking",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line} → {self.beneficiary_id}: {self.amount}"

    def due_at(self, completed_at: datetime | None) -> datetime | None:
        """When the hold of an order completed then is over; a bonus waits for its period's end."""
        return max(completed_at + self.plan.hold, self.earned_at) if completed_at else None


class Release(MerchantScopedModel):
    """The commission is no longer held: what refunds had left of it became available."""

    commission = models.OneToOneField(
        Commission, models.PROTECT, verbose_name=_("commission"), related_name="release"
    )
    amount = MoneyField(_("amount"))
    released_at = models.DateTimeField(pgettext_lazy("time", "released"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="commissions_release_not_negative"
            )
        ]


class RefundBooking(MerchantScopedModel):
    """The refund has been taken back from every commission on its line."""

    refund = models.OneToOneField(
        Refund, models.PROTECT, verbose_name=_("refund"), related_name="booking"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("refund booking")
        verbose_name_plural = _("refund bookings")


class BonusPeriod(MerchantScopedModel):
    """A period whose stage bonuses have been settled, with the figures they were settled on."""

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="+")
    number = models.PositiveSmallIntegerField(_("bonus"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    figures = models.JSONField(_("figures"), default=dict)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("bonus period")
        verbose_name_plural = _("bonus periods")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "number", "ends_at"], name="commissions_bonus_period_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="commissions_bonus_period_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days_text} · {self.number}"

    @property
    def days_text(self) -> str:
        """Its first and last day in the merchant's zone."""
        zone = self.merchant.zone
        last = self.ends_at.astimezone(zone) - timedelta(days=1)
        return f"{self.starts_at.astimezone(zone):%Y-%m-%d} – {last:%Y-%m-%d}"
