"""A code at checkout: a guest's page, without a script, with a coupon or an invite code."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Binding, BindingPolicy
from apps.orders.models import Coupon, CouponUse, Order
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.level_goods import Goods
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory
from tests.orders.coupon_shop import make_coupon
from tests.shop.buying import CONTACT, checkout_address, place


def refresh(client, shop, sku, code, quantity=1, **changes):
    """Press “Use the code”."""
    data = CONTACT | {
        "sku": sku.pk, "quantity": quantity, "code": code, "refresh": "1",
        "request_key": uuid.uuid4(),
    }  # fmt: skip
    english = {"accept-language": "en"}
    return client.post(checkout_address(shop), data | changes, headers=english)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


class TestACoupon:
    def test_is_shown_before_anything_is_ordered(self, merchant, client, shop, sku):
        make_coupon(merchant)
        answer = refresh(client, shop, sku, "tea-20")

        shown = text_of(answer)
        assert "Coupon TEA-20" in shown
        assert "−¥20.00" in shown
        assert answer.context["quote"].total == Decimal("118.00")
        assert (Order.objects.count(), Coupon.objects.get().used) == (0, 0)

    def test_is_taken_with_the_total_that_was_shown(self, merchant, client, shop, sku):
        make_coupon(merchant)
        answer = place(client, shop, sku, code=" tea-20 ", shown=Decimal("118.00"))

        order = Order.objects.get()
        assert answer.url == reverse("shop:order", args=[shop.shop_code, order.order_no])
        assert order.lines.get().paid_amount == Decimal("118.00")
        page = text_of(client.get(answer.url, headers={"accept-language": "en"}))
        assert "Coupon TEA-20, taken off above" in page
        assert "−¥20.00" in page
        assert "¥118.00" in page
        # An ordinary coupon says nothing about who brought the customer.
        assert order.brought_how == ""

    def test_typed_and_ordered_at_once_it_is_looked_at_first(self, merchant, client, shop, sku):
        make_coupon(merchant)
        data = {"shown": sku.price, "code": "TEA-20"}
        answer = place(client, shop, sku, **data)

        [words] = answer.context["form"].non_field_errors()
        assert words == (
            "The coupon TEA-20 takes ¥20.00 off. The total is ¥118.00 now, ¥0.00 of it for "
            "shipping; when you opened the page it was ¥138.00. Nothing was ordered yet: please "
            "look at it and press again."
        )
        assert not Order.objects.exists()
        again = place(client, shop, sku, code="TEA-20", shown=answer.context["quote"].total)
        assert again.status_code == 302

    def test_shipping_is_worked_out_after_it(self, merchant, client, shop, sku):
        save_shop_settings(
            merchant=merchant, shipping_fee=Decimal("8.00"), free_from=Decimal("138.00")
        )
        make_coupon(merchant)
        assert refresh(client, shop, sku, "").context["quote"].total == Decimal("138.00")
        assert refresh(client, shop, sku, "TEA-20").context["quote"].total == Decimal("126.00")

    def test_too_little_is_ordered(self, merchant, client, shop, sku):
        make_coupon(merchant, minimum=Decimal("200.00"))
        answer = refresh(client, shop, sku, "TEA-20")
        assert "for orders of ¥200.00 and more of its goods: add ¥62.00" in text_of(answer)
        assert answer.context["quote"].total == sku.price

        answer = place(client, shop, sku, code="TEA-20")
        assert "add ¥62.00" in answer.context["form"].errors["code"][0]
        assert not Order.objects.exists()

    def test_what_the_customer_may_not_is_said_at_the_code(self, merchant, client, shop, sku):
        make_coupon(merchant)
        place(client, shop, sku, code="TEA-20", shown=Decimal("118.00"))
        answer = place(client, shop, sku, code="TEA-20", shown=Decimal("118.00"))

        assert "which is for one order" in answer.context["form"].errors["code"][0]
        # The page then shows what the order costs without it.
        assert answer.context["quote"].total == sku.price
        assert (Order.objects.count(), CouponUse.objects.count()) == (1, 1)

    def test_another_merchants_is_unknown(self, merchant, client, shop, sku):
        other = MerchantFactory()
        with scope(merchant=other):
            make_coupon(other)
        assert "not known here" in text_of(refresh(client, shop, sku, "TEA-20"))
        answer = place(client, shop, sku, code="TEA-20")
        assert "not known here" in answer.context["form"].errors["code"][0]

    def test_a_cancelled_order_frees_it_for_the_same_customer(self, merchant, client, shop, sku):
        make_coupon(merchant)
        place(client, shop, sku, code="TEA-20", shown=Decimal("118.00"))
        order = Order.objects.get()
        client.post(reverse("shop:cancel_order", args=[shop.shop_code, order.order_no]))

        answer = place(client, shop, sku, code="TEA-20", shown=Decimal("118.00"))
        assert answer.status_code == 302

    def test_one_shops_coupon_names_its_distributor(self, merchant, client, shop, sku):
        make_coupon(merchant, shop=shop)
        BindingPolicy.objects.create(
            merchant=merchant, version=1, rule="first_touch", effective_from=timezone.now()
        )
        place(client, shop, sku, code="TEA-20", shown=Decimal("118.00"))

        order = Order.objects.get()
        assert (order.distributor, order.brought_how) == (shop, "code")
        assert order.brought_evidence["code"] == "TEA-20"
        assert (Binding.objects.get().distributor, Binding.objects.get().way) == (shop, "code")

        other = DistributorFactory()
        answer = refresh(client, other, sku, "TEA-20")
        assert f"for the shop of {shop.name}: order there" in text_of(answer)


class TestAnInviteCode:
    def test_is_told_from_a_coupon_and_binds(self, merchant, client, shop, sku):
        BindingPolicy.objects.create(
            merchant=merchant, version=1, rule="first_touch", effective_from=timezone.now()
        )
        other = DistributorFactory()
        answer = refresh(client, shop, sku, other.shop_code)
        assert "An invite code: it counts with your order." in text_of(answer)
        assert answer.context["quote"].total == sku.price

        place(client, shop, sku, code=other.shop_code)
        order = Order.objects.get()
        assert (order.distributor, order.brought_how) == (other, "code")
        assert Binding.objects.get().distributor == other
        assert not CouponUse.objects.exists()


class TestAnUnknownCode:
    def test_is_asked_about_once_while_the_page_is_drawn_anew(self, client, shop, sku):
        answer = refresh(client, shop, sku, "nobodys")
        assert "This code is not known here: check it" in text_of(answer)
        for _each in range(20):
            answer = refresh(client, shop, sku, "nobodys", unknown_code="nobodys")
            assert "This code is not known here" in text_of(answer)

    def test_codes_cannot_be_guessed_for_ever(self, merchant, client, shop, sku):
        make_coupon(merchant)
        for number in range(10):
            assert refresh(client, shop, sku, f"guess-{number}").status_code == 200
        assert refresh(client, shop, sku, "guess-10").status_code == 429
        assert refresh(client, shop, sku, "TEA-20").status_code == 429

    @pytest.mark.parametrize("code", ["x" * 65, "\x00", "  "])
    def test_nonsense_breaks_nothing(self, client, shop, sku, code):
        assert refresh(client, shop, sku, code).status_code == 200
        assert place(client, shop, sku, code=code).status_code in (200, 302)


@pytest.mark.parametrize("count", [1, 20])
def test_query_count(merchant, client, shop, sku, count, django_assert_num_queries):
    make_coupon(merchant, goods=Goods(products=[sku.product]))
    for each in [sku, *SkuFactory.create_batch(count - 1)]:
        data = {"sku": each.pk, "quantity": 1}
        client.post(reverse("shop:add_to_cart", args=[shop.shop_code]), data)
    data = CONTACT | {"refresh": "1", "request_key": uuid.uuid4()}

    # Nothing here grows with the cart.
    with django_assert_num_queries(14):
        client.post(checkout_address(shop), data)
    # The coupon, its goods twice, and seven of the limit on guessing.
    with django_assert_num_queries(14 + 3 + 7):
        answer = client.post(checkout_address(shop), data | {"code": "TEA-20"})
    assert answer.context["quote"].coupon == Decimal("20.00")
