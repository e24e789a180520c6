"""Stores are made and changed by one service; their codes stay."""

import pytest
from django_scopes import scope

from apps.distributors.models import Store
from apps.distributors.services.stores import StoreRefused, save_store
from tests.factories import DistributorFactory, MerchantFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_a_store_is_made_and_changed(merchant):
    keeper, next_keeper = DistributorFactory(), DistributorFactory()
    store = save_store(merchant=merchant, code="S1", name="West", keeper=keeper, address="Road 1")
    save_store(
        merchant=merchant, code="S1", name="East", keeper=next_keeper, is_active=False, store=store
    )
    found = Store.objects.get()
    assert (found.code, found.name, found.keeper, found.address, found.is_active) == (
        "S1", "East", next_keeper, "", False,
    )  # fmt: skip


def test_a_code_is_unique_and_never_changes(merchant):
    store = StoreFactory(code="S1", name="West")
    values = {"merchant": merchant, "name": "East", "keeper": store.keeper}
    with pytest.raises(StoreRefused):
        save_store(code="S1", **values)
    with pytest.raises(StoreRefused):
        save_store(code="S2", store=store, **values)
    assert list(Store.objects.values_list("code", "name")) == [("S1", "West")]


def test_another_merchants_distributor_keeps_no_store_here(merchant):
    other = MerchantFactory()
    with scope(merchant=other):
        foreign = DistributorFactory(merchant=other)
    with pytest.raises(StoreRefused):
        save_store(merchant=merchant, code="S1", name="West", keeper=foreign)
    assert not Store.objects.exists()
