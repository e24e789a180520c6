"""Carts and addresses: each owner's own, at each shop."""

from decimal import Decimal

import pytest
from django_scopes import scope

from apps.orders.models import CartLine, Order, SavedAddress
from apps.orders.selectors.shopping import cart_lines, cart_pieces, saved_addresses
from apps.orders.services.addresses import MAX_ADDRESSES, forget_address, keep_address
from apps.orders.services.carts import (
    CartRefused,
    add_to_cart,
    adopt_guest,
    empty_cart,
    remove_from_cart,
    set_cart_quantity,
)
from apps.orders.services.shop import MAX_LINES
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, SkuFactory

ME, GUEST, OTHER = "user-1", "guest-1", "guest-2"


@pytest.fixture
def shop(merchant):
    return DistributorFactory()


@pytest.fixture
def sku(merchant):
    return SkuFactory(price=Decimal("20.00"), stock=5)


def add(shop, sku, quantity=1, owner=GUEST):
    return add_to_cart(owner=owner, shop=shop, sku_id=sku.pk, quantity=quantity)


class TestCart:
    def test_the_same_again_is_one_line_with_the_newest_price(self, shop, sku):
        add(shop, sku, 2)
        sku.price = Decimal("21.00")
        sku.save()
        line = add(shop, sku, 3)

        assert (line.quantity, line.seen_price) == (5, Decimal("21.00"))
        assert CartLine.objects.count() == 1
        assert cart_pieces(GUEST, shop) == 5

    def test_nothing_is_reserved(self, shop, sku):
        add(shop, sku, 5)

        sku.refresh_from_db()
        assert sku.stock == 5

    @pytest.mark.parametrize("quantity", [0, -1, 6, 1000])
    def test_more_than_there_is_or_no_quantity_changes_nothing(self, shop, sku, quantity):
        add(shop, sku, 1, OTHER)
        line = CartLine.objects.get()

        with pytest.raises(CartRefused):
            add(shop, sku, quantity)
        with pytest.raises(CartRefused):
            set_cart_quantity(line=line, quantity=quantity)

        assert CartLine.objects.get().quantity == 1

    def test_goods_of_another_merchant_or_not_listed_are_not_for_sale(self, shop, sku):
        with scope(merchant=MerchantFactory()):
            foreign = SkuFactory()
        for each in (foreign, SkuFactory(product__is_listed=False)):
            with pytest.raises(CartRefused):
                add(shop, each)

        assert not CartLine.objects.exists()

    def test_a_cart_is_full_at_some_point(self, shop):
        skus = [SkuFactory() for _ in range(MAX_LINES + 1)]
        for each in skus[:-1]:
            add(shop, each)

        with pytest.raises(CartRefused):
            add(shop, skus[-1])

    def test_each_shop_and_each_owner_has_a_cart(self, shop, sku):
        other_shop = DistributorFactory()
        mine = add(shop, sku)
        add(other_shop, sku)
        add(shop, sku, owner=OTHER)

        assert list(cart_lines(GUEST, shop)) == [mine]
        assert list(cart_lines("", shop)) == []

    def test_what_was_ordered_leaves_and_the_rest_stays(self, shop, sku):
        rest = add(shop, SkuFactory())
        add(shop, sku)

        empty_cart(owner=GUEST, shop=shop, sku_ids=[sku.pk])

        assert list(cart_lines(GUEST, shop)) == [rest]
        remove_from_cart(line=rest)
        remove_from_cart(line=rest)
        assert not CartLine.objects.exists()


class TestSigningIn:
    def test_a_guests_things_become_the_persons(self, merchant, shop, sku):
        add(shop, sku, 2)
        add(shop, sku, 3, ME)
        only_guests = add(shop, SkuFactory())
        order = OrderFactory(owner=GUEST)
        keep_address(
            merchant=merchant, owner=GUEST, name="Li", phone="+861", region="", address="1"
        )
        strangers = add(shop, sku, 1, OTHER)

        adopt_guest(guest=GUEST, owner=ME)

        assert {(line.sku_id, line.quantity) for line in cart_lines(ME, shop)} == {
            (sku.pk, 5),
            (only_guests.sku_id, 1),
        }
        assert list(cart_lines(GUEST, shop)) == []
        assert list(cart_lines(OTHER, shop)) == [strangers]
        assert Order.objects.get(pk=order.pk).owner == ME
        assert saved_addresses(merchant, ME).count() == 1


class TestAddresses:
    def keep(self, merchant, number=1, owner=GUEST):
        return keep_address(
            merchant=merchant, owner=owner, name="Li", phone="+861", region="", address=str(number)
        )

    def test_the_same_address_is_kept_once(self, merchant):
        first = self.keep(merchant)

        assert self.keep(merchant) == first
        assert SavedAddress.objects.count() == 1

    def test_only_the_last_used_are_kept(self, merchant):
        for number in range(MAX_ADDRESSES + 2):
            self.keep(merchant, number)

        kept = [each.address for each in saved_addresses(merchant, GUEST)]
        assert kept == [str(number) for number in range(MAX_ADDRESSES + 1, 1, -1)]

    def test_they_are_the_owners_at_this_merchant_alone(self, merchant):
        mine = self.keep(merchant)
        self.keep(merchant, 2, OTHER)
        other = MerchantFactory()
        with scope(merchant=other):
            self.keep(other)

        assert list(saved_addresses(merchant, GUEST)) == [mine]
        assert list(saved_addresses(merchant, "")) == []
        forget_address(address=mine)
        assert list(saved_addresses(merchant, GUEST)) == []
