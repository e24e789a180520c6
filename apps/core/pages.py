"""Lists that may grow are shown page by page."""

from collections.abc import Sequence

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

PAGE_SIZE = 20


def page_of(request: HttpRequest, rows: QuerySet | Sequence, size: int = PAGE_SIZE) -> Page:
    """The page named in the address; nonsense shows the first, too far the last. Two queries."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


class BoundedPaginator(Paginator):
    """Counts no further than it must: a list of a million rows shows its first pages at once.

    Beyond `bound` rows, `count` is the bound and `is_bounded` says that there are more. Whoever
    goes on page by page pushes the bound ahead of them: `reach` is the page that is asked for.
    """

    bound = 10_000
    reach = 1

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: self._limit + 1].count()

    @property
    def _limit(self) -> int:
        return max(self.bound, (self.reach + 1) * self.per_page)

    @property
    def is_bounded(self) -> bool:
        """Whether there are more rows than `count` says."""
        return self._counted > self._limit

    @cached_property
    def count(self) -> int:
        """How many rows there are, or the bound. One query."""
        return min(self._counted, self._limit)
