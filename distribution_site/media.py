"""Uploaded pictures and videos, where no web server in front serves them."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve

from apps.core.attachment_pages import shown_response
from apps.core.attachments import VIDEO

# A file that changes gets another name, so that whoever has it need not ask again.
FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse:
    """The file at `path`; of a video a part where one is asked for: iPhones play none otherwise."""
    if path.endswith(".mp4"):
        response = _video(request, path)
    else:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response.headers["Cache-Control"] = FOR_GOOD
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _video(request: HttpRequest, path: str) -> HttpResponse:
    if not default_storage.exists(path):
        raise Http404
    with default_storage.open(path) as file:
        return shown_response(
            request, file, kind=VIDEO, name=path.rsplit("/", 1)[-1], is_saved=False
        )
