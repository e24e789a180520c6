"""A product's pictures in their order, and its video."""

import secrets
from collections.abc import Callable, Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from apps.products.models import PICTURE_SIZES, Product, ProductPicture, scaled_name, sizes_of
from apps.products.services.drawing import Drawn, digest, draw
from apps.products.services.refusals import ProductRefused

FOLDER = "products/"
MAX_PICTURES = 10
MAX_ALT = ProductPicture._meta.get_field("alt").max_length
MAX_VIDEO_BYTES = 50 * 1024 * 1024


@transaction.atomic
def add_picture(*, product: Product, content: bytes, alt: str = "") -> ProductPicture:
    """Put a picture, a JPEG, PNG or WebP, behind a product's others.

    Raises ProductRefused for anything else, for more than 10 MB, 40 million pixels or ten pictures.
    """
    drawn = draw(content)
    locked, pictures = _lock(product)
    if len(pictures) >= MAX_PICTURES:
        raise ProductRefused(_("A product has at most %(max)s pictures.") % {"max": MAX_PICTURES})
    new = _new(locked, drawn, alt)
    _arrange(locked, [*pictures, new])
    _write(new, drawn)
    return new


@transaction.atomic
def change_picture(
    *, picture: ProductPicture, alt: str | None = None, up: bool = False
) -> ProductPicture:
    """Say what a picture shows, or move it one place forward. Raises ProductRefused."""
    locked, pictures = _lock(picture.product)
    place = [each.pk for each in pictures].index(picture.pk)
    found = pictures[place]
    if alt is not None:
        found.alt = _checked_alt(alt)
        found.save(update_fields=["alt"])
    if up and place:
        pictures[place - 1], pictures[place] = found, pictures[place - 1]
        _arrange(locked, pictures)
    return found


@transaction.atomic
def remove_picture(*, picture: ProductPicture) -> None:
    """Take one picture away."""
    locked, pictures = _lock(picture.product)
    _arrange(locked, [each for each in pictures if each.pk != picture.pk])
    _delete([each for each in pictures if each.pk == picture.pk])


@transaction.atomic
def set_product_image(*, product: Product, content: bytes) -> Product:
    """Give a product a new first picture instead of the one before. Raises as `add_picture`."""
    drawn = draw(content)
    locked, pictures = _lock(product)
    new = _new(locked, drawn, pictures[0].alt if pictures else "")
    _arrange(locked, [new, *pictures[1:]])
    _delete(pictures[:1])
    _write(new, drawn)
    return Product.objects.get(pk=product.pk)


def remove_product_image(*, product: Product) -> Product:
    """Take a product's first picture away; the next one, if any, takes its place."""
    first = ProductPicture.objects.filter(product=product).first()
    if first is not None:
        remove_picture(picture=first)
    return Product.objects.get(pk=product.pk)


@transaction.atomic
def set_pictures(
    *, product: Product, contents: Sequence[tuple[bytes, Drawn]], write_files: bool = True
) -> bool:
    """Make these, each (upload, drawn), a product's pictures in this order; whether that is new.

    A picture that is there already, by its upload or its file, stays as it is. Without
    `write_files` only rows change, for a rehearsal that is rolled back.
    """
    locked, pictures = _lock(product)
    left = list(pictures)
    wanted: list[ProductPicture] = []
    fresh: list[tuple[ProductPicture, Drawn]] = []
    for content, drawn in contents:
        marks = digest(content)
        same = next((each for each in left if marks in (each.source_hash, each.file_hash)), None)
        if same is not None:
            left.remove(same)
            wanted.append(same)
        else:
            fresh.append((_new(locked, drawn, ""), drawn))
            wanted.append(fresh[-1][0])
    if [each.pk for each in wanted] == [each.pk for each in pictures]:
        return False
    _arrange(locked, wanted)
    _delete(left)
    for new, drawn in fresh if write_files else ():
        _write(new, drawn)
    return True


@transaction.atomic
def set_video(*, product: Product, content: bytes) -> Product:
    """Give a product a video, an MP4 of at most 50 MB. Raises ProductRefused for anything else."""
    if len(content) > MAX_VIDEO_BYTES:
        raise ProductRefused(_("The video is larger than 50 MB: save it smaller."))
    # An ISO media file begins with a box of this type; whatever it is named, it is served as MP4.
    if content[4:8] != b"ftyp":
        raise ProductRefused(_("This is not an MP4 video."))
    name = f"{FOLDER}{product.pk}-{secrets.token_hex(8)}.mp4"
    return _replace_video(product, lambda: default_storage.save(name, ContentFile(content)))


@transaction.atomic
def remove_video(*, product: Product) -> Product:
    """Take a product's video away."""
    return _replace_video(product, lambda: "")


def _replace_video(product: Product, new_name: Callable[[], str]) -> Product:
    locked = Product.objects.select_for_update().get(pk=product.pk)
    before = locked.video.name
    locked.video.name = new_name()
    locked.save(update_fields=["video"])
    if before:
        transaction.on_commit(lambda: default_storage.delete(before))
    return locked


def _lock(product: Product) -> tuple[Product, list[ProductPicture]]:
    locked = Product.objects.select_for_update().get(pk=product.pk)
    return locked, list(ProductPicture.objects.filter(product=locked))


def _checked_alt(alt: str) -> str:
    alt = alt.replace("\x00", "").strip()
    if len(alt) > MAX_ALT:
        raise ProductRefused(_("At most %(max)s characters.") % {"max": MAX_ALT})
    return alt


def _new(product: Product, drawn: Drawn, alt: str) -> ProductPicture:
    return ProductPicture(
        merchant_id=product.merchant_id,
        product=product,
        alt=_checked_alt(alt),
        file=f"{FOLDER}{product.pk}-{secrets.token_hex(8)}.{PICTURE_SIZES[0]}.webp",
        width=drawn.width,
        height=drawn.height,
        source_hash=drawn.source_hash,
        file_hash=drawn.file_hash,
    )


def _arrange(product: Product, pictures: Sequence[ProductPicture]) -> None:
    for position, each in enumerate(pictures, start=1):
        if each.position != position:
            each.position = position
            each.save()
    first = pictures[0] if pictures else None
    # Past the field, which would open the file to measure it.
    Product.objects.filter(pk=product.pk).update(
        image=first.file.name if first else "",
        image_width=first.width if first else None,
        image_height=first.height if first else None,
    )


def _write(picture: ProductPicture, drawn: Drawn) -> None:
    kept = []
    try:
        for size, content in drawn.files.items():
            name = scaled_name(picture.file.name, size)
            kept.append(default_storage.save(name, ContentFile(content)))
    except Exception:
        # Whatever it was: the database takes the row back by itself, the disk keeps its files.
        for name in kept:
            default_storage.delete(name)
        raise


def _delete(pictures: Sequence[ProductPicture]) -> None:
    names = {
        scaled_name(each.file.name, size)
        for each in pictures
        for size in sizes_of(each.file.name) or [0]
    }
    ProductPicture.objects.filter(pk__in=[each.pk for each in pictures]).delete()

    def drop() -> None:
        for name in names:
            default_storage.delete(name)

    # Only once the rows are gone for good.
    transaction.on_commit(drop)
