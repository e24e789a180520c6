"""Lists that may grow are shown page by page."""

from collections.abc import Sequence

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 20


def page_of(request: HttpRequest, rows: QuerySet | Sequence, size: int = PAGE_SIZE) -> Page:
    """The page named in the address; nonsense shows the first, too far the last. Two queries."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
