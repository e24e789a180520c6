"""The merchant decides who may join."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.locks import lock_until_commit
from apps.joining.models import JoiningPolicy
from apps.joining.services.refusals import JoiningRefused
from apps.merchants.models import Merchant
from apps.products.models import Product

Way, Purchase = JoiningPolicy.Way, JoiningPolicy.Purchase


@transaction.atomic
def save_policy(
    *, merchant: Merchant, purchase_products: Iterable[Product] = (), **values: Any
) -> JoiningPolicy:
    """Set the merchant's policy; what is left out keeps its value. Applications under way go on.

    Raises JoiningRefused for goods of another merchant, and for a purchase without its goods or its
    amount (major units, above zero).
    """
    lock_until_commit(f"joining policy:{merchant.pk}")
    policy = JoiningPolicy.objects.filter(merchant=merchant).first()
    policy = policy or JoiningPolicy(merchant=merchant)
    products = list(purchase_products)
    if any(each.merchant_id != merchant.pk for each in products):
        raise JoiningRefused(_("These goods belong to another merchant."))
    for name, value in values.items():
        setattr(policy, name, value)
    _check_purchase(policy, products)
    try:
        policy.full_clean()
    except ValidationError as error:
        raise JoiningRefused("\n".join(error.messages)) from error
    policy.save()
    policy.purchase_products.set(products)
    return policy


def _check_purchase(policy: JoiningPolicy, products: list[Product]) -> None:
    amount = policy.purchase_amount
    if amount is not None and Decimal(amount) <= 0:
        raise JoiningRefused(_("Enter an amount above zero."))
    if policy.way != Way.PURCHASE:
        return
    if policy.purchase == Purchase.GOODS and not products:
        raise JoiningRefused(_("Choose the goods that let somebody join."))
    if policy.purchase == Purchase.AMOUNT and amount is None:
        raise JoiningRefused(_("Enter the amount that lets somebody join."))
