"""The material library: what the merchant puts in, and what distributors take out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.attachments import (
    IMAGE,
    VIDEO,
    CheckedFile,
    Upload,
    check_files,
    check_video,
    keep_files,
)
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant
from apps.promotion.models import Material, MaterialFile, MaterialUse
from apps.promotion.services.refusals import PromotionRefused

Kind = Material.Kind
# As many as one post in WeChat Moments (朋友圈) takes.
MOST_PICTURES = 9
NEEDED = {Kind.IMAGE: IMAGE, Kind.POSTER: IMAGE, Kind.VIDEO: VIDEO}
FIELDS = (
    "kind", "title", "text", "product", "category", "campaign", "is_exclusive", "from_level",
    "visible_from", "visible_until", "is_published",
)  # fmt: skip


@transaction.atomic
def save_material(
    *,
    merchant: Merchant,
    material: Material | None = None,
    files: Sequence[Upload] = (),
    remove: Iterable[MaterialFile] = (),
    **values: Any,
) -> Material:
    """Put something into the library or change it; `values`: see FIELDS, what is left out stays.

    Pictures are drawn again without metadata, videos must be MP4. Inside the merchant's scope.
    Raises PromotionRefused or AttachmentRefused, naming what is wrong; then nothing is kept.
    """
    material = _locked(material) if material else Material(merchant=merchant)
    unknown = values.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A material has no {', '.join(sorted(unknown))}.")
    for name, value in values.items():
        setattr(material, name, value)
    _check_owners(material, merchant)
    try:
        material.full_clean()
    except ValidationError as error:
        raise PromotionRefused("\n".join(error.messages)) from error
    checked = [_checked(each) for each in files]
    leaving = [each for each in remove if each.material_id == material.pk]
    kept = [] if material.pk is None else list(_files_of(material))
    kept = [each for each in kept if each.pk not in {gone.pk for gone in leaving}]
    _check_whole(material, [each.kind for each in [*kept, *checked]])
    material.updated_at = timezone.now()
    material.save()
    for each in leaving:
        each.removed_at = material.updated_at
        each.save(update_fields=["removed_at"])
    keep_files((MaterialFile(merchant=merchant, material=material), each) for each in checked)
    return material


def _locked(material: Material) -> Material:
    return Material.objects.select_for_update().get(pk=material.pk)


def _files_of(material: Material) -> Iterable[MaterialFile]:
    return MaterialFile.objects.filter(material=material, removed_at__isnull=True)


def _check_owners(material: Material, merchant: Merchant) -> None:
    owned = (material.product, material.category, material.campaign, material.from_level)
    if any(each is not None and each.merchant_id != merchant.pk for each in owned):
        raise PromotionRefused(_("Product, category, campaign and level must be this merchant's."))


def _checked(upload: Upload) -> CheckedFile:
    # By its content: the name says nothing.
    if upload.content[4:8] == b"ftyp":
        return check_video(upload)
    [checked] = check_files([upload])
    if checked.kind != IMAGE:
        raise PromotionRefused(
            _("“%(name)s” is neither a picture nor an MP4 video.") % {"name": checked.name}
        )
    return checked


def _check_whole(material: Material, kinds: Sequence[str]) -> None:
    if kinds.count(IMAGE) > MOST_PICTURES:
        raise PromotionRefused(_("A material has at most 9 pictures."))
    needed = NEEDED.get(material.kind)
    if needed == IMAGE and IMAGE not in kinds:
        raise PromotionRefused(_("Files: add a picture (JPEG, PNG or WebP)."))
    if needed == VIDEO and VIDEO not in kinds:
        raise PromotionRefused(_("Files: add a video (MP4)."))
    if material.kind == Kind.TEXT and not material.text.strip():
        raise PromotionRefused(_("Text: write what is to be copied."))


def record_use(
    *, material: Material, distributor: Distributor, kind: str, at: datetime | None = None
) -> MaterialUse:
    """Keep that a distributor copied or saved a material they can see.

    Raises PromotionRefused for material of another merchant. Inside the merchant's scope.
    """
    if material.merchant_id != distributor.merchant_id:
        raise PromotionRefused(_("This material belongs to another merchant."))
    return MaterialUse.objects.create(
        merchant_id=material.merchant_id,
        material=material,
        distributor=distributor,
        kind=MaterialUse.Kind(kind),
        at=at or timezone.now(),
    )
