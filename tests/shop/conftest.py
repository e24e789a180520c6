"""A distributor's shop with something to sell."""

from decimal import Decimal

import pytest

from tests.factories import DistributorFactory, SkuFactory


@pytest.fixture
def shop(merchant):
    return DistributorFactory(name="陈志远")


@pytest.fixture
def sku(merchant):
    return SkuFactory(product__name="宫廷熟普", price=Decimal("138.00"), stock=5)
