"""What a customer does with an order, and what nobody else can."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.orders.models import Order, Refund, Review
from apps.orders.services.progress import complete_order, confirm_payment, ship_order
from apps.orders.services.reviews import decide_review, write_review
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory, UserFactory
from tests.price_control.uploads import picture
from tests.shop.buying import place


@pytest.fixture
def order(client, shop, sku):
    place(client, shop, sku, 2)
    return Order.objects.get()


def at(name, shop, order, *more):
    return reverse(f"shop:{name}", args=[shop.shop_code, order.order_no, *more])


def upload(name="a.png"):
    return SimpleUploadedFile(name, picture().content)


def to_completed(order):
    confirm_payment(order=order, actor=None)
    ship_order(order=order, actor=None)
    complete_order(order=order, actor=None)
    order.refresh_from_db()


class TestWhose:
    def test_strangers_read_it_without_address_and_buttons(self, client, shop, order):
        mine, theirs = (each.get(at("order", shop, order)) for each in (client, Client()))

        assert "文一西路" in mine.content.decode()
        html = theirs.content.decode()
        assert "文一西路" not in html
        assert "王芳" not in html
        assert at("order_paid", shop, order) not in html
        assert at("claim_order", shop, order) in html

    @pytest.mark.parametrize("name", ["order_paid", "cancel_order", "order_received"])
    def test_strangers_do_nothing_with_it(self, shop, order, name):
        ship_order(order=confirm_payment(order=order, actor=None), actor=None)
        before = Order.objects.values().get()

        assert Client().post(at(name, shop, order)).status_code == 404
        assert Client().get(at("ask_refund", shop, order, 1)).status_code == 404
        assert Client().get(at("review", shop, order, 1)).status_code == 404
        assert Order.objects.values().get() == before

    def test_from_another_shop_or_merchant_it_is_not_there(self, client, shop, order):
        with scope(merchant=MerchantFactory()):
            foreign = DistributorFactory()
        for other in (DistributorFactory(), foreign):
            assert client.get(at("order", other, order)).status_code == 404
            assert client.post(at("cancel_order", other, order)).status_code == 404
            page = client.get(reverse("shop:orders", args=[other.shop_code]))
            assert list(page.context["page"]) == []
        order.refresh_from_db()
        assert order.status == "pending"

    def test_the_phone_brings_it_back_on_another_device(self, client, shop, order):
        other = Client()
        other.post(at("claim_order", shop, order), {"phone": "13900009999"})
        assert (
            at("order_paid", shop, order)
            not in other.get(at("order", shop, order)).content.decode()
        )

        other.post(at("claim_order", shop, order), {"phone": "13900001111"})

        assert at("order_paid", shop, order) in other.get(at("order", shop, order)).content.decode()

    def test_phones_cannot_be_guessed_for_ever(self, shop, order):
        other = Client()
        for number in range(10):
            data = {"phone": f"1390000222{number}"}
            assert other.post(at("claim_order", shop, order), data).status_code == 302

        answer = other.post(at("claim_order", shop, order), {"phone": "13900001111"})
        assert answer.status_code == 429

    def test_signing_in_keeps_the_orders(self, client, shop, order):
        user = UserFactory()
        client.force_login(user)
        client.get(reverse("shop:orders", args=[shop.shop_code]))
        phone = Client()
        phone.force_login(user)

        page = phone.get(reverse("shop:orders", args=[shop.shop_code]))

        assert list(page.context["page"]) == [order]

    @pytest.mark.parametrize("count", [1, 8])
    def test_query_count(self, client, shop, sku, count, django_assert_num_queries):
        for _number in range(count):
            place(client, shop, SkuFactory(stock=5))

        # Session, shop, count, orders, lines, SKUs, products, pieces in the cart, joining.
        with django_assert_num_queries(9):
            page = client.get(reverse("shop:orders", args=[shop.shop_code]))
        assert len(page.context["page"]) == count


class TestSteps:
    def test_i_have_paid(self, client, shop, order):
        client.post(at("order_paid", shop, order))

        order.refresh_from_db()
        assert order.payment_claimed_at is not None
        assert order.status == "pending"

    def test_i_no_longer_want_it(self, client, shop, order, sku):
        client.post(at("cancel_order", shop, order))

        order.refresh_from_db()
        sku.refresh_from_db()
        assert (order.status, sku.stock) == ("cancelled", 5)

    def test_i_have_received_it(self, client, shop, order):
        client.post(at("order_received", shop, order))
        order.refresh_from_db()
        assert order.status == "pending"
        ship_order(order=confirm_payment(order=order, actor=None), actor=None)

        client.post(at("order_received", shop, order))

        order.refresh_from_db()
        assert order.status == "completed"
        assert order.completed_at <= timezone.now()

    def test_a_refund_with_a_picture(self, client, shop, order):
        confirm_payment(order=order, actor=None)
        data = {"way": "goods", "quantity": "1", "reason": "碎了", "files": [upload()]}

        client.post(at("ask_refund", shop, order, 1), data)

        refund = Refund.objects.get()
        assert (refund.amount, refund.reason, refund.files.count()) == (138, "碎了", 1)
        assert "138.00" in client.get(at("order", shop, order)).content.decode()

    @pytest.mark.parametrize(
        "changes", [{"quantity": "3"}, {"quantity": "0"}, {"way": "all"}, {"reason": ""}]
    )
    def test_a_refund_that_cannot_be_is_explained(self, client, shop, order, changes):
        confirm_payment(order=order, actor=None)
        data = {"way": "money", "quantity": "1", "reason": "碎了"} | changes

        response = client.post(at("ask_refund", shop, order, 1), data)

        assert response.status_code == 200
        assert response.context["form"].errors
        assert not Refund.objects.exists()

    def test_a_review_is_read_by_others_once_it_is_shown(self, client, shop, order, sku):
        to_completed(order)
        data = {"stars": "4", "words": "很香", "files": [upload()]}
        client.post(at("review", shop, order, 1), data)
        review = Review.objects.get()
        product = reverse("shop:product", args=[shop.shop_code, sku.product_id])
        file = reverse("shop:review_picture", args=[shop.shop_code, review.files.get().pk])

        assert "很香" not in Client().get(product).content.decode()
        assert Client().get(file).status_code == 404
        decide_review(review=review, show=True, actor=None)

        html = Client().get(product).content.decode()
        assert "很香" in html
        assert "王芳" not in html
        assert Client().get(file)["Content-Type"] == "image/jpeg"

    def test_a_review_before_completion_is_refused(self, client, shop, order):
        client.post(at("review", shop, order, 1), {"stars": "5"})

        assert not Review.objects.exists()

    @pytest.mark.parametrize("count", [1, 9])
    def test_a_product_costs_the_same_with_many_reviews(
        self, client, shop, sku, order, count, django_assert_num_queries
    ):
        to_completed(order)
        for number in range(count):
            line = order.lines.first()
            line.pk, line.line_no = None, number + 2
            line.save()
            review = write_review(order_line=line, stars=5, uploads=[picture()])
            decide_review(review=review, show=True, actor=None)
        visitor = Client()
        product = reverse("shop:product", args=[shop.shop_code, sku.product_id])

        # Shop, product, SKUs, campaigns, stock, stores, pictures, settings, stars, reviews, their
        # pictures, joining.
        with django_assert_num_queries(12):
            page = visitor.get(product)
        assert len(page.context["reviews"]) == count
