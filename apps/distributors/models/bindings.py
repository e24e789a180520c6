"""Which customer belongs to which distributor (绑定关系), by what rules, and who tried to poach."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from apps.core.models import MerchantScopedModel
from apps.distributors.models.customers import Customer
from apps.distributors.models.people import Distributor

LONGEST_DAYS = 3650
LONGEST_CLICK_WINDOW = 365


class BindingPolicy(MerchantScopedModel):
    """One version of how a merchant binds customers, in force until the next one begins.

    A change is a new version: what was bound under an earlier one keeps its dates.
    """

    class Rule(models.TextChoices):
        OFF = "off", _("no binding: every order goes to the shop it was placed in")
        FIRST_TOUCH = "first_touch", _("first touch, for ever")
        FIRST_TOUCH_DAYS = "first_touch_days", _("first touch, for a number of days")
        LAST_TOUCH = "last_touch", _("last touch")

    class Moment(models.TextChoices):
        CLICK = "click", _("on the first click")
        REGISTRATION = "registration", _("when the customer becomes known by phone")
        ORDER = "order", _("on the first paid order")

    version = models.PositiveIntegerField(_("version"))
    effective_from = models.DateTimeField(_("effective from"))
    rule = models.CharField(_("rule"), max_length=16, choices=Rule, default=Rule.OFF)
    days = models.PositiveIntegerField(
        _("days a binding lasts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)],
    )
    protection_days = models.PositiveIntegerField(
        _("protection period in days"), default=0, validators=[MaxValueValidator(LONGEST_DAYS)]
    )
    bind_on = models.CharField(
        _("bind"), max_length=12, choices=Moment, default=Moment.REGISTRATION
    )
    click_window_days = models.PositiveIntegerField(
        _("days a click counts"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CLICK_WINDOW)],
    )
    binds_distributors = models.BooleanField(
        _("distributors may be bound as customers of others"), default=False
    )
    binds_staff = models.BooleanField(_("staff may be bound as customers"), default=False)
    covers_files = models.BooleanField(
        _("bindings also count for file orders that name nobody"), default=False
    )
    appeal_days = models.PositiveIntegerField(
        _("days to appeal after payment"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("by"),
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("binding policy")
        verbose_name_plural = _("binding policies")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "version"], name="distributors_policy_version"
            ),
            models.UniqueConstraint(
                fields=["merchant", "effective_from"], name="distributors_policy_moment"
            ),
            models.CheckConstraint(
                condition=Q(rule="first_touch_days", days__gte=1)
                | (~Q(rule="first_touch_days") & Q(days__isnull=True)),
                name="distributors_policy_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} · v{self.version}"

    @property
    def is_on(self) -> bool:
        """Whether customers are bound at all."""
        return self.rule != self.Rule.OFF

    @property
    def click_window(self) -> timedelta:
        """How long before an order a click still counts."""
        return timedelta(days=self.click_window_days)

    def expires_at(self, start: datetime) -> datetime | None:
        """When a binding that begins at `start` ends by itself; None: never."""
        return start + timedelta(days=self.days) if self.days else None

    def protected_until(self, start: datetime) -> datetime | None:
        """Until when nobody may poach a customer bound at `start`; None: as long as it lasts."""
        if self.rule == self.Rule.LAST_TOUCH:
            return start + timedelta(days=self.protection_days)
        return self.expires_at(start)


class BindingQuerySet(models.QuerySet):
    """Bindings by moment."""

    def in_force_at(self, moment: datetime) -> "BindingQuerySet":
        """Those that held at `moment` (at most one per customer): begun, not ended, not expired."""
        return self.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=moment),
            Q(expires_at__isnull=True) | Q(expires_at__gt=moment),
            starts_at__lte=moment,
        )


class Binding(MerchantScopedModel):
    """A customer belonged to a distributor from then on: a dated fact, ended but never rewritten.

    It holds in [starts_at, the earlier of expires_at and ended_at). One that has expired is ended
    when the next begins. The database refuses any change but ending it once.
    """

    class Way(models.TextChoices):
        CLICK = "click", _("click")
        REGISTRATION = "registration", _("became known")
        ORDER = "order", _("order")
        CODE = "code", _("code typed at checkout")
        OPERATOR = "operator", _("by hand")
        APPEAL = "appeal", _("appeal upheld")

    class Ending(models.TextChoices):
        EXPIRED = "expired", _("expired")
        MOVED = "moved", _("moved to another distributor")
        OPERATOR = "operator", _("ended by hand")
        APPEAL = "appeal", _("moved after an appeal")

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), related_name="bindings"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="bindings"
    )
    way = models.CharField(_("how"), max_length=12, choices=Way)
    policy = models.ForeignKey(
        BindingPolicy, models.PROTECT, verbose_name=_("policy"), null=True, related_name="+"
    )
    starts_at = models.DateTimeField(pgettext_lazy("time", "from"))
    # Empty: protected as long as it lasts.
    protected_until = models.DateTimeField(_("protected until"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ending = models.CharField(_("why it ended"), max_length=10, choices=Ending, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    ending_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("ended by"),
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(BindingQuerySet)
    )

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ended_at__isnull=True),
                name="distributors_one_binding_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | (Q(ended_at__gte=F("starts_at")) & ~Q(ending="")),
                name="distributors_binding_end",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("starts_at")),
                name="distributors_binding_expiry",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "starts_at"], name="distributors_binding_time"),
            models.Index(
                fields=["distributor", "starts_at"],
                condition=Q(ended_at__isnull=True),
                name="distributors_binding_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} → {self.distributor}"

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was in force at `moment`."""
        ends = [each for each in (self.ended_at, self.expires_at) if each]
        return self.starts_at <= moment and all(moment < each for each in ends)

    def is_protected_at(self, moment: datetime) -> bool:
        """Whether nobody could poach the customer at `moment`."""
        return self.protected_until is None or moment < self.protected_until

    @property
    def last_moment(self) -> datetime | None:
        """When it ended or will expire; None: open without an end."""
        return min((each for each in (self.ended_at, self.expires_at) if each), default=None)


class BindingAttempt(MerchantScopedModel):
    """Somebody's touch met a customer who was protected (抢客): refused, and kept.

    The first of a kind per binding and person is enough to know; more of them add nothing.
    """

    binding = models.ForeignKey(
        Binding, models.PROTECT, verbose_name=_("binding"), related_name="attempts"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("attempt by"), related_name="+"
    )
    way = models.CharField(_("how"), max_length=12, choices=Binding.Way)
    at = models.DateTimeField(pgettext_lazy("time", "at"))
    evidence = models.JSONField(_("evidence"), default=dict)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("refused attempt")
        verbose_name_plural = _("refused attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["binding", "distributor", "way"], name="distributors_attempt_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.distributor} ↛ {self.binding.customer}"
