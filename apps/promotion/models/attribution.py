"""Whose order it is, and how that came about."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.orders.models import Order


class AttributionQuerySet(models.QuerySet):
    """Attributions of several orders."""

    def standing(self) -> "AttributionQuerySet":
        """The one per order that holds: no later one supersedes it."""
        return self.filter(superseded_by__isnull=True)


class Attribution(MerchantScopedModel):
    """Who earned a paid order, and the upline as it stood when it was paid.

    The first is written once per order; an appeal that is upheld adds another, which `supersedes`
    it. None is ever changed. `chain` is the upline from depth 1 up, each with id, code, level code
    and standing; people who are not active are kept in it, so that who was skipped and why can be
    shown for ever. `evidence` says on what the decision rests: the code typed, the binding or the
    click with the policy's version, or the appeal.
    """

    class Method(models.TextChoices):
        ORDER = "order", _("named on the order")
        CODE = "code", _("code typed at checkout")
        BINDING = "binding", _("the customer was bound")
        CLICK = "click", _("last click")
        APPEAL = "appeal", _("appeal upheld")
        SELF_PURCHASE = "self_purchase", _("bought by the distributor, who earns it")
        SELF_TO_PARENT = "self_to_parent", _("bought by the distributor, given to the upline")
        NONE = "none", _("no distributor")

    order = models.ForeignKey(
        Order,
        models.PROTECT,
        verbose_name=_("order"),
        related_name="attributions",
        db_index=False,  # the constraint below begins with it
    )
    number = models.PositiveSmallIntegerField(_("number"), default=1, db_default=1)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("supersedes"),
        null=True,
        related_name="superseded_by",
        db_index=False,  # almost always empty: the constraint below has the others
    )
    distributor = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("distributor"),
        null=True,
        related_name="attributions",
    )
    method = models.CharField(_("how"), max_length=16, choices=Method)
    chain = models.JSONField(_("upline when paid"), default=list)
    evidence = models.JSONField(_("evidence"), null=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(AttributionQuerySet)
    )

    class Meta:
        verbose_name = _("attribution")
        verbose_name_plural = _("attributions")
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="promotion_attribution_once"),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(supersedes__isnull=False),
                name="promotion_attribution_superseded_once",
            ),
            models.CheckConstraint(
                condition=Q(number=1, supersedes__isnull=True)
                | Q(number__gt=1, supersedes__isnull=False),
                name="promotion_attribution_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} → {self.distributor or '—'}"
