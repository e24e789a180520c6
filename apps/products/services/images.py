"""Product pictures: of whatever is uploaded, a small WebP is drawn again from its pixels."""

import io
import secrets

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.products.models import Product
from apps.products.services.refusals import ProductRefused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1200


def set_product_image(*, product: Product, content: bytes) -> Product:
    """Give a product a new picture: JPEG, PNG or WebP, re-encoded without its metadata.

    Raises ProductRefused for anything else, for more than 10 MB or 40 million pixels.
    """
    picture = _read(content)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    name = f"{product.pk}-{secrets.token_hex(4)}.webp"
    # Nameless content counts as no file, and its size would not be stored.
    file = ContentFile(out.getvalue(), name=name)
    return _replace(product, lambda locked: locked.image.save(name, file, save=False))


def remove_product_image(*, product: Product) -> Product:
    """Take a product's picture away."""
    return _replace(product, lambda locked: setattr(locked, "image", ""))


@transaction.atomic
def _replace(product: Product, change) -> Product:
    locked = Product.objects.select_for_update().get(pk=product.pk)
    before, storage = locked.image.name, locked.image.storage
    change(locked)
    locked.save(update_fields=["image", "image_width", "image_height"])
    if before:
        # Only once the row points elsewhere for good.
        transaction.on_commit(lambda: storage.delete(before))
    return locked


def _read(content: bytes) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise ProductRefused(_("The picture is larger than 10 MB: save it smaller."))
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        # Read from the header alone, before any pixel is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            raise ProductRefused(_("The picture has more than 40 million pixels: save it smaller."))
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ProductRefused(
            _("This is not a JPEG, PNG or WebP picture that can be read.")
        ) from error
    return picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
