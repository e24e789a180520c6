"""Who may become a distributor of a merchant, and what they are asked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.products.models import Product

# What an application may ask in words, and a reviewer scores.
QUESTIONS = {
    "ability": _("Ability"),
    "experience": _("Experience"),
    "network": _("Network"),
    "reputation": _("Reputation"),
    "commitment": _("Commitment"),
}


class Ask(models.TextChoices):
    """Whether something is asked of who wants to join."""

    NO = "no", _("not asked")
    OPTIONAL = "optional", _("optional")
    REQUIRED = "required", _("required")


def _ask(label) -> models.CharField:
    return models.CharField(label, max_length=8, choices=Ask, default=Ask.NO)


class JoiningPolicy(MerchantScopedModel):
    """One merchant's ways to become a distributor. Without a row, nobody can join by themselves.

    There is no amount to pay anywhere in it: a fee for joining is what the law forbids first.
    """

    Ask = Ask

    class Way(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("way of joining", "closed")
        OPEN = "open", pgettext_lazy("way of joining", "open to everybody")
        APPLICATION = "application", pgettext_lazy("way of joining", "by application and review")
        INVITATION = "invitation", pgettext_lazy("way of joining", "by invitation only")
        PURCHASE = "purchase", pgettext_lazy("way of joining", "after a purchase")

    class Purchase(models.TextChoices):
        ANY = "any", _("of anything")
        GOODS = "goods", _("of chosen goods")
        AMOUNT = "amount", _("of at least an amount")

    way = models.CharField(_("who may join"), max_length=12, choices=Way, default=Way.CLOSED)
    reviews_all = models.BooleanField(
        _("review everybody"),
        default=False,
        help_text=_("People invited, or who have bought, are looked at like applicants as well."),
    )
    purchase = models.CharField(
        _("which purchase"), max_length=8, choices=Purchase, default=Purchase.ANY
    )
    purchase_amount = MoneyField(
        _("amount"),
        null=True,
        blank=True,
        help_text=_("Paid for goods, all orders together, after refunds and without shipping."),
    )
    purchase_products = models.ManyToManyField(
        Product,
        verbose_name=_("chosen goods"),
        blank=True,
        related_name="+",
        help_text=_("Any one of them, paid and not given back."),
    )
    welcome = models.TextField(
        _("what joining means"),
        blank=True,
        max_length=2000,
        help_text=_("Stands above the form. Empty: nothing."),
    )
    ask_ability = _ask(_("ability"))
    ask_experience = _ask(_("experience"))
    ask_network = _ask(_("network"))
    ask_reputation = _ask(_("reputation"))
    ask_commitment = _ask(_("commitment"))
    ask_attachments = _ask(_("attachments"))
    ask_birth_date = _ask(_("birth date"))
    ask_real_name = _ask(_("real name"))
    ask_id_number = _ask(_("ID number"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("joining policy")
        verbose_name_plural = _("joining policies")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="joining_one_policy"),
            models.CheckConstraint(
                condition=Q(purchase_amount__isnull=True) | Q(purchase_amount__gt=0),
                name="joining_purchase_amount_positive",
                violation_error_message=_("Enter an amount above zero."),
            ),
            models.CheckConstraint(
                condition=~Q(way="purchase", purchase="amount") | Q(purchase_amount__isnull=False),
                name="joining_purchase_has_amount",
                violation_error_message=_("Enter the amount that lets somebody join."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_way_display())

    @property
    def is_open(self) -> bool:
        """Whether anybody can join by themselves at all."""
        return self.way != self.Way.CLOSED

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody decides before a person becomes a distributor."""
        if self.way in (self.Way.INVITATION, self.Way.PURCHASE):
            return self.reviews_all
        return self.way != self.Way.OPEN

    def asked(self, name: str) -> str:
        """Whether `name` (a question, attachments, birth_date, real_name, id_number) is asked."""
        return getattr(self, f"ask_{name}")
