"""What every answer of the site goes through."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Pictures and videos are packed already, and a part of a file must stay the part that it is.
TEXTS = ("text/", "application/json", "image/svg+xml")


class PackTextsMiddleware(GZipMiddleware):
    """Sends texts packed to browsers that take them so; everything else as it is.

    Each answer gets a random number of bytes more, so that its length tells nothing about tokens.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_text = response.headers.get("Content-Type", "").startswith(TEXTS)
        if response.status_code == 206 or not is_text:
            return response
        return super().process_response(request, response)
