"""What customers do with their own orders."""

from decimal import Decimal

import pytest

from apps.core.attachments import AttachmentRefused, Upload
from apps.orders.models import Refund, RefundFile, Review, ReviewFile
from apps.orders.selectors.shopping import reviews_of, stars_of
from apps.orders.services.customers import (
    ask_for_refund,
    claim_order,
    claim_payment,
    confirm_receipt,
    refund_for,
)
from apps.orders.services.progress import StepRefused
from apps.orders.services.refunds import RefundRefused, complete_refund
from apps.orders.services.reviews import ReviewRefused, decide_review, write_review
from tests.factories import OrderFactory, OrderLineFactory, StoreFactory
from tests.price_control.uploads import paper, picture


class TestReceipt:
    def test_shipped_goods_are_received(self, merchant):
        order = OrderFactory(status="shipped")

        assert confirm_receipt(order=order).status == "completed"

    def test_so_are_paid_ones_that_are_picked_up(self, merchant):
        order = OrderFactory(store=StoreFactory())

        assert confirm_receipt(order=order).status == "completed"

    @pytest.mark.parametrize("status", ["pending", "paid", "completed", "cancelled"])
    def test_others_are_not(self, merchant, status):
        completed = {"completed_at": OrderFactory().paid_at} if status == "completed" else {}
        order = OrderFactory(status=status, **completed)

        with pytest.raises(StepRefused):
            confirm_receipt(order=order)

        order.refresh_from_db()
        assert order.status == status


class TestClaims:
    def test_whoever_knows_the_phone_has_their_order_back(self, merchant):
        order = OrderFactory(recipient_phone="+8613900000001", owner="guest-1")

        with pytest.raises(StepRefused):
            claim_order(order=order, owner="guest-2", phone="13900000002")
        order.refresh_from_db()
        assert order.owner == "guest-1"
        assert claim_order(order=order, owner="guest-2", phone="139 0000 0001").owner == "guest-2"

    def test_an_order_of_somebody_signed_in_stays_theirs(self, merchant):
        order = OrderFactory(recipient_phone="+8613900000001", owner="user-1")

        with pytest.raises(StepRefused):
            claim_order(order=order, owner="guest-2", phone="13900000001")

    def test_an_order_without_a_phone_is_nobodys(self, merchant):
        with pytest.raises(StepRefused):
            claim_order(order=OrderFactory(), owner="guest-2", phone="")

    def test_a_payment_is_claimed_once_and_only_while_it_is_awaited(self, merchant):
        order = OrderFactory(pending=True)
        first = claim_payment(order=order).payment_claimed_at

        assert claim_payment(order=order).payment_claimed_at == first
        with pytest.raises(StepRefused):
            claim_payment(order=OrderFactory())


class TestReturns:
    @pytest.fixture
    def line(self, merchant):
        return OrderLineFactory(quantity=3, unit_price=Decimal("33.33"), discount=Decimal("0.01"))

    def ask(self, line, quantity=1, uploads=()):
        return ask_for_refund(
            order_line=line, quantity=quantity, way="goods", reason="Broken", uploads=uploads
        )

    def test_pieces_are_worth_their_share_and_the_last_ones_all_that_is_left(self, line):
        # 99.98 for three: 33.326…, rounded half up; then 66.65 for the two that are left.
        assert refund_for(line, 1) == Decimal("33.33")
        complete_refund(refund=self.ask(line))
        line.refresh_from_db()

        assert refund_for(line, 2) == Decimal("66.65")

    def test_it_comes_with_pictures_and_gives_nothing_back_yet(self, line):
        refund = self.ask(line, uploads=[picture(), paper()])

        assert (refund.status, refund.way, refund.quantity) == ("requested", "goods", 1)
        assert [each.kind for each in refund.files.order_by("pk")] == ["image", "pdf"]
        line.refresh_from_db()
        assert line.refunded_amount == 0

    @pytest.mark.parametrize("quantity", [0, 4])
    def test_no_more_than_there_is(self, line, quantity):
        with pytest.raises(RefundRefused):
            self.ask(line, quantity)

        assert not Refund.objects.exists()

    def test_one_request_at_a_time(self, line):
        self.ask(line)

        with pytest.raises(RefundRefused):
            self.ask(line, uploads=[picture()])
        assert not RefundFile.objects.exists()

    def test_a_file_that_is_none_asks_for_nothing(self, line):
        with pytest.raises(AttachmentRefused):
            self.ask(line, uploads=[Upload("a.svg", b"<svg onload=alert(1)></svg>")])

        assert not Refund.objects.exists()


class TestReviews:
    @pytest.fixture
    def line(self, merchant):
        return OrderLineFactory(order=OrderFactory(completed=True))

    def test_it_is_read_once_it_is_let_through(self, line):
        review = write_review(order_line=line, stars=4, words=" Good tea ", uploads=[picture()])
        product = line.sku.product

        assert review.words == "Good tea"
        assert list(reviews_of(product)) == []
        decide_review(review=review, show=True, actor=None)
        assert list(reviews_of(product)) == [review]
        other = OrderLineFactory(order=OrderFactory(completed=True), sku=line.sku)
        shown = write_review(order_line=other, stars=1)
        decide_review(review=shown, show=True, actor=None)
        assert stars_of(product) == {"count": 2, "average": 2.5}
        decide_review(review=shown, show=False, actor=None)
        assert stars_of(product)["count"] == 1

    def test_once_per_line(self, line):
        write_review(order_line=line, stars=4)

        with pytest.raises(ReviewRefused):
            write_review(order_line=line, stars=1, uploads=[picture()])
        assert Review.objects.get().stars == 4
        assert not ReviewFile.objects.exists()

    @pytest.mark.parametrize("stars", [0, 6])
    def test_one_to_five_stars(self, line, stars):
        with pytest.raises(ReviewRefused):
            write_review(order_line=line, stars=stars)

    def test_only_after_completion(self, merchant):
        with pytest.raises(ReviewRefused):
            write_review(order_line=OrderLineFactory(), stars=5)

    def test_pictures_only_and_only_a_few(self, line):
        for uploads in ([paper()], [picture()] * 4):
            with pytest.raises(AttachmentRefused):
                write_review(order_line=line, stars=5, uploads=uploads)

        assert not Review.objects.exists()
