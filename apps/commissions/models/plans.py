"""Versions of a merchant's commission plan."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from apps.core.models import MerchantScopedModel


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
