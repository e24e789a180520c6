"""Grades of distributor."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel


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
