"""The people who sell, in the tree of who brought whom."""

import os

from django.conf import settings
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from phonenumber_field.modelfields import PhoneNumberField

from apps.core.errors import Refused
from apps.core.models import MerchantScopedModel
from apps.distributors.models.levels import Level

SHOP_CODE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
SHOP_CODE_LENGTH = 10
# Eight bytes of random stand for each letter; the sixteen left over are thrown away.
_LETTERS = (SHOP_CODE_ALPHABET * 8).encode().ljust(256)
_LEFT_OVER = bytes(range(len(SHOP_CODE_ALPHABET) * 8, 256))
# UNION, not UNION ALL: uplines that lead in a circle end all the same.
WAY_UP = """
    WITH RECURSIVE way(id, parent_id) AS (
        SELECT id, parent_id FROM distributors_distributor WHERE id = %s
        UNION
        SELECT above.id, above.parent_id
        FROM distributors_distributor above JOIN way ON above.id = way.parent_id
    )
    SELECT id FROM way
"""


def new_shop_codes(count: int) -> list[str]:
    """Random shop codes (49 bits): shops are shared, never guessed."""
    length, text = SHOP_CODE_LENGTH, ""
    while missing := max(count * length - len(text), 0):
        text += os.urandom(missing + 8).translate(_LETTERS, _LEFT_OVER).decode("ascii")
    return [text[start : start + length] for start in range(0, count * length, length)]


def new_shop_code() -> str:
    """A random shop code; see `new_shop_codes`."""
    return new_shop_codes(1)[0]


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
    # Given by hand: the nights leave the level alone up to and with this day.
    level_pinned_until = models.DateField(_("level pinned until"), null=True, editable=False)
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
            # Finds somebody's children, and the last of them, however many there are. The rest is
            # what `check_tree` reads: from the index alone, in order, it takes a fifth of the time.
            models.Index(
                fields=["parent", "lft", "rght", "tree_id", "tree_depth", "merchant"],
                name="distributors_children",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def is_active(self) -> bool:
        """Whether new sales earn this person anything."""
        return self.status == self.Status.ACTIVE

    def get_ancestors(self, ascending: bool = False, include_self: bool = False):
        """Everybody above, from the top down or the other way round. One query.

        Read along the uplines: it costs the length of the way, where mptt's own reads whatever
        part of the tree lies before this person.
        """
        way = RawSQL(WAY_UP, [self.pk])  # noqa: S611 - a constant; the id is a parameter
        found = Distributor.objects.filter(pk__in=way)
        if not include_self:
            found = found.exclude(pk=self.pk)
        return found.order_by("-tree_depth" if ascending else "tree_depth")

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
