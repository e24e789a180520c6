"""Lists are shown page by page."""

import pytest
from django.test import RequestFactory

from apps.core.pages import page_of


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("", 1), ("2", 2), ("3", 3), ("99", 3), ("-1", 3), ("nonsense", 1)],
)
def test_any_address_shows_some_page(asked, shown):
    request = RequestFactory().get("/", {"page": asked})

    assert page_of(request, range(50)).number == shown
