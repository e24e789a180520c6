"""The material library (推广素材): what a merchant gives its distributors to share."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from apps.core.attachments import private_storage
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor, Level
from apps.products.models import Campaign, Category, Product

# Stands in a text for the distributor's own link.
LINK_MARK = "{link}"


class MaterialQuerySet(models.QuerySet):
    """Materials by who may see them, and when."""

    def shown_at(self, moment) -> "MaterialQuerySet":
        """Published and inside their dates at `moment`."""
        return self.filter(
            Q(visible_from__isnull=True) | Q(visible_from__lte=moment),
            Q(visible_until__isnull=True) | Q(visible_until__gt=moment),
            is_published=True,
        )

    def seen_by(self, level: Level | None) -> "MaterialQuerySet":
        """What the rights of a level open (`Level.materials`): nothing, what is for everybody, or
        all. Somebody without a level has the standard rights. Material from a level up asks for
        that level's rank as well."""
        rights = Level.Materials.STANDARD if level is None else level.materials
        if rights == Level.Materials.NONE:
            return self.none()
        seen = self if rights == Level.Materials.ALL else self.filter(is_exclusive=False)
        if level is None:
            return seen.filter(from_level__isnull=True)
        return seen.filter(Q(from_level__isnull=True) | Q(from_level__rank__lte=level.rank))


class Material(MerchantScopedModel):
    """Something to share: words, pictures, a video, the background of a poster, a story, a how-to.

    `{link}` in its text becomes the distributor's own link. What was shared stays: a material is
    unpublished, never deleted.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("copywriting")
        IMAGE = "image", _("pictures")
        VIDEO = "video", _("video")
        POSTER = "poster", _("poster background")
        STORY = "story", _("product story")
        TUTORIAL = "tutorial", _("tutorial")

    kind = models.CharField(pgettext_lazy("material", "kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(
        _("text"),
        max_length=5000,
        blank=True,
        help_text=_("{link} stands for the distributor's own link."),
    )
    product = models.ForeignKey(
        Product,
        models.PROTECT,
        verbose_name=_("product"),
        null=True,
        blank=True,
        related_name="materials",
        help_text=_("Links in the text then lead to it; otherwise to the shop."),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        verbose_name=_("category"),
        null=True,
        blank=True,
        related_name="materials",
    )
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        verbose_name=_("campaign"),
        null=True,
        blank=True,
        related_name="materials",
        help_text=_("Links in the text then lead to it, while it is announced or runs."),
    )
    is_exclusive = models.BooleanField(
        _("only for levels with all materials"),
        default=False,
        help_text=_("Each level says whether it sees none, the standard or all materials."),
    )
    from_level = models.ForeignKey(
        Level,
        models.PROTECT,
        verbose_name=_("from level up"),
        null=True,
        blank=True,
        related_name="materials_from",
    )
    visible_from = models.DateTimeField(_("visible from"), null=True, blank=True)
    visible_until = models.DateTimeField(_("visible until"), null=True, blank=True)
    is_published = models.BooleanField(pgettext_lazy("material", "published"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = ScopedManager(
        merchant="merchant", _manager_class=models.Manager.from_queryset(MaterialQuerySet)
    )

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [
            models.CheckConstraint(
                condition=Q(visible_from__isnull=True)
                | Q(visible_until__isnull=True)
                | Q(visible_from__lt=F("visible_until")),
                name="promotion_material_dates",
                violation_error_message=_("“Visible until” must lie after “visible from”."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "is_published", "-updated_at"], name="promotion_material_list"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def preview(self) -> str:
        """The words without the place of the link, for lists."""
        return self.text.replace(LINK_MARK, "").strip()


class MaterialFile(MerchantScopedModel):
    """A picture or a video of a material, kept below no address of the site."""

    material = models.ForeignKey(
        Material, models.PROTECT, verbose_name=_("material"), related_name="files"
    )
    file = models.FileField(_("file"), storage=private_storage, upload_to="materials/")
    kind = models.CharField(max_length=8, editable=False)
    name = models.CharField(_("name"), max_length=120)
    size = models.PositiveIntegerField(_("size"), editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    # Taken off the material: whoever saved it has it, so the row stays.
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("material file")
        verbose_name_plural = _("material files")

    def __str__(self) -> str:
        return self.name


class MaterialUse(MerchantScopedModel):
    """A distributor copied or saved a material: an event, never changed."""

    class Kind(models.TextChoices):
        COPY = "copy", pgettext_lazy("material", "copied")
        SAVE = "save", pgettext_lazy("material", "saved")

    material = models.ForeignKey(
        Material, models.PROTECT, verbose_name=_("material"), related_name="uses"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="material_uses"
    )
    kind = models.CharField(_("what"), max_length=4, choices=Kind)
    at = models.DateTimeField(pgettext_lazy("time", "at"), default=timezone.now)

    class Meta:
        verbose_name = _("use of a material")
        verbose_name_plural = _("uses of materials")
        indexes = [models.Index(fields=["material", "kind"], name="promotion_use_counted")]

    def __str__(self) -> str:
        return f"#{self.pk}"
