"""Hypothesis runs many examples in one test: each gets a merchant and leaves nothing behind."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django_scopes import scope

from tests.factories import MerchantFactory


@pytest.fixture
def transaction_each(db):
    """A context that is rolled back at its end; gives a merchant and runs in its scope."""

    @contextmanager
    def rolled_back():
        with transaction.atomic():
            merchant = MerchantFactory()
            with scope(merchant=merchant):
                yield merchant
            transaction.set_rollback(True)

    return rolled_back
