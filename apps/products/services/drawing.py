"""Pictures drawn again from their pixels: nothing else of an upload survives."""

import hashlib
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.products.models import PICTURE_SIZES
from apps.products.services.refusals import ProductRefused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture in every size, size → WebP; width and height are the largest's."""

    files: dict[int, bytes]
    width: int
    height: int
    source_hash: str

    @property
    def file_hash(self) -> str:
        """SHA-256 of the largest file."""
        return digest(self.files[PICTURE_SIZES[0]])


def digest(content: bytes) -> str:
    """What a picture is recognised by."""
    return hashlib.sha256(content).hexdigest()


def draw(content: bytes) -> Drawn:
    """A JPEG, PNG or WebP in every size, re-encoded without its metadata.

    Raises ProductRefused for anything else, for more than 10 MB or 40 million pixels.
    """
    picture = _read(content)
    size = picture.size
    files = {}
    for longest in PICTURE_SIZES:
        # The sizes only shrink, so that each may be drawn from the one before.
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=82, method=4)
        files[longest] = out.getvalue()
    return Drawn(files, *size, digest(content))


def _read(content: bytes) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise ProductRefused(_("The picture is larger than 10 MB: save it smaller."))
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        # Read from the header alone, before any pixel is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            raise ProductRefused(_("The picture has more than 40 million pixels: save it smaller."))
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((PICTURE_SIZES[0],) * 2, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ProductRefused(
            _("This is not a JPEG, PNG or WebP picture that can be read.")
        ) from error
    return picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
