"""Clicks: what is kept of a visit, what is left out, and what binds from it."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Binding, BindingPolicy
from apps.promotion.models import Click
from apps.promotion.services.clicks import Visit, adopt_clicks, last_click, record_click
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    SkuFactory,
    UserFactory,
)

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)
WECHAT = PHONE + " MicroMessenger/8.0.44"
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/119.0 Safari/537.36"
COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/119.0 Safari/537.36"
DAY = timedelta(days=1)


@pytest.fixture
def shop(merchant):
    return DistributorFactory()


def visit(client, shop, agent=PHONE, method="get", **headers):
    address = reverse("shop:home", args=[shop.shop_code])
    return getattr(client, method)(address, headers={"user-agent": agent, **headers})


class TestVisits:
    def test_a_visit_is_kept_without_anything_personal_in_clear(self, client, shop):
        answer = visit(client, shop, referer="https://Weibo.com/u/12345?token=secret")

        click = Click.objects.get()
        assert (click.distributor, click.customer, click.device) == (shop, None, "phone")
        assert (click.target, click.referrer_host) == (f"/s/{shop.shop_code}/", "weibo.com")
        assert (len(click.address_hash), len(click.visitor)) == (64, 32)
        assert "127.0.0.1" not in f"{click.__dict__}"
        cookie = answer.cookies["visitor"]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["max-age"]) == ("Lax", 365 * 86400)
        assert signing.loads(cookie.value, salt="promotion.visitor")[0] == click.visitor

    @pytest.mark.parametrize(
        ("agent", "device"),
        [(WECHAT, "wechat"), (PHONE, "phone"), (TABLET, "tablet"), (COMPUTER, "computer")],
    )
    def test_the_device_is_told_roughly(self, client, shop, agent, device):
        visit(client, shop, agent)
        assert Click.objects.get().device == device

    @pytest.mark.parametrize(
        "agent",
        [
            "",
            "curl/8.4",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "python-requests/2.31",
            "facebookexternalhit/1.1",
        ],
    )
    def test_bots_leave_none(self, client, shop, agent):
        answer = visit(client, shop, agent)

        assert answer.status_code == 200
        assert "visitor" not in answer.cookies
        assert Click.objects.count() == 0

    @pytest.mark.parametrize(
        "header",
        [{"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"x-moz": "prefetch"}],
    )
    def test_prefetching_leaves_none(self, client, shop, header):
        visit(client, shop, **header)
        assert Click.objects.count() == 0

    def test_asking_for_the_head_leaves_none(self, client, shop):
        visit(client, shop, method="head")
        assert Click.objects.count() == 0

    def test_the_same_visit_is_one_click_and_costs_no_query(
        self, client, shop, django_assert_num_queries
    ):
        sku = SkuFactory()
        visit(client, shop)
        client.get(
            reverse("shop:product", args=[shop.shop_code, sku.product_id]),
            headers={"user-agent": PHONE},
        )
        for agent in ("curl/8.4", PHONE):
            # Shop, categories, count of goods, goods, SKUs, campaign prices, stock, campaigns,
            # pieces in the cart.
            with django_assert_num_queries(9):
                visit(client, shop, agent)

        assert Click.objects.count() == 1

    def test_another_shop_or_another_day_is_another_click_of_the_same_visitor(self, client, shop):
        visit(client, shop)
        visit(client, DistributorFactory())
        values = signing.loads(client.cookies["visitor"].value, salt="promotion.visitor")
        values[2] -= 1801
        client.cookies["visitor"] = signing.dumps(values, salt="promotion.visitor")
        visit(client, DistributorFactory())

        assert Click.objects.count() == 3
        assert Click.objects.values("visitor").distinct().count() == 1

    @pytest.mark.parametrize(
        "value",
        ["", "nonsense", "a:b:c", signing.dumps([1], salt="other")],
        ids=["empty", "nonsense", "unsigned", "signed for something else"],
    )
    def test_a_tampered_cookie_is_a_new_visitor(self, shop, value):
        client = Client()
        client.cookies["visitor"] = value

        assert visit(client, shop).status_code == 200
        assert len(Click.objects.get().visitor) == 32

    def test_the_own_shop_leaves_none(self, client, merchant):
        user = UserFactory()
        shop = DistributorFactory(user=user)
        client.force_login(user)
        visit(client, shop)
        assert Click.objects.count() == 0

    def test_a_closed_shop_leaves_none(self, client, merchant):
        visit(client, DistributorFactory(status="suspended"))
        assert Click.objects.count() == 0

    def test_somebody_signed_in_is_known_at_once(self, client, merchant, shop):
        BindingPolicy.objects.create(
            merchant=merchant, version=1, rule="first_touch", bind_on="click",
            effective_from=timezone.now() - DAY,
        )  # fmt: skip
        user = UserFactory()
        customer = CustomerFactory(identifier=str(user.phone))
        client.force_login(user)

        visit(client, shop)

        click = Click.objects.get()
        assert click.customer == customer
        bound = Binding.objects.get()
        assert (bound.customer, bound.distributor, bound.way) == (customer, shop, "click")
        assert bound.evidence == {"click": click.pk, "target": click.target}


def click(distributor, at, visitor="v"):
    return record_click(distributor=distributor, visit=Visit(visitor, "phone"), target="/", at=at)


class TestAdopting:
    def policy(self, merchant, **values):
        return BindingPolicy.objects.create(
            merchant=merchant, version=1, effective_from=timezone.now() - 100 * DAY,
            **{"rule": "first_touch", "bind_on": "click", "click_window_days": 10, **values},
        )  # fmt: skip

    def test_the_first_click_within_the_window_binds_from_its_moment(self, merchant, shop):
        self.policy(merchant)
        now, other, customer = timezone.now(), DistributorFactory(), CustomerFactory()
        click(DistributorFactory(), now - 10 * DAY)
        first = click(shop, now - 10 * DAY + timedelta(seconds=1))
        click(other, now - DAY)

        adopted = adopt_clicks(customer=customer, visitor="v", at=now)

        assert [each.distributor for each in adopted] == [shop, other]
        bound = Binding.objects.get()
        assert (bound.distributor, bound.starts_at) == (shop, first.at)
        assert Click.objects.filter(customer=customer).count() == 2

    def test_they_are_adopted_once(self, merchant, shop):
        self.policy(merchant)
        now, first, second = timezone.now(), CustomerFactory(), CustomerFactory()
        click(shop, now - DAY)
        adopt_clicks(customer=first, visitor="v", at=now)

        assert adopt_clicks(customer=second, visitor="v", at=now) == []
        assert adopt_clicks(customer=second, visitor="", at=now) == []
        assert Binding.objects.get().customer == first

    def test_no_binding_where_the_policy_binds_later(self, merchant, shop):
        self.policy(merchant, bind_on="registration")
        now, customer = timezone.now(), CustomerFactory()
        click(shop, now - DAY)
        adopt_clicks(customer=customer, visitor="v", at=now)
        assert Binding.objects.count() == 0
        assert Click.objects.get().customer == customer

    def test_another_merchants_clicks_stay_theirs(self, merchant, shop):
        self.policy(merchant)
        neighbour = MerchantFactory()
        now = timezone.now()
        with scope(merchant=neighbour):
            click(DistributorFactory(), now - DAY)

        assert adopt_clicks(customer=CustomerFactory(), visitor="v", at=now) == []
        with scope(merchant=neighbour):
            assert Click.objects.get().customer is None


def test_the_last_click_counts_to_the_end_of_its_window(merchant, shop):
    policy = BindingPolicy(rule="last_touch", click_window_days=10)
    now, customer, gone = timezone.now(), CustomerFactory(), DistributorFactory()
    found = click(shop, now - DAY)
    click(gone, now - timedelta(hours=1))
    type(gone).objects.filter(pk=gone.pk).update(status="suspended")

    def last(at, visitor="v"):
        return last_click(customer=customer, visitor=visitor, policy=policy, at=at)

    end = found.at + 10 * DAY
    assert last(now) == last(end - timedelta(microseconds=1)) == found
    assert last(end) is None
    assert last(found.at - timedelta(microseconds=1)) is None
    assert last(now, "somebody else") is None
    assert last(now, "") is None
