"""The people who sell: their levels, their tree, its dated history, and their customers."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from phonenumber_field.modelfields import PhoneNumberField

from apps.core.errors import Refused
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
        ACTIVE = "active", pgettext_lazy("standing", "active")
        SUSPENDED = "suspended", _("suspended")
        TERMINATED = "terminated", _("terminated")

    code = models.CharField(_("distributor code"), max_length=64)
    shop_code = models.CharField(
        _("shop code"), max_length=16, unique=True, default=new_shop_code, editable=False
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    phone = PhoneNumberField(_("phone"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("sign-in"),
        null=True,
        blank=True,
        related_name="distributors",
    )
    level = models.ForeignKey(
        Level,
        models.PROTECT,
        verbose_name=_("level"),
        null=True,
        blank=True,
        related_name="distributors",
    )
    parent = TreeForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("upline"),
        null=True,
        blank=True,
        related_name="children",
        db_index=False,  # the index below begins with it
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    joined_at = models.DateTimeField(pgettext_lazy("time", "joined"), default=timezone.now)
    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    tree_id = models.BigIntegerField(editable=False)
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
        indexes = [
            models.Index(fields=["tree_id", "lft"], name="distributors_tree_order"),
            # Finds somebody's children, and the last of them, however many there are.
            models.Index(fields=["parent", "lft"], name="distributors_children"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def is_active(self) -> bool:
        """Whether new sales earn this person anything."""
        return self.status == self.Status.ACTIVE

    # Intervals are sparse: the next three may not conclude anything from their width, as mptt does.

    def is_leaf_node(self) -> bool:
        """Whether nobody stands directly below. One query."""
        return not self.children.exists()

    def get_descendant_count(self) -> int:
        """How many people stand below, at any depth. Up to two queries."""
        return self.get_descendants().count()

    def get_leafnodes(self, include_self: bool = False):
        """Everybody below, at any depth, who has nobody below."""
        return self.get_descendants(include_self=include_self).filter(children__isnull=True)

    # mptt would renumber without a lock, and stale instances corrupt the tree: refused here, so
    # that no admin page or shell can do it by accident.

    def save(self, *args, **kwargs) -> None:
        """Store changed fields. Raises Refused for somebody new or under another upline."""
        if self._state.adding or self._is_under_another_parent():
            raise Refused(_("The tree is changed only by registering or moving a distributor."))
        super().save(*args, **kwargs)

    def _is_under_another_parent(self) -> bool:
        known = "parent_id" not in self.get_deferred_fields()
        return known and self._mptt_cached_fields["parent"] != self.parent_id

    def delete(self, *args, **kwargs):
        """Raises Refused: history needs everybody who was ever there."""
        raise Refused(_("A distributor is never deleted. Terminate the distributor instead."))


class DistributorEvent(MerchantScopedModel):
    """One dated fact about a distributor, appended and never edited.

    It tells what was true when an order was paid.
    """

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
        indexes = [
            models.Index(fields=["distributor", "effective_at"], name="distributors_event_time")
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.old_value} → {self.new_value}"


class Store(MerchantScopedModel):
    """A place where customers pick their orders up, kept by a distributor who is paid for it."""

    code = models.CharField(_("store code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    keeper = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("kept by"), related_name="stores"
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    is_active = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="distributors_store_code")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Customer(MerchantScopedModel):
    """Someone who buys: known by a phone or any identifier the merchant uses."""

    identifier = models.CharField(_("customer"), max_length=80)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "identifier"], name="distributors_customer_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.identifier
