"""What applicants attach: pictures are drawn again, PDFs are looked into, both lie out of reach."""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.joining.models import Attachment, Submission
from apps.joining.services.refusals import JoiningRefused

MAX_FILES = 5
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
Kind = Attachment.Kind


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


def check_files(uploads: Sequence[Upload]) -> list[CheckedFile]:
    """At most MAX_FILES pictures (JPEG, PNG, WebP) or PDFs of at most MAX_BYTES each.

    Pictures are re-encoded without their metadata. Raises JoiningRefused, naming the file.
    """
    if len(uploads) > MAX_FILES:
        raise JoiningRefused(_("Attach at most %(count)s files.") % {"count": MAX_FILES})
    return [_check(each) for each in uploads]


def _check(upload: Upload) -> CheckedFile:
    name = " ".join(upload.name.replace("/", " ").replace("\\", " ").split())[-120:]
    if len(upload.content) > MAX_BYTES:
        raise JoiningRefused(_("“%(name)s” is larger than 10 MB.") % {"name": name})
    if upload.content.startswith(b"%PDF-") and b"%%EOF" in upload.content[-2048:]:
        return CheckedFile(name, Kind.PDF, upload.content)
    return CheckedFile(name, Kind.IMAGE, _redrawn(upload.content, name))


def _redrawn(content: bytes, name: str) -> bytes:
    unreadable = JoiningRefused(
        _("“%(name)s” is neither a JPEG, PNG or WebP picture nor a PDF that can be read.")
        % {"name": name}
    )
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        # Read from the header alone, before any pixel is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            raise JoiningRefused(
                _("“%(name)s” has more than 40 million pixels: save it smaller.") % {"name": name}
            )
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=85)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise unreadable from error
    return out.getvalue()


def keep_files(submission: Submission, files: Sequence[CheckedFile]) -> None:
    """Store checked files with a submission: the last step of its transaction.

    What was written stays nowhere when one of them cannot be.
    """
    kept: list[Attachment] = []
    try:
        for each in files:
            kept.append(_keep(submission, each))
    except Exception:
        for each in kept:
            each.file.storage.delete(each.file.name)
        raise


def _keep(submission: Submission, checked: CheckedFile) -> Attachment:
    suffix = "pdf" if checked.kind == Kind.PDF else "jpg"
    attachment = Attachment(
        merchant_id=submission.merchant_id,
        submission=submission,
        kind=checked.kind,
        name=checked.name,
        size=len(checked.content),
    )
    file_name = f"{submission.merchant_id}/{secrets.token_hex(12)}.{suffix}"
    attachment.file.save(file_name, ContentFile(checked.content, name=file_name), save=False)
    attachment.save()
    return attachment
