"""Lists that count no further than they must."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.core.pages import BoundedPaginator
from tests.factories import UserFactory


@pytest.fixture
def people(db):
    for _each in range(12):
        UserFactory()
    return User.objects.order_by("-pk")


def paginator(people, bound, reach=1):
    pages = BoundedPaginator(people, 2)
    pages.bound, pages.reach = bound, reach
    return pages


def test_up_to_the_bound_it_counts_exactly(people):
    for bound in (12, 20):
        pages = paginator(people, bound)
        assert (pages.count, pages.is_bounded, pages.num_pages) == (12, False, 6)


def test_beyond_the_bound_it_says_that_there_are_more(people):
    pages = paginator(people, 6)
    with CaptureQueriesContext(connection) as queries:
        assert (pages.count, pages.is_bounded, pages.num_pages) == (6, True, 3)
    assert len(queries) == 1
    assert "LIMIT 7" in queries[0]["sql"]


def test_whoever_goes_on_reaches_the_last_page(people):
    pages = paginator(people, 6, reach=3)
    assert (pages.num_pages, pages.is_bounded) == (4, True)
    last = paginator(people, 6, reach=6)
    assert (last.num_pages, last.is_bounded, len(last.page(6))) == (6, False, 2)
