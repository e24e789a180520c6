"""Plans, and what they made people earn: every row append-only, every stage unique."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from apps.core.fields import MoneyField, RateField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.orders.models import Order, OrderLine, Refund


class PlanQuerySet(models.QuerySet):
    def in_force_at(self, moment: datetime) -> "PlanQuerySet":
        """The plan that computes orders paid at `moment` (at most one per merchant)."""
        return self.filter(effective_from__lte=moment).filter(
            Q(effective_to__isnull=True) | Q(effective_to__gt=moment)
        )


class Plan(MerchantScopedModel):
    """One version of a merchant's commission plan. Immutable once activated: editing makes a draft.

    An activated plan computes the orders paid in [effective_from, effective_to).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        ACTIVE = "active", pgettext_lazy("plan", "active")
        ARCHIVED = "archived", _("archived")

    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=80)
    document = models.JSONField(_("plan"))
    effective_from = models.DateTimeField(_("effective from"), null=True, blank=True)
    effective_to = models.DateTimeField(_("effective until"), null=True, blank=True)
    acknowledged_by = models.CharField(_("compliance text accepted by"), max_length=80, blank=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("activated by"),
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(PlanQuerySet)
    )

    class Meta:
        verbose_name = _("commission plan")
        verbose_name_plural = _("commission plans")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "version"], name="commissions_plan_version"
            ),
            models.UniqueConstraint(
                fields=["merchant"],
                condition=Q(effective_from__isnull=False, effective_to__isnull=True),
                name="commissions_one_open_plan",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="commissions_plan_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_draft(self) -> bool:
        return self.effective_from is None

    @property
    def hold(self) -> timedelta:
        """How long after completion a commission waits (冻结期)."""
        return timedelta(days=self.document["hold_days"])

    def status_at(self, moment: datetime) -> str:
        """draft → scheduled → active → archived, by the clock alone."""
        if self.effective_from is None:
            return self.Status.DRAFT
        if moment < self.effective_from:
            return self.Status.SCHEDULED
        if self.effective_to is None or moment < self.effective_to:
            return self.Status.ACTIVE
        return self.Status.ARCHIVED


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


class Commission(MerchantScopedModel):
    """What one person earned on one order line, or, negative, what one refund took back of it."""

    class Kind(models.TextChoices):
        SHARE = "share", _("share")
        LEVEL_DIFFERENCE = "level_difference", _("level difference")
        SAME_LEVEL = "same_level", _("same-level award")
        NEWCOMER = "newcomer", _("newcomer boost")
        REFERRAL = "referral", _("referral award")
        REGION = "region", _("regional agent")
        STORE = "store", _("store share")
        STAGE_BONUS = "stage_bonus", _("stage bonus")

    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, verbose_name=_("order line"), related_name="commissions"
    )
    beneficiary = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("beneficiary"), related_name="commissions"
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
        Refund, models.PROTECT, verbose_name=_("refund"), null=True, related_name="reversals"
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("reverses"), null=True, related_name="reversals"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        constraints = [
            models.UniqueConstraint(
                fields=["order_line", "beneficiary", "kind", "depth"],
                name="commissions_sale_once",
                condition=Q(refund__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["order_line", "beneficiary", "kind", "depth", "refund"],
                name="commissions_reversal_once",
                condition=Q(refund__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(refund__isnull=True, reverses__isnull=True, amount__gt=0)
                | (Q(refund__isnull=False, reverses__isnull=False) & ~Q(amount=0)),
                name="commissions_sign_fits_source",
            ),
            models.CheckConstraint(
                condition=Q(depth__gte=1, depth__lte=3), name="commissions_depth_limit"
            ),
        ]
        indexes = [
            models.Index(fields=["beneficiary", "earned_at"], name="commissions_by_person"),
            models.Index(fields=["merchant", "earned_at"], name="commissions_by_time"),
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


class Simulation(MerchantScopedModel):
    """A rehearsal (试算): past orders under a draft plan or with somebody moved. Pays nobody."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("simulation", "waiting")
        RUNNING = "running", pgettext_lazy("simulation", "running")
        DONE = "done", pgettext_lazy("simulation", "done")
        FAILED = "failed", pgettext_lazy("simulation", "failed")

    plan = models.ForeignKey(
        Plan, models.PROTECT, verbose_name=_("plan"), null=True, related_name="+"
    )
    moved = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("moved"), null=True, related_name="+"
    )
    new_parent = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("new upline"), null=True, related_name="+"
    )
    date_from = models.DateField(_("first day"))
    date_to = models.DateField(_("last day"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.WAITING, editable=False
    )
    done = models.PositiveIntegerField(_("orders done"), default=0)
    total = models.PositiveIntegerField(_("orders"), default=0)
    noted_at = models.DateTimeField(_("last sign of life"), null=True, editable=False)
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked by"),
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        constraints = [
            models.CheckConstraint(
                condition=Q(date_to__gte=F("date_from")), name="commissions_simulation_period"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def subject(self) -> str:
        """What is rehearsed: the plan, the move, or both."""
        parts = [str(self.plan)] if self.plan else []
        if self.moved and self.new_parent:
            texts = {"person": self.moved, "upline": self.new_parent}
            parts.append(gettext("%(person)s under %(upline)s") % texts)
        elif self.moved:
            parts.append(gettext("%(person)s at the top") % {"person": self.moved})
        return " · ".join(parts)


class StageRun(MerchantScopedModel):
    """One pass over the stages that were due: who asked, as of what moment, and what it did."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("stage run", "waiting for a worker")
        RUNNING = "running", pgettext_lazy("stage run", "running")
        DONE = "done", pgettext_lazy("stage run", "done")
        FAILED = "failed", pgettext_lazy("stage run", "failed")
        INTERRUPTED = "interrupted", pgettext_lazy("stage run", "interrupted")

    # A chunk takes seconds: who shows no sign of life for so long has been stopped.
    SILENCE = timedelta(minutes=5)

    class Origin(models.TextChoices):
        WORKER = "worker", _("worker")
        COMMAND = "command", _("command line")
        CONSOLE = "console", _("console")

    class Stage(models.TextChoices):
        BOOK = "book", _("attributing and computing orders")
        SETTLE = "settle", _("taking back and releasing")
        LEVELS = "levels", _("reviewing levels")

    # What a run counts, in the order in which it happens.
    COUNT_NAMES = {
        "moves": _("changes of upline"),
        "attributed": _("orders attributed"),
        "booked": _("orders computed"),
        "commissions": _("commissions"),
        "bonuses": _("bonus rows"),
        "refunds": _("refunds"),
        "reversed": _("taken back"),
        "released": _("released"),
        "raised": _("levels raised"),
        "lowered": _("levels lowered"),
    }

    origin = models.CharField(_("started by"), max_length=10, choices=Origin, default=Origin.WORKER)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    # What is being done now and how far it has come, for whoever watches a long run.
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("to do"), default=0)
    as_of = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    # The last sign of life: a run that was killed shows none any more.
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("stage run")
        verbose_name_plural = _("stage runs")

    def __str__(self) -> str:
        return f"#{self.pk}"

    def state_at(self, moment: datetime) -> str:
        """waiting → running → done or failed; interrupted when it has been silent for too long."""
        if self.finished_at is not None:
            return self.State.FAILED if self.error else self.State.DONE
        if self.seen_at < moment - self.SILENCE:
            return self.State.INTERRUPTED
        return self.State.RUNNING if self.stage else self.State.WAITING

    @property
    def made(self) -> list[tuple[str, int]]:
        """What it made, by name; what it made none of is left out."""
        return [
            (str(self.COUNT_NAMES.get(name, name)), count)
            for name, count in self.counts.items()
            if count
        ]

    @property
    def duration(self) -> timedelta:
        """How long it took, or has been at work so far."""
        return (self.finished_at or self.seen_at) - self.started_at
