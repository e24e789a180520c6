"""Standing (资格): who is suspended and how long, who is banned, and a merchant's policy."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from apps.core.models import MerchantScopedModel
from apps.distributors.models.history import DistributorEvent
from apps.distributors.models.people import Distributor


class StandingPolicy(MerchantScopedModel):
    """What happens by default to pending money and to the team; every case may differ.

    A row for each change, the newest counts: what applied on a past day can be looked up.
    """

    pending_waits = models.BooleanField(
        _("pending earnings wait during a suspension"),
        default=False,
        help_text=_(
            "What was earned before is not released until the suspension is over. It is never lost."
        ),
    )
    team_moves_up = models.BooleanField(
        _("the team of somebody terminated moves up"),
        default=False,
        help_text=_("Direct distributors are placed under the upline of the person who leaves."),
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("standing policy")
        verbose_name_plural = _("standing policies")

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.created_at:%Y-%m-%d %H:%M}"


class SuspensionQuerySet(models.QuerySet):
    """Suspensions by how far they have gone."""

    def open(self) -> Self:
        """Those whose end has not been recorded."""
        return self.filter(end__isnull=True)

    def holding_at(self, moment: datetime) -> Self:
        """Those that keep earnings pending at `moment`."""
        begun = self.filter(pending_waits=True, starts_at__lte=moment)
        return begun.filter(Q(end__isnull=True) | Q(end__ended_at__gt=moment))


class Suspension(MerchantScopedModel):
    """A time without standing (冻结资格), begun by an event; its end is a row of its own.

    From `starts_at` up to and without the end. `ends_at` is what was planned; None: until somebody
    reinstates the person.
    """

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="suspensions"
    )
    event = models.OneToOneField(
        DistributorEvent, models.PROTECT, verbose_name=_("event"), related_name="suspension"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    pending_waits = models.BooleanField(_("pending earnings wait"), default=False)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(SuspensionQuerySet)
    )

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="distributors_suspension_period",
            )
        ]
        indexes = [models.Index(fields=["merchant", "ends_at"], name="distributors_suspension_due")]

    def __str__(self) -> str:
        return f"{self.distributor}: {self.starts_at:%Y-%m-%d %H:%M}"


class SuspensionEnd(MerchantScopedModel):
    """The suspension is over: by time, by hand, because another took its place, or for good."""

    suspension = models.OneToOneField(
        Suspension, models.PROTECT, verbose_name=_("suspension"), related_name="end"
    )
    event = models.OneToOneField(
        DistributorEvent, models.PROTECT, verbose_name=_("event"), related_name="ended_suspension"
    )
    ended_at = models.DateTimeField(_("ended"))

    class Meta:
        verbose_name = _("end of a suspension")
        verbose_name_plural = _("ends of suspensions")

    def __str__(self) -> str:
        return f"{self.suspension_id}: {self.ended_at:%Y-%m-%d %H:%M}"


class Ban(MerchantScopedModel):
    """Somebody terminated who may neither sign in at this merchant nor join again (拉黑)."""

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="bans"
    )
    reason = models.CharField(_("reason"), max_length=200)
    banned_at = models.DateTimeField(_("banned"), default=timezone.now)
    banned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("lifted by"),
        null=True,
        blank=True,
        related_name="+",
    )
    lift_reason = models.CharField(_("why it was lifted"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(lifted_at__isnull=True),
                name="distributors_one_open_ban",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | ~Q(lift_reason=""),
                name="distributors_ban_lifted_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.distributor}"

    @property
    def is_open(self) -> bool:
        """Whether it still holds."""
        return self.lifted_at is None


class BannedIdentity(MerchantScopedModel):
    """A phone or ID number by which a banned person is known again: a keyed hash, not the number.

    It outlives the person's data, should these be erased.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        ID_NUMBER = "id_number", _("ID number")

    ban = models.ForeignKey(Ban, models.PROTECT, verbose_name=_("ban"), related_name="identities")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    value_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("banned identity")
        verbose_name_plural = _("banned identities")
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "kind", "value_hash"], name="distributors_banned_once"
            )
        ]
        indexes = [models.Index(fields=["merchant", "value_hash"], name="distributors_banned_hash")]

    def __str__(self) -> str:
        return f"{self.ban}: {self.get_kind_display()}"
