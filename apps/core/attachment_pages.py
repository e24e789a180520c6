"""How files are handed in with a form, and shown to those who may see them."""

import io
import re
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from PIL import Image

from apps.core.attachments import IMAGE, MAX_BYTES, PDF, VIDEO, Upload

CONTENT_TYPES = {IMAGE: "image/jpeg", PDF: "application/pdf", VIDEO: "video/mp4"}
THUMBNAIL = 320
# One part of a file; several at once are answered with the whole.
RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,15})-(?P<last>[0-9]{0,15})")


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Any number of files; cleaned to a list of Upload. What is in them is the service's to see."""

    widget = _SeveralFiles
    most_bytes = MAX_BYTES

    def __init__(self, **kwargs: Any):
        super().__init__(**{"required": False, "label": _("Files"), **kwargs})
        self.widget.attrs |= {"accept": ".jpg,.jpeg,.png,.webp,.pdf,image/*,application/pdf"}

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(SeveralFilesField, self).clean(each, initial) for each in given]
        # One byte more than is taken tells that it is too large, without reading all of it.
        return [Upload(each.name, each.read(self.most_bytes + 1)) for each in files if each]


def private_response(file: Any, *, kind: str, name: str) -> HttpResponse:
    """The file for whoever may see it: a picture on the page, anything else to be saved."""
    # In one piece: files are small, and nothing stays open when nobody reads on.
    with file.open("rb") as opened:
        response = HttpResponse(opened.read(), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(kind != IMAGE, name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def shown_response(
    request: HttpRequest, file: Any, *, kind: str, name: str, is_saved: bool
) -> HttpResponse:
    """A picture or video for the page or, `is_saved`, for the phone's album.

    A part of it where one is asked for: iPhones play no video otherwise.
    """
    size = file.size
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    first, last = _part(asked, size) if asked else (0, size - 1)
    with file.open("rb") as opened:
        opened.seek(first)
        content = opened.read(max(last - first + 1, 0))
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    if asked:
        response.status_code = 206 if content else 416
        span = f"{first}-{last}" if content else "*"
        response["Content-Range"] = f"bytes {span}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = content_disposition_header(is_saved, name)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def thumbnail_response(file: Any) -> HttpResponse:
    """A picture that was kept by us, small enough for a list."""
    with file.open("rb") as opened, Image.open(opened) as picture:
        # Lets the decoder leave out what is thrown away anyhow.
        picture.draft("RGB", (THUMBNAIL, THUMBNAIL))
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=80)
    response = HttpResponse(out.getvalue(), content_type=CONTENT_TYPES[IMAGE])
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _part(asked: re.Match, size: int) -> tuple[int, int]:
    first, last = asked["first"], asked["last"]
    if not first:
        return max(size - int(last or 0), 0), size - 1
    return int(first), min(int(last or size), size - 1)
