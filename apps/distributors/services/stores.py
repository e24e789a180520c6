"""Stores: where orders are picked up, and who keeps them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.errors import Refused
from apps.distributors.models import Distributor, Store
from apps.merchants.models import Merchant


class StoreRefused(Refused):
    """The store cannot be saved so; nothing was changed."""


def save_store(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    keeper: Distributor,
    address: str = "",
    is_active: bool = True,
    store: Store | None = None,
) -> Store:
    """A new store, or `store` with other values; a code never changes: order files name it.

    A new keeper is paid for orders computed from now on. Raises StoreRefused for a code that
    another store has, or a keeper of another merchant.
    """
    if keeper.merchant_id != merchant.pk:
        raise StoreRefused(_("The keeper must be a distributor of this merchant."))
    try:
        with scope(merchant=merchant), transaction.atomic():
            saved = (
                Store.objects.select_for_update().get(pk=store.pk)
                if store
                else Store(merchant=merchant, code=code)
            )
            if saved.code != code:
                raise StoreRefused(_("The code of a store cannot be changed: orders name it."))
            saved.name, saved.keeper, saved.address = name, keeper, address
            saved.is_active = is_active
            saved.save()
    except IntegrityError as error:
        raise StoreRefused(_("Another store has this code.")) from error
    return saved
