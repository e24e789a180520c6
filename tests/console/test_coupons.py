"""Coupons as operators make, find, stop and export them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.orders.models import Coupon, CouponUse
from apps.orders.services.coupon_terms import save_coupon, stop_coupon
from tests.console.world import make_kit

LIST = "/console/orders/coupon/"
FORM = {
    "code": "spring-20", "name": "春茶上新", "kind": "amount", "amount": "20.00", "percent": "",
    "cap": "", "minimum": "200.00", "starts_at": "2026-01-01T00:00", "ends_at": "",
    "total_uses": "100", "uses_per_customer": "1", "shop": "", "is_announced": "on",
    "goods-TOTAL_FORMS": "0", "goods-INITIAL_FORMS": "0",
}  # fmt: skip


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def codes(client, **query) -> list[str]:
    return [each.code for each in client.get(LIST, query).context["cl"].result_list]


class TestMaking:
    def test_made_with_its_goods(self, client, kit):
        goods = {
            "goods-TOTAL_FORMS": "2", "goods-0-category": kit.ids["category"],
            "goods-1-product": kit.sku.product_id,
        }  # fmt: skip
        assert client.post(f"{LIST}add/", FORM | goods).status_code == 302

        coupon = Coupon.objects.get(code="SPRING-20")
        assert (coupon.amount, coupon.minimum, coupon.total_uses) == (
            Decimal("20.00"), Decimal("200.00"), 100,
        )  # fmt: skip
        assert [(each.category_id, each.product_id) for each in coupon.goods.order_by("pk")] == [
            (kit.ids["category"], None),
            (None, kit.sku.product_id),
        ]
        assert coupon.versions.get().history_user == kit.people["owner"]

    def test_changed_and_taken_off_its_goods(self, client, kit):
        coupon = Coupon.objects.get()
        row = coupon.goods.get()
        values = FORM | {
            "code": coupon.code, "amount": "10.00", "shop": kit.distributor.pk,
            "total_uses": "9", "goods-TOTAL_FORMS": "1", "goods-INITIAL_FORMS": "1",
            "goods-0-id": row.pk, "goods-0-coupon": coupon.pk,
            "goods-0-product": row.product_id, "goods-0-DELETE": "on",
        }  # fmt: skip
        assert client.post(f"{LIST}{coupon.pk}/change/", values).status_code == 302
        coupon.refresh_from_db()
        assert (coupon.total_uses, coupon.goods.count(), coupon.used) == (9, 0, 1)

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"amount": ""}, "A fixed amount has an amount and nothing else"),
            ({"percent": "5"}, "A fixed amount has an amount and nothing else"),
            ({"kind": "percent", "amount": "", "percent": "101"}, "from 0.01 to 100"),
            ({"ends_at": "2025-01-01T00:00"}, "A coupon ends after it starts."),
            ({"code": "no spaces"}, "3 to 32 letters"),
            ({"code": "TEA-10"}, "There is a coupon “TEA-10” already"),
            ({"total_uses": "0"}, "greater than or equal to 1"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_written(self, client, kit, values, words):
        answer = client.post(f"{LIST}add/", FORM | values)
        assert words in answer.content.decode()
        assert Coupon.objects.count() == 1

    def test_once_used_its_worth_stays(self, client, kit):
        coupon = Coupon.objects.get()
        values = FORM | {"code": coupon.code, "amount": "11.00"}
        answer = client.post(f"{LIST}{coupon.pk}/change/", values)
        assert "It was used already" in answer.content.decode()
        coupon.refresh_from_db()
        assert coupon.amount == Decimal("10.00")

    def test_stopped_from_its_page(self, client, kit):
        coupon = Coupon.objects.get()
        stop = reverse("console:stop_coupon", args=[coupon.pk])
        assert stop in client.get(f"{LIST}{coupon.pk}/change/").content.decode()
        assert client.post(stop).url == LIST
        coupon.refresh_from_db()
        assert coupon.state_at(timezone.now()) == "stopped"
        assert "over already" in client.post(stop).content.decode()


class TestFinding:
    @pytest.fixture
    def five(self, kit):
        """One in each state; TEA-10 of the kit is the valid one."""
        now = timezone.now()
        terms = {"merchant": kit.merchant, "name": "x", "amount": Decimal("5")}
        save_coupon(code="SOON", starts_at=now + timedelta(days=1), **terms)
        over = {"starts_at": now - timedelta(days=2), "ends_at": now - timedelta(days=1)}
        save_coupon(code="OVER", **over, **terms)
        stop_coupon(coupon=save_coupon(code="HALT", **terms))
        full = save_coupon(code="FULL", total_uses=1, **terms)
        Coupon.objects.filter(pk=full.pk).update(used=1)

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            ("planned", "SOON"), ("running", "TEA-10"), ("used_up", "FULL"),
            ("ended", "OVER"), ("stopped", "HALT"),
        ],
    )  # fmt: skip
    def test_by_state_as_the_list_says_it(self, client, kit, five, state, code):
        assert codes(client, state=state) == [code]
        assert Coupon.objects.get(code=code).state_at(timezone.now()) == state

    def test_by_code_name_and_distributor(self, client, kit, five):
        assert codes(client, q="halt") == ["HALT"]
        assert codes(client, q="spring") == ["TEA-10"]
        assert codes(client, q=kit.distributor.code) == ["TEA-10"]
        assert codes(client, shop__id__exact=kit.distributor.pk) == ["TEA-10"]
        assert len(codes(client)) == 5

    def test_uses_and_figures_stand_in_the_list(self, client, kit):
        shown = text_of(client.get(LIST))
        for text in ("¥10.00 off", "1 / ∞", "TEA-10"):
            assert text in shown
        page = text_of(client.get(f"{LIST}{Coupon.objects.get().pk}/change/"))
        assert "orders: 1 · taken off: ¥10.00 · sold: ¥0.00" in page

    def test_its_orders_are_listed_and_lead_to_their_pages(self, client, kit):
        use = CouponUse.objects.get()
        shown = text_of(
            client.get("/console/orders/couponuse/", {"coupon__id__exact": use.coupon_id})
        )
        assert use.order.order_no in shown
        assert reverse("console:order", args=[use.order_id]) in shown
        story = text_of(client.get(reverse("console:order", args=[use.order_id])))
        assert "TEA-10" in story and "−¥10.00" in story


class TestWalls:
    def test_another_merchants_coupon_is_not_there(self, client, kit):
        other = make_kit("neighbour")
        with scope(merchant=other.merchant):
            theirs = Coupon.objects.get()
        assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 404
        assert client.post(reverse("console:stop_coupon", args=[theirs.pk])).status_code == 404
        goods = {"goods-TOTAL_FORMS": "1", "goods-0-product": other.sku.product_id}
        answer = client.post(f"{LIST}add/", FORM | goods)
        assert "Select a valid choice" in answer.content.decode()
        answer = client.post(f"{LIST}add/", FORM | {"shop": other.distributor.pk})
        assert "Select a valid choice" in answer.content.decode()
        with scope(merchant=other.merchant):
            assert Coupon.objects.get().stopped_at is None


def test_both_lists_are_taken_home(client, kit):
    def lines(model: str) -> list[str]:
        url = reverse(f"admin:orders_{model}_export")
        content = client.post(url, {"format": "0", "resource": "0"}).content
        return content.decode("utf-8-sig").splitlines()

    header, row = lines("coupon")
    assert header.startswith("code,name,kind,amount,percent,cap,minimum,")
    assert row.startswith("TEA-10,Spring,amount,10.00,,,0.00,")
    assert row.endswith(f",{kit.distributor.code},running,1,10.00,0.00")
    header, row = lines("couponuse")
    assert header == "coupon,order_no,customer,took_off,used_at,given_back_at"
    assert row.startswith(f"TEA-10,{CouponUse.objects.get().order.order_no},")
