"""How files are handed in with a form, and shown to those who may see them."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from apps.core.attachments import IMAGE, MAX_BYTES, PDF, VIDEO, Upload

CONTENT_TYPES = {IMAGE: "image/jpeg", PDF: "application/pdf", VIDEO: "video/mp4"}


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Any number of files; cleaned to a list of Upload. What is in them is the service's to see."""

    widget = _SeveralFiles

    def __init__(self, **kwargs: Any):
        super().__init__(**{"required": False, "label": _("Files"), **kwargs})
        self.widget.attrs |= {"accept": ".jpg,.jpeg,.png,.webp,.pdf,image/*,application/pdf"}

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(SeveralFilesField, self).clean(each, initial) for each in given]
        return [Upload(each.name, _read(each)) for each in files if each]


def _read(file: Any) -> bytes:
    # One byte more than is taken tells that it is too large, without reading all of it.
    return file.read(MAX_BYTES + 1)


def private_response(file: Any, *, kind: str, name: str) -> HttpResponse:
    """The file for whoever may see it: a picture on the page, anything else to be saved."""
    # In one piece: files are small, and nothing stays open when nobody reads on.
    with file.open("rb") as opened:
        response = HttpResponse(opened.read(), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(kind != IMAGE, name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
