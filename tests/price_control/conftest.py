"""A distributor who may have done something, and how it is noted and decided."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.price_control.services import decide_violation, record_violation
from tests.factories import DistributorFactory, UserFactory

_keys = itertools.count(1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def person(merchant, now):
    return DistributorFactory(joined_at=now - timedelta(days=1000), user=UserFactory())


@pytest.fixture
def operator(merchant):
    return UserFactory()


@pytest.fixture
def record(person, operator, now):
    """Notes a violation of the person's, an hour ago unless said otherwise."""

    def record(**values):
        return record_violation(
            **{
                "distributor": person,
                "kind": "low_price",
                "description": "Sold at ¥59 instead of ¥88.",
                "links": "https://shop.example/1",
                "happened_at": now - timedelta(hours=1),
                "actor": operator,
                "request_key": f"key-{next(_keys)}",
            }
            | values
        )

    return record


@pytest.fixture
def decide(operator):
    """Decides, with a warning unless said otherwise."""

    def decide(violation, action="warn", **values):
        return decide_violation(
            **{"violation": violation, "action": action, "reason": "seen", "actor": operator}
            | values
        )

    return decide
