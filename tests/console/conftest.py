"""A merchant with one of everything, seen by its owner."""

import pytest
from django_scopes import scope

from tests.console.world import Kit, make_kit


@pytest.fixture
def kit(db) -> Kit:
    """The test runs in the merchant's scope; `client` is signed in as the owner."""
    kit = make_kit("mine")
    with scope(merchant=kit.merchant):
        yield kit


@pytest.fixture
def client(client, kit):
    client.force_login(kit.people["owner"])
    return client
