"""The people who sell: their levels, their tree, its dated history, and their customers."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from phonenumber_field.modelfields import PhoneNumberField

from apps.core.models import MerchantScopedModel

SHOP_CODE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
SHOP_CODE_LENGTH = 10


def new_shop_code() -> str:
    """A random shop code (49 bits): shops are shared, never guessed."""
    return "".join(secrets.choice(SHOP_CODE_ALPHABET) for _ in range(SHOP_CODE_LENGTH))


class Level(MerchantScopedModel):
    """A grade of distributor (分销等级): decides the rate, never who is paid."""

    code = models.SlugField(_("level code"), max_length=40)
    name = models.CharField(_("name"), max_length=40)
    rank = models.PositiveIntegerField(_("rank"), help_text=_("A higher rank is a higher level."))

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="distributors_level_code"),
            models.UniqueConstraint(fields=["merchant", "rank"], name="distributors_level_rank"),
        ]

    def __str__(self) -> str:
        return self.name



class Distributor(MPTTModel, MerchantScopedModel):
    """A person who sells for a merchant, under the person who brought them.

    `parent` is the truth; `lft`, `rght`, `tree_id` and `tree_depth` are derived, sparse (design §6)
    and written only by services, which lock the tree. Nobody is ever deleted: they are terminated.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        TERMINATED = "terminated", _("terminated")

    code = models.CharField(_("distributor code"), max_length=64)
    shop_code = models.CharField(
        _("shop code"), max_length=16, unique=True, default=new_shop_code, editable=False
    )
    name = models.CharField(_("name"), max_length=80)
    phone = PhoneNumberField(_("phone"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("sign-in"), null=True, blank=True,
        related_name="distributors",
    )
    level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("level"), null=True, blank=True, related_name="distributors"
    )
    parent = TreeForeignKey(
        "self", models.PROTECT, verbose_name=_("upline"), null=True, blank=True,
        related_name="children",
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.ACTIVE
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    tree_id = models.BigIntegerField(editable=False, db_index=True)
    tree_depth = models.PositiveIntegerField(editable=False)

    objects = ScopedManager(merchant="merchant", _manager_class=TreeManager)

    class MPTTMeta:
        level_attr = "tree_depth"

    class Meta:
        verbose_name = _("distributor")
        verbose_name_plural = _("distributors")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="distributors_code"),
            models.UniqueConstraint(fields=["merchant", "phone"], name="distributors_phone"),
            models.UniqueConstraint(fields=["merchant", "user"], name="distributors_user"),
            models.CheckConstraint(
                condition=models.Q(lft__lt=models.F("rght")), name="distributors_interval"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def is_active(self) -> bool:
        """Whether new sales earn this person anything."""
        return self.status == self.Status.ACTIVE

    def is_leaf_node(self) -> bool:
        return not self.children.exists()

    def get_descendant_count(self) -> int:
        return self.get_descendants().count()


class DistributorEvent(MerchantScopedModel):
    """One dated fact about a distributor. Appended, never edited: what was true when an order was paid."""

    class Field(models.TextChoices):
        JOINED = "joined", _("joined")
        LEVEL = "level", _("level changed")
        STATUS = "status", _("standing changed")
        PARENT = "parent", _("upline changed")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="events"
    )
    field = models.CharField(_("what"), max_length=10, choices=Field)
    old_value = models.CharField(_("before"), max_length=64, blank=True)
    new_value = models.CharField(_("after"), max_length=64, blank=True)
    effective_at = models.DateTimeField(_("effective"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("distributor event")
        verbose_name_plural = _("distributor events")
        indexes = [models.Index(fields=["distributor", "effective_at"], name="distributors_event_time")]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.old_value} → {self.new_value}"


class Customer(MerchantScopedModel):
    """Someone who buys: known by a phone or any identifier the merchant uses."""

    identifier = models.CharField(_("customer"), max_length=80)
    name = models.CharField(_("name"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "identifier"], name="distributors_customer_once")
        ]

    def __str__(self) -> str:
        return self.name or self.identifier
