"""Somebody is moved under another upline: asked for, approved, carried out, undone."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models.people import Distributor

DEFAULT_APPROVAL_ABOVE = 20


class MovePolicy(MerchantScopedModel):
    """How large a team may be moved by one person alone. A merchant without a row has the default.

    The people are counted with their head: a limit of 1 lets one move somebody without a team.
    """

    approval_above = models.PositiveIntegerField(
        _("largest team moved without approval"),
        default=DEFAULT_APPROVAL_ABOVE,
        help_text=_("0: every move needs approval by somebody else."),
    )

    class Meta:
        verbose_name = _("policy for moves")
        verbose_name_plural = _("policies for moves")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="distributors_one_move_policy")
        ]

    def __str__(self) -> str:
        return str(self.approval_above)


class TreeMove(MerchantScopedModel):
    """One change of upline, from the question to the answer; its row is its log.

    The tree, and what is earned, change only when it is done, and never before that moment.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("awaiting approval")
        APPROVED = "approved", _("waiting for its date")
        DONE = "done", _("done")
        REJECTED = "rejected", _("rejected")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("could not be made")
        UNDONE = "undone", _("undone")

    OPEN = (Status.PROPOSED, Status.APPROVED)

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="moves"
    )
    old_parent = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("from upline"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    new_parent = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("to upline"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=200)
    team_size = models.PositiveIntegerField(
        _("people moved"), validators=[MinValueValidator(1)], help_text=_("The person included.")
    )
    needs_approval = models.BooleanField(_("needs approval"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("requested by"), related_name="+"
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    request_key = models.CharField(max_length=64)
    # Empty: as soon as it may be. Once done: the moment from which orders count the new upline.
    effective_at = models.DateTimeField(_("takes effect"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # Why it was rejected, cancelled, could not be made, or must be approved after all.
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    undoes = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("undoes"),
        null=True,
        blank=True,
        related_name="undoings",
    )

    class Meta:
        verbose_name = _("change of upline")
        verbose_name_plural = _("changes of upline")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(status__in=["proposed", "approved"]),
                name="distributors_one_open_move",
            ),
            models.UniqueConstraint(
                fields=["merchant", "request_key"], name="distributors_move_asked_once"
            ),
            models.UniqueConstraint(
                fields=["undoes"],
                condition=Q(status__in=["proposed", "approved", "done", "undone"]),
                name="distributors_move_undone_once",
            ),
            models.CheckConstraint(
                condition=~Q(new_parent=F("distributor")) & ~Q(new_parent=F("old_parent")),
                name="distributors_move_elsewhere",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | Q(status__in=["proposed", "rejected", "cancelled", "failed"])
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("requested_by"))),
                name="distributors_move_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "undone"])
                | (Q(done_at__isnull=False) & Q(effective_at__isnull=False)),
                name="distributors_move_done_is_dated",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "effective_at"],
                condition=Q(status="approved"),
                name="distributors_moves_due",
            ),
        ]

    def __str__(self) -> str:
        return f"M{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it may still happen."""
        return self.status in self.OPEN
