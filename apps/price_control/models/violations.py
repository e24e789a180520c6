"""What somebody is said to have done, and what the merchant made of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor, DistributorEvent
from apps.price_control.models.ladders import Action, Ladder, Step


class ViolationQuerySet(models.QuerySet):
    """Violations by where they stand."""

    def with_state(self) -> Self:
        """Annotate `state`, one of Violation.State, from the rows that followed."""
        state = Violation.State
        return self.annotate(
            state=Case(
                When(appeal__answer__is_upheld=True, then=Value(state.VOID)),
                When(appeal__isnull=False, appeal__answer__isnull=True, then=Value(state.APPEALED)),
                When(measure__isnull=True, then=Value(state.OPEN)),
                When(measure__action=Action.DISMISS, then=Value(state.DISMISSED)),
                default=Value(state.DECIDED),
                output_field=models.CharField(),
            )
        )

    def counting(self) -> Self:
        """Those that count on the ladder: decided as violations, and not void by an appeal."""
        decided = self.filter(measure__action__in=[Action.WARN, Action.SUSPEND, Action.TERMINATE])
        return decided.filter(Q(appeal__answer__isnull=True) | Q(appeal__answer__is_upheld=False))


class Violation(MerchantScopedModel):
    """Something a distributor did against the rules of sale, as it was recorded: never edited."""

    class Kind(models.TextChoices):
        LOW_PRICE = "low_price", _("selling below the price")
        CROSS_REGION = "cross_region", _("selling across regions")
        FALSE_CLAIMS = "false_claims", _("false advertising")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("violation", "to be decided")
        DECIDED = "decided", pgettext_lazy("violation", "decided")
        APPEALED = "appealed", pgettext_lazy("violation", "appealed")
        DISMISSED = "dismissed", pgettext_lazy("violation", "no violation")
        VOID = "void", pgettext_lazy("violation", "void")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="violations"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    description = models.TextField(
        _("what happened"),
        max_length=2000,
        help_text=_("The distributor reads this, and sees the evidence."),
    )
    links = models.TextField(
        _("links"),
        max_length=2000,
        blank=True,
        help_text=_("One per line, e.g. the offer or the post."),
    )
    happened_at = models.DateTimeField(_("when it happened"))
    request_key = models.CharField(max_length=64, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("recorded by"),
        null=True,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(ViolationQuerySet)
    )

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "request_key"], name="price_control_violation_once"
            )
        ]
        indexes = [
            models.Index(fields=["distributor", "happened_at"], name="price_control_of_person"),
            models.Index(fields=["merchant", "-happened_at"], name="price_control_newest"),
        ]

    def __str__(self) -> str:
        return f"V{self.pk}"

    @property
    def state_label(self) -> str:
        """The state in words, of a violation read `with_state`."""
        return str(self.State(self.state).label)

    @property
    def link_list(self) -> list[str]:
        """The links, one by one."""
        return self.links.split()


class Measure(MerchantScopedModel):
    """What was decided about a violation: one decision, by a person who saw the ladder's step."""

    violation = models.OneToOneField(
        Violation, models.PROTECT, verbose_name=_("violation"), related_name="measure"
    )
    action = models.CharField(_("measure"), max_length=10, choices=Action)
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    # What the ladder said then: another choice shows as one.
    proposed_action = models.CharField(_("proposed"), max_length=10, choices=Action)
    proposed_days = models.PositiveIntegerField(null=True, blank=True, editable=False)
    counted = models.PositiveIntegerField(_("earlier violations counted"))
    ladder = models.ForeignKey(
        Ladder, models.PROTECT, verbose_name=_("ladder of measures"), null=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=200)
    event = models.OneToOneField(
        DistributorEvent,
        models.PROTECT,
        verbose_name=_("event"),
        null=True,
        blank=True,
        related_name="measure",
    )
    appeal_until = models.DateTimeField(_("appeal until"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        constraints = [
            models.CheckConstraint(
                condition=Q(action="suspend", days__gt=0)
                | (~Q(action="suspend") & Q(days__isnull=True)),
                name="price_control_days_of_suspension",
            ),
            models.CheckConstraint(
                condition=Q(action__in=["suspend", "terminate"], event__isnull=False)
                | Q(action__in=["warn", "dismiss"], event__isnull=True),
                name="price_control_measure_event",
            ),
        ]

    def __str__(self) -> str:
        return self.step.text

    @property
    def step(self) -> Step:
        """What was decided, as a step."""
        return Step(self.action, self.days)

    @property
    def proposed(self) -> Step:
        """What the ladder proposed then."""
        return Step(self.proposed_action, self.proposed_days)

    @property
    def is_as_proposed(self) -> bool:
        """Whether the person did what the ladder said."""
        return self.step == self.proposed

    @property
    def counts(self) -> bool:
        """Whether it was found to be a violation at all."""
        return self.action != Action.DISMISS
