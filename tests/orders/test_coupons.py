"""Coupons: what they take off, whom they refuse and how that is said, and uses that go back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.insights.selectors.reconcile import reconcile
from apps.orders.models import Coupon, CouponUse, Order, OrderLine
from apps.orders.selectors.coupons import find_coupon, with_figures
from apps.orders.services.closing import close_order
from apps.orders.services.coupon_terms import save_coupon, stop_coupon
from apps.orders.services.coupon_uses import give_back_use
from apps.orders.services.customers import ask_for_refund, refund_for
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.expiring import cancel_unpaid_orders
from apps.orders.services.level_goods import Goods
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.orders.services.refunds import complete_refund, record_refund
from apps.orders.services.refusals import CouponRefused
from apps.products.models import Sku
from apps.products.services.categories import ensure_category
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    SkuFactory,
    UserFactory,
)
from tests.orders.coupon_shop import BUYER, buy, make_coupon

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PLAN = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "12"}]}


@pytest.fixture
def shop(merchant):
    return DistributorFactory(name="陈志远")


@pytest.fixture
def cake(merchant):
    category = ensure_category(merchant=merchant, path="茶/普洱")
    return SkuFactory(product__category=category, price=Decimal("88.80"), stock=20)


@pytest.fixture
def leaves(merchant):
    category = ensure_category(merchant=merchant, path="茶/绿茶")
    return SkuFactory(product__category=category, price=Decimal("59.90"), stock=20)


@pytest.fixture
def cup(merchant):
    return SkuFactory(
        product__category=ensure_category(merchant=merchant, path="茶具"),
        price=Decimal("10.00"), stock=20,
    )  # fmt: skip


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(each) for each in amounts]


def shares(order: Order) -> list[Decimal]:
    return list(order.lines.order_by("line_no").values_list("coupon_discount", flat=True))


def used(code: str = "TEA-20") -> int:
    return Coupon.objects.get(code=code).used


class TestWorth:
    def test_a_fixed_amount_is_shared_by_largest_remainder(self, merchant, shop, cake, leaves, cup):
        """88.80 : 59.90 : 10.00 of ¥20.00 is 11.1909…, 7.5488… and 1.2602…: the fen left over goes
        to the second."""
        make_coupon(merchant)
        order = buy(shop, {cake: 1, leaves: 1, cup: 1}, "tea-20")

        assert shares(order) == money("11.19", "7.55", "1.26")
        lines = order.lines.order_by("line_no").values_list("discount", "paid_amount")
        assert list(lines) == [
            tuple(money("11.19", "77.61")),
            tuple(money("7.55", "52.35")),
            tuple(money("1.26", "8.74")),
        ]
        use = CouponUse.objects.get()
        assert (use.order, use.customer, use.discount) == (order, order.customer, Decimal("20.00"))
        assert use.used_at == order.placed_at
        assert list(reconcile(merchant=merchant)) == []

    def test_a_tie_goes_to_the_earlier_line(self, merchant, shop):
        first, second = SkuFactory.create_batch(2, price=Decimal("50.00"))
        make_coupon(merchant, amount=Decimal("0.01"))
        assert shares(buy(shop, {second: 1, first: 1}, "TEA-20")) == money("0.01", "0.00")

    @pytest.mark.parametrize(
        ("percent", "cap", "off"),
        [
            ("10", None, "8.88"),
            ("12.5", None, "11.10"),
            ("10.01", None, "8.89"),
            ("50", "30", "30"),
        ],
    )
    def test_a_percentage_is_rounded_half_up_and_capped(
        self, merchant, shop, cake, percent, cap, off
    ):
        make_coupon(merchant, kind="percent", percent=Decimal(percent), cap=cap and Decimal(cap))
        assert shares(buy(shop, {cake: 1}, "TEA-20")) == money(off)

    def test_it_is_for_its_goods_with_all_that_is_below_them(
        self, merchant, shop, cake, leaves, cup
    ):
        tea = ensure_category(merchant=merchant, path="茶")
        make_coupon(merchant, amount=Decimal("30.00"), goods=Goods(categories=[tea]))
        # 30.00 by 88.80 and 59.90: 17.915… and 12.084…
        assert shares(buy(shop, {cup: 3, cake: 1, leaves: 1}, "TEA-20")) == money(
            "17.92", "12.08", "0.00"
        )

    def test_it_is_for_one_product(self, merchant, shop, cake, leaves):
        make_coupon(merchant, goods=Goods(products=[leaves.product]))
        assert shares(buy(shop, {cake: 1, leaves: 1}, "TEA-20")) == money("0.00", "20.00")

    def test_other_goods_give_nothing_though_it_could_take_more(self, merchant, shop, cake, cup):
        make_coupon(merchant, goods=Goods(products=[cup.product]))
        assert shares(buy(shop, {cake: 1, cup: 1}, "TEA-20")) == money("0.00", "10.00")

    def test_no_sku_goes_below_its_floor(self, merchant, shop, cake, leaves):
        """¥20.00 of the room that the floors leave, 8.80 and 59.90: 2.5618… and 17.4381…"""
        Sku.objects.filter(pk=cake.pk).update(floor_price=Decimal("80.00"))
        make_coupon(merchant)
        assert shares(buy(shop, {cake: 1, leaves: 1}, "TEA-20")) == money("2.56", "17.44")
        make_coupon(merchant, "ALL-OFF", kind="percent", percent=Decimal("100"))
        assert shares(buy(shop, {cake: 2}, "ALL-OFF")) == money("17.60")

    def test_one_fen_is_left_to_pay(self, merchant, shop, cup):
        make_coupon(merchant)
        order = buy(shop, {cup: 1}, "TEA-20")
        assert [line.paid_amount for line in order.lines.all()] == money("0.01")

    def test_it_comes_after_the_discount_of_a_level(self, merchant, shop, cake):
        level = LevelFactory(own_discount=Decimal("10"))
        buyer = DistributorFactory(level=level, user=UserFactory())
        make_coupon(merchant, kind="percent", percent=Decimal("10"))
        order = buy(shop, {cake: 1}, "TEA-20", buyer=buyer)
        line = order.lines.get()
        # 88.80 − 8.88 = 79.92, and a tenth of that.
        assert (line.discount, line.coupon_discount) == tuple(money("16.87", "7.99"))
        assert line.paid_amount == Decimal("71.93")

    def test_shipping_is_free_from_what_is_left(self, merchant, shop, cake):
        save_shop_settings(
            merchant=merchant, shipping_fee=Decimal("8.00"), free_from=Decimal("80.00")
        )
        make_coupon(merchant)
        assert buy(shop, {cake: 1}).shipping_amount == 0
        assert buy(shop, {cake: 1}, "TEA-20").shipping_amount == Decimal("8.00")

    def test_a_code_is_found_as_people_type_it(self, merchant, shop, cake):
        coupon = make_coupon(merchant, " tea-20 ")
        assert coupon.code == "TEA-20"
        for typed in ("tea-20", " TEA-20 ", "ＴＥＡ－２０"):
            assert find_coupon(typed) == coupon
        assert find_coupon("TEA-20\x00") is None


class TestRefused:
    """Each says what to do, and writes nothing at all."""

    @pytest.fixture
    def refuse(self, merchant, shop, cake):
        def check(words: str, code="TEA-20", **values) -> None:
            before = [list(model.objects.values()) for model in (Order, CouponUse, Coupon, Sku)]
            with pytest.raises(CouponRefused, match=words), transaction.atomic():
                buy(shop, values.pop("items", {cake: 1}), code, **values)
            after = [list(model.objects.values()) for model in (Order, CouponUse, Coupon, Sku)]
            assert after == before

        return check

    def test_unknown(self, merchant, refuse):
        refuse("not known here: check it", "NOBODYS")

    def test_another_merchants(self, merchant, refuse):
        other = MerchantFactory()
        with scope(merchant=other):
            make_coupon(other)
        refuse("not known here")

    def test_too_early_and_too_late(self, merchant, refuse):
        now = timezone.now()
        shown = timezone.localtime(now + DAY)
        make_coupon(merchant, starts_at=now + DAY)
        refuse(f"is valid from {shown:%Y-%m-%d %H:%M}: order then")
        make_coupon(merchant, "OLD", starts_at=now - 3 * DAY, ends_at=now - DAY)
        shown = timezone.localtime(now - DAY)
        refuse(f"was valid until {shown:%Y-%m-%d %H:%M}: use another code", "OLD")

    def test_stopped(self, merchant, refuse):
        stop_coupon(coupon=make_coupon(merchant))
        refuse("no longer given: use another code")

    def test_used_up(self, merchant, shop, cake, refuse):
        make_coupon(merchant, total_uses=1)
        buy(shop, {cake: 1}, "TEA-20", phone="13900002222")
        refuse("is used up: use another code")

    def test_in_another_shop(self, merchant, refuse):
        make_coupon(merchant, shop=DistributorFactory(name="王芳"))
        refuse("for the shop of 王芳: order there")

    def test_below_the_minimum(self, merchant, refuse):
        make_coupon(merchant, minimum=Decimal("100.00"))
        refuse("for orders of ¥100.00 and more of its goods: add ¥11.20")

    def test_exactly_the_minimum_is_enough(self, merchant, shop, cake):
        make_coupon(merchant, minimum=Decimal("88.80"))
        assert shares(buy(shop, {cake: 1}, "TEA-20")) == money("20.00")

    def test_the_minimum_is_of_its_goods(self, merchant, cake, cup, refuse):
        make_coupon(merchant, minimum=Decimal("88.81"), goods=Goods(products=[cake.product]))
        refuse("add ¥0.01", items={cake: 1, cup: 9})

    def test_for_other_goods(self, merchant, cup, refuse):
        make_coupon(merchant, goods=Goods(products=[cup.product]))
        refuse("is for other goods: choose some of them")

    def test_at_the_lowest_price(self, merchant, cake, refuse):
        Sku.objects.filter(pk=cake.pk).update(floor_price=Decimal("88.80"))
        make_coupon(merchant)
        refuse("at their lowest price already")

    def test_as_often_as_a_customer_may(self, merchant, shop, cake, refuse):
        make_coupon(merchant, uses_per_customer=2)
        for _each in range(2):
            buy(shop, {cake: 1}, "TEA-20")
        refuse("for 2 orders, which is as often as you may")
        assert buy(shop, {cake: 1}, "TEA-20", phone="13900002222").pk

    def test_once_by_default(self, merchant, shop, cake, refuse):
        make_coupon(merchant)
        buy(shop, {cake: 1}, "TEA-20")
        refuse("You have used the coupon TEA-20, which is for one order")

    def test_not_the_first_order(self, merchant, shop, cake, refuse):
        make_coupon(merchant, first_order_only=True)
        customer = CustomerFactory(identifier=f"+86{BUYER}")
        cancelled = OrderFactory(customer=customer, pending=True)
        cancel_order(order=cancelled, actor=None)
        first = buy(shop, {cake: 1}, "TEA-20")
        assert first.coupon_use.coupon.code == "TEA-20"

        make_coupon(merchant, "FIRST-2", first_order_only=True)
        refuse("for a first order; you have ordered before: leave it empty", "FIRST-2")


class TestUses:
    def test_without_limits_it_is_used_again_and_again(self, merchant, shop, cake):
        make_coupon(merchant, uses_per_customer=None)
        for _each in range(3):
            buy(shop, {cake: 1}, "TEA-20")
        assert used() == 3
        assert sorted(CouponUse.objects.values_list("number", flat=True)) == [1, 2, 3]

    def test_pressed_twice_it_is_used_once(self, merchant, shop, cake):
        make_coupon(merchant, total_uses=1)
        first = buy(shop, {cake: 1}, "TEA-20", request_key="same")
        assert buy(shop, {cake: 1}, "TEA-20", request_key="same") == first
        assert used() == 1

    def test_a_cancelled_order_gives_its_use_back(self, merchant, shop, cake):
        make_coupon(merchant, total_uses=1)
        order = buy(shop, {cake: 1}, "TEA-20")
        cancel_order(order=order, actor=None)

        assert used() == 0
        use = CouponUse.objects.get()
        order.refresh_from_db()
        assert use.returned_at == order.cancelled_at
        # What it took off stays on the order, which tells how it was.
        assert shares(order) == money("20.00")
        assert buy(shop, {cake: 1}, "TEA-20").coupon_use.number == 1
        assert list(reconcile(merchant=merchant)) == []

    def test_it_is_given_back_once(self, merchant, shop, cake):
        make_coupon(merchant)
        order = buy(shop, {cake: 1}, "TEA-20")
        at = timezone.now()
        for later in (0, 1):
            give_back_use(order=order, at=at + later * DAY)
        assert (used(), CouponUse.objects.get().returned_at) == (0, at)

    def test_so_does_one_that_ends_by_itself(self, merchant, shop, cake):
        make_coupon(merchant)
        order = buy(shop, {cake: 1}, "TEA-20")
        later = timezone.now() + timedelta(hours=1)
        assert sum(cancel_unpaid_orders(merchant=merchant, as_of=later)) == 1
        assert (used(), CouponUse.objects.get(order=order).returned_at) == (0, later)

    def test_and_one_that_is_cancelled_after_payment(self, merchant, shop, cake):
        make_coupon(merchant)
        order = confirm_payment(order=buy(shop, {cake: 1}, "TEA-20"), actor=None)
        close_order(order=order, actor=None)
        assert used() == 0
        line = order.lines.get()
        assert line.refunded_amount == line.paid_amount == Decimal("68.80")
        assert list(reconcile(merchant=merchant)) == []

    def test_a_free_number_in_the_middle_is_taken_again(self, merchant, shop, cake):
        make_coupon(merchant, uses_per_customer=3)
        orders = [buy(shop, {cake: 1}, "TEA-20") for _each in range(3)]
        cancel_order(order=orders[1], actor=None)
        assert buy(shop, {cake: 1}, "TEA-20").coupon_use.number == 2

    def test_the_database_keeps_both_limits(self, merchant, shop, cake):
        coupon = make_coupon(merchant, total_uses=1)
        use = buy(shop, {cake: 1}, "TEA-20").coupon_use
        with pytest.raises(IntegrityError), transaction.atomic():
            Coupon.objects.filter(pk=coupon.pk).update(used=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            CouponUse.objects.create(
                merchant=merchant, coupon=coupon, customer=use.customer, number=1,
                order=OrderFactory(), discount=1,
            )  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.update(coupon_discount=Decimal("20.01"))


class TestMoney:
    def test_commission_and_refunds_are_of_what_was_paid(self, merchant, shop, cake, leaves):
        activate_plan(
            plan=draft_plan(merchant=merchant, content=PLAN),
            effective_from=timezone.now() - DAY,
            acknowledged_by="x",
        )
        make_coupon(merchant)
        order = confirm_payment(order=buy(shop, {cake: 3, leaves: 1}, "TEA-20"), actor=None)
        run_due(merchant=merchant)
        # 266.40 and 59.90 less their shares of 20.00, 16.328… and 3.671…; 12 % of both.
        assert shares(order) == money("16.33", "3.67")
        rows = Commission.objects.order_by("order_line__line_no").values_list(
            "base_amount", "amount"
        )
        assert list(rows) == [tuple(money("250.07", "30.01")), tuple(money("56.23", "6.75"))]

        line = order.lines.get(line_no=1)
        # A third of 250.07, half of what is left, and the rest: 83.36 + 83.36 + 83.35.
        for expected in money("83.36", "83.36", "83.35"):
            line.refresh_from_db()
            refund = ask_for_refund(order_line=line, quantity=1, way="goods", reason="x")
            assert refund.amount == expected
            complete_refund(refund=refund)
        second = order.lines.get(line_no=2)
        assert refund_for(second, 1) == Decimal("56.23")
        record_refund(order_line=second, amount=Decimal("56.23"), quantity=1)
        run_due(merchant=merchant)

        assert sum(each.amount for each in Commission.objects.all()) == 0
        assert list(reconcile(merchant=merchant)) == []
        # Returned goods do not bring the coupon back: only a cancelled order does.
        assert used() == 1

    def test_its_figures(self, merchant, shop, cake):
        make_coupon(merchant, uses_per_customer=None)
        cancel_order(order=buy(shop, {cake: 1}, "TEA-20"), actor=None)
        buy(shop, {cake: 1}, "TEA-20")
        order = confirm_payment(order=buy(shop, {cake: 2}, "TEA-20"), actor=None)
        record_refund(order_line=order.lines.get(), amount=Decimal("7.60"))

        coupon = with_figures(Coupon.objects.all()).get()
        assert (coupon.used, coupon.given, coupon.sales) == (2, *money("40.00", "150.00"))


class TestTerms:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"code": "ab"}, "3 to 32 letters"),
            ({"code": "-ABC"}, "3 to 32 letters"),
            ({"code": "茶券二十"}, "3 to 32 letters"),
            ({"amount": None}, "which amount"),
            ({"amount": Decimal("-1")}, "which amount"),
            ({"percent": Decimal("10")}, "no percentage"),
            ({"cap": Decimal("10")}, "no percentage"),
            ({"kind": "percent", "amount": None}, "which percentage"),
            ({"kind": "percent", "amount": None, "percent": Decimal("100.01")}, "from 0.01 to 100"),
            (
                {"kind": "percent", "amount": Decimal("1"), "percent": Decimal("5")},
                "no fixed amount",
            ),
            ({"minimum": Decimal("-1")}, "above zero"),
            ({"ends_at": timezone.now() - DAY}, "ends after it starts"),
            ({"total_uses": 0}, "greater than or equal to 1"),
            ({"name": ""}, "cannot be blank"),
        ],
    )
    def test_what_contradicts_itself_is_refused(self, merchant, values, words):
        usual = {"code": "TEA-20", "name": "春茶", "kind": "amount", "amount": Decimal("20")}
        with pytest.raises(CouponRefused, match=words):
            save_coupon(merchant=merchant, **(usual | values))
        assert not Coupon.objects.exists()

    def test_a_code_is_one_coupons_and_nobodys_invite_code(self, merchant, shop):
        make_coupon(merchant)
        with pytest.raises(CouponRefused, match="already: choose another"):
            make_coupon(merchant, "tea-20")
        for code in (shop.code, shop.shop_code):
            with pytest.raises(CouponRefused, match="invite code: choose another"):
                make_coupon(merchant, code)
        other = MerchantFactory()
        with scope(merchant=other):
            assert make_coupon(other).code == "TEA-20"

    def test_once_used_it_keeps_its_code_and_worth(self, merchant, shop, cake):
        coupon = make_coupon(merchant, total_uses=5)
        buy(shop, {cake: 1}, "TEA-20")
        for changed in ({"amount": Decimal("30")}, {"code": "TEA-30"}):
            with pytest.raises(CouponRefused, match="was used already"):
                save_coupon(merchant=merchant, coupon=coupon, **changed)
        saved = save_coupon(
            merchant=merchant, coupon=coupon, minimum=Decimal("50"), total_uses=1, name="新茶"
        )
        assert (saved.minimum, saved.used, saved.amount) == (Decimal("50"), 1, Decimal("20.00"))

    def test_no_fewer_uses_than_there_were(self, merchant, shop, cake):
        coupon = make_coupon(merchant)
        for phone in (BUYER, "13900002222"):
            buy(shop, {cake: 1}, "TEA-20", phone=phone)
        with pytest.raises(CouponRefused, match="used 2 times already"):
            save_coupon(merchant=merchant, coupon=coupon, total_uses=1)

    def test_people_and_goods_of_other_merchants_are_refused(self, merchant):
        with scope(merchant=MerchantFactory()):
            stranger, theirs = DistributorFactory(), SkuFactory()
        with pytest.raises(CouponRefused, match="another merchant"):
            make_coupon(merchant, shop=stranger)
        with pytest.raises(CouponRefused, match="another merchant"):
            make_coupon(merchant, goods=Goods(products=[theirs.product]))
        assert not Coupon.objects.exists()

    def test_who_has_left_has_no_shop(self, merchant):
        gone = DistributorFactory(status="terminated")
        with pytest.raises(CouponRefused, match="has left"):
            make_coupon(merchant, shop=gone)

    def test_stopped_once(self, merchant):
        coupon = stop_coupon(coupon=make_coupon(merchant))
        assert coupon.state_at(timezone.now()) == "stopped"
        with pytest.raises(CouponRefused, match="over already"):
            stop_coupon(coupon=coupon)

    def test_every_change_is_kept(self, merchant):
        coupon = make_coupon(merchant)
        save_coupon(merchant=merchant, coupon=coupon, minimum=Decimal("50"))
        kept = coupon.versions.order_by("history_id").values_list("minimum", flat=True)
        assert list(kept) == money("0.00", "50.00")
