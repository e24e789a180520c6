"""What a merchant may decide about who joins."""

from decimal import Decimal

import pytest
from django.db import IntegrityError
from django_scopes import scope

from apps.core.errors import Refused
from apps.joining.models import JoiningPolicy
from apps.joining.selectors import policy_of
from apps.joining.services import save_policy
from tests.factories import MerchantFactory, ProductFactory


def test_without_a_row_it_is_closed(merchant):
    policy = policy_of(merchant)

    assert (policy.pk, policy.way, policy.is_open, policy.ask_id_number) == (
        None,
        "closed",
        False,
        "no",
    )


def test_saving_changes_the_one_row(merchant):
    product = ProductFactory()
    save_policy(merchant=merchant, way="purchase", purchase="goods", purchase_products=[product])
    saved = save_policy(merchant=merchant, way="open", ask_ability="required")

    assert JoiningPolicy.objects.get() == saved == policy_of(merchant)
    assert (saved.way, saved.ask_ability, saved.purchase_products.count()) == (
        "open",
        "required",
        0,
    )


@pytest.mark.parametrize(
    ("way", "reviews_all", "is_reviewed"),
    [
        ("open", True, False),
        ("application", False, True),
        ("invitation", False, False),
        ("invitation", True, True),
        ("purchase", False, False),
        ("purchase", True, True),
    ],
)
def test_who_is_reviewed(way, reviews_all, is_reviewed):
    assert JoiningPolicy(way=way, reviews_all=reviews_all).is_reviewed is is_reviewed


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"purchase": "goods"}, "Choose the goods"),
        ({"purchase": "amount"}, "Enter the amount"),
        ({"purchase": "amount", "purchase_amount": Decimal("0.00")}, "above zero"),
        ({"purchase": "amount", "purchase_amount": Decimal("-1.00")}, "above zero"),
        ({"purchase": "luck"}, "luck"),
    ],
)
def test_a_purchase_says_which(merchant, values, word):
    with pytest.raises(Refused, match=word):
        save_policy(merchant=merchant, way="purchase", **values)
    assert not JoiningPolicy.objects.exists()


def test_goods_of_another_merchant(merchant):
    with scope(merchant=MerchantFactory()):
        foreign = ProductFactory()

    with pytest.raises(Refused, match="another merchant"):
        save_policy(
            merchant=merchant, way="purchase", purchase="goods", purchase_products=[foreign]
        )
    assert not JoiningPolicy.objects.exists()


def test_the_database_keeps_one_row_a_merchant(merchant):
    save_policy(merchant=merchant, way="open")

    with pytest.raises(IntegrityError):
        JoiningPolicy.objects.create(merchant=merchant)
