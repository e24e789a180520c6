"""The steps by which a merchant answers violations."""

from typing import Any, NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.models import MerchantScopedModel

MAX_STEPS = 6
MAX_DAYS = 3650


class Action(models.TextChoices):
    """What a merchant does about a violation."""

    WARN = "warn", _("warning")
    SUSPEND = "suspend", _("suspension")
    TERMINATE = "terminate", _("termination")
    DISMISS = "dismiss", _("no violation")


class Step(NamedTuple):
    """One rung: an action, and for a suspension its days."""

    action: str
    days: int | None = None

    @property
    def text(self) -> str:
        """The step in words: “suspension for 7 days”."""
        if self.days is None:
            return str(Action(self.action).label)
        return ngettext(
            "suspension for %(days)s day", "suspension for %(days)s days", self.days
        ) % {"days": self.days}

    @property
    def key(self) -> str:
        """The step as a form sends it back: “suspend:7”."""
        return f"{self.action}:{self.days or ''}"


DEFAULT_STEPS = (Step("warn"), Step("suspend", 7), Step("suspend", 30), Step("terminate"))


def default_steps() -> list[dict[str, Any]]:
    """The ladder before a merchant has made their own."""
    return [each._asdict() for each in DEFAULT_STEPS]


class Ladder(MerchantScopedModel):
    """How violations escalate (处罚阶梯): a row for each change, the newest counts.

    The n-th violation within `window_days` takes the n-th step, the last step from there on.
    """

    window_days = models.PositiveIntegerField(
        _("days counted"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)],
        help_text=_("Violations that happened at most so many days before count."),
    )
    per_kind = models.BooleanField(
        _("each kind for itself"),
        default=False,
        help_text=_("Otherwise violations of all kinds count together."),
    )
    appeal_days = models.PositiveIntegerField(
        _("days to appeal"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)],
        help_text=_("So long after the decision the distributor may appeal."),
    )
    steps = models.JSONField(_("steps"), default=default_steps)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("ladder of measures")
        verbose_name_plural = _("ladders of measures")

    def __str__(self) -> str:
        return " → ".join(each.text for each in self.rungs)

    @property
    def rungs(self) -> list[Step]:
        """The steps in order."""
        return [Step(each["action"], each["days"]) for each in self.steps]

    def step_after(self, violations: int) -> Step:
        """The step for somebody with so many violations that count already."""
        return self.rungs[min(violations, len(self.steps) - 1)]
