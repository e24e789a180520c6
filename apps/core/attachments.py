"""Files that people hand in: looked into, and kept out of reach.

Pictures are drawn again, without their metadata; PDFs are recognised by their content.
"""

import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.core.errors import Refused

MAX_FILES = 5
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
IMAGE, PDF, VIDEO = "image", "pdf", "video"
SUFFIXES = {IMAGE: "jpg", PDF: "pdf", VIDEO: "mp4"}
MAX_VIDEO_BYTES = 50 * 1024 * 1024
# The outermost boxes of an MP4 file (ISO 14496-12), and those it cannot be played without.
MP4_BOXES = {
    *(b"ftyp", b"styp", b"pdin", b"moov", b"moof", b"mfra", b"sidx"),
    *(b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"udta"),
}
MP4_NEEDED = {b"moov", b"mdat"}


class AttachmentRefused(Refused):
    """A file cannot be taken; nothing was changed."""


def private_storage() -> Storage:
    """Where such files lie: below no address of the site."""
    return storages["private"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: the name somebody gave it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: what it is by its content, whatever its name said."""

    name: str
    kind: str
    content: bytes

    @property
    def suffix(self) -> str:
        """The ending of the stored file's name."""
        return SUFFIXES[self.kind]


def check_files(uploads: Sequence[Upload]) -> list[CheckedFile]:
    """At most MAX_FILES pictures (JPEG, PNG, WebP) or PDFs of at most MAX_BYTES each.

    Raises AttachmentRefused, naming the file.
    """
    if len(uploads) > MAX_FILES:
        raise AttachmentRefused(_("Attach at most %(count)s files.") % {"count": MAX_FILES})
    return [_check(each) for each in uploads]


def check_video(upload: Upload) -> CheckedFile:
    """An MP4 of at most MAX_VIDEO_BYTES, by its content and with nothing hung on to its end.

    Raises AttachmentRefused, naming the file.
    """
    name = _plain_name(upload.name)
    if len(upload.content) > MAX_VIDEO_BYTES:
        raise AttachmentRefused(_("“%(name)s” is larger than 50 MB.") % {"name": name})
    if not _is_mp4(upload.content):
        raise AttachmentRefused(
            _("“%(name)s” is not an MP4 video that can be played.") % {"name": name}
        )
    return CheckedFile(name, VIDEO, upload.content)


def _is_mp4(content: bytes) -> bool:
    """Whether the file is a chain of known boxes from its first byte to its last."""
    place, kinds = 0, []
    while place + 8 <= len(content):
        kind = content[place + 4 : place + 8]
        size = int.from_bytes(content[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(content[place + 8 : place + 16], "big")
        if kind not in MP4_BOXES or size < 8:
            return False
        kinds.append(kind)
        place += size
    return place == len(content) and kinds[:1] == [b"ftyp"] and MP4_NEEDED <= set(kinds)


def keep_files(rows: Iterable[tuple[Any, CheckedFile]]) -> None:
    """Store each row, not saved yet, with its file: the last step of a transaction.

    A row belongs to a merchant, has a private `file`, and is told its kind, name and size. When one
    cannot be stored, nothing that was written stays.
    """
    kept = []
    try:
        for row, checked in rows:
            row.kind, row.name, row.size = checked.kind, checked.name, len(checked.content)
            file_name = f"{row.merchant_id}/{secrets.token_hex(12)}.{checked.suffix}"
            row.file.save(file_name, ContentFile(checked.content, name=file_name), save=False)
            kept.append(row)
            row.save()
    except Exception:
        # Whatever it was: the database takes the rows back by itself, the disk keeps its files.
        for row in kept:
            row.file.storage.delete(row.file.name)
        raise


def _plain_name(name: str) -> str:
    return " ".join(name.replace("/", " ").replace("\\", " ").split())[-120:]


def square_picture(upload: Upload, side: int = 256) -> bytes:
    """The middle of a picture as a small square WebP without metadata.

    Raises AttachmentRefused for anything that is no JPEG, PNG or WebP picture.
    """
    checked = _check(upload)
    if checked.kind != IMAGE:
        raise AttachmentRefused(
            _("“%(name)s” is not a JPEG, PNG or WebP picture.") % {"name": checked.name}
        )
    picture = Image.open(io.BytesIO(checked.content))
    out = io.BytesIO()
    ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS).save(out, "WEBP", quality=85)
    return out.getvalue()


def keep_picture(*, row: Any, field: str, content: bytes | None) -> None:
    """Make `content` (WebP; None: nothing) a row's public picture; in a transaction.

    The one before is deleted once the row points elsewhere for good.
    """
    file = getattr(row, field)
    before, storage = file.name, file.storage
    if content is None:
        setattr(row, field, "")
    else:
        name = f"{row.pk}-{secrets.token_hex(8)}.webp"
        file.save(name, ContentFile(content, name=name), save=False)
    row.save(update_fields=[field])
    if before:
        transaction.on_commit(lambda: storage.delete(before))


def _check(upload: Upload) -> CheckedFile:
    name = _plain_name(upload.name)
    if len(upload.content) > MAX_BYTES:
        raise AttachmentRefused(_("“%(name)s” is larger than 10 MB.") % {"name": name})
    if upload.content.startswith(b"%PDF-") and b"%%EOF" in upload.content[-2048:]:
        return CheckedFile(name, PDF, upload.content)
    return CheckedFile(name, IMAGE, _redrawn(upload.content, name))


def _redrawn(content: bytes, name: str) -> bytes:
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        # Read from the header alone, before any pixel is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            raise AttachmentRefused(
                _("“%(name)s” has more than 40 million pixels: save it smaller.") % {"name": name}
            )
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=85)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise AttachmentRefused(
            _("“%(name)s” is neither a JPEG, PNG or WebP picture nor a PDF that can be read.")
            % {"name": name}
        ) from error
    return out.getvalue()
