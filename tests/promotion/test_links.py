"""Short links: the same for the same, followed inside the site, and a clear page otherwise."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation
from django_scopes import scope

from apps.orders.models import LevelGoods
from apps.promotion.models import Click, PromoLink
from apps.promotion.selectors.targets import find_target, name_targets
from apps.promotion.services.links import ensure_link, revoke_link
from apps.promotion.services.materials import save_material
from apps.promotion.services.refusals import PromotionRefused
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    SkuFactory,
    UserFactory,
)
from tests.promotion.test_clicks import COMPUTER, PHONE, WECHAT

Kind = PromoLink.Kind


@pytest.fixture
def person(merchant):
    return DistributorFactory(name="王芳")


@pytest.fixture
def sku(merchant):
    return SkuFactory(product__name="宫廷熟普")


def follow(client, link, agent=WECHAT, method="get", **headers):
    code = link if isinstance(link, str) else link.code
    address = reverse("promotion:follow", args=[code])
    return getattr(client, method)(address, headers={"user-agent": agent, **headers})


class TestEnsure:
    @pytest.mark.parametrize("kind", ["shop", "invitation"])
    def test_the_same_again_is_the_same_link(self, person, kind):
        first, again = (ensure_link(distributor=person, kind=kind) for _time in range(2))

        assert (first.pk, first.code) == (again.pk, again.code)
        assert len(first.code) == 10
        assert PromoLink.objects.count() == 1

    def test_target_and_material_tell_links_apart(self, person, sku, merchant):
        material = save_material(merchant=merchant, kind="text", title="Words", text="x")
        target = {"kind": "product", "target_id": sku.product_id}
        links = [
            ensure_link(distributor=person, kind="shop"),
            ensure_link(distributor=person, **target),
            ensure_link(distributor=person, **target, material=material),
            ensure_link(distributor=person, kind="shop", material=material),
            ensure_link(distributor=DistributorFactory(), kind="shop"),
        ]

        assert len({each.pk for each in links}) == len({each.code for each in links}) == 5

    @pytest.mark.parametrize("status", ["suspended", "terminated"])
    def test_who_is_not_active_shares_nothing(self, merchant, status):
        with pytest.raises(PromotionRefused):
            ensure_link(distributor=DistributorFactory(status=status), kind="shop")

        assert PromoLink.objects.count() == 0

    @pytest.mark.parametrize("kind", ["nonsense", "product", ""])
    def test_what_is_not_there_cannot_be_shared(self, person, kind):
        with pytest.raises(PromotionRefused):
            ensure_link(distributor=person, kind=kind, target_id=999)

        assert PromoLink.objects.count() == 0

    def test_goods_the_level_may_not_sell_cannot_be_shared(self, merchant, sku):
        level = LevelFactory(goods="chosen")
        person = DistributorFactory(level=level)
        with pytest.raises(PromotionRefused):
            ensure_link(distributor=person, kind="product", target_id=sku.product_id)

        LevelGoods.objects.create(
            merchant=merchant, level=level, use=LevelGoods.Use.SELL, product=sku.product
        )
        assert ensure_link(distributor=person, kind="product", target_id=sku.product_id).pk

    def test_nothing_of_another_merchant_can_be_shared(self, person):
        other = MerchantFactory()
        with scope(merchant=other):
            foreign = SkuFactory().product
            material = save_material(merchant=other, kind="text", title="Words", text="x")

        with pytest.raises(PromotionRefused):
            ensure_link(distributor=person, kind="product", target_id=foreign.pk)
        with pytest.raises(PromotionRefused):
            ensure_link(distributor=person, kind="shop", material=material)
        assert PromoLink.objects.count() == 0

    def test_a_name_is_found_for_each_in_one_query(self, person, sku, django_assert_num_queries):
        links = [
            ensure_link(distributor=person, kind="product", target_id=sku.product_id),
            ensure_link(distributor=person, kind="shop"),
        ]
        with django_assert_num_queries(1), translation.override("en"):
            name_targets(links)

        assert [str(each.target_name) for each in links] == ["宫廷熟普", "shop"]


class TestRevoke:
    def test_a_new_code_is_made_when_it_is_shared_again(self, person):
        actor = UserFactory()
        link = ensure_link(distributor=person, kind="shop")

        revoked = revoke_link(link=link, reason=" Posted as spam ", actor=actor)
        again = ensure_link(distributor=person, kind="shop")

        assert (revoked.revoked_by, revoked.revoke_reason) == (actor, "Posted as spam")
        assert again.pk != link.pk
        assert again.code != link.code

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
    def test_it_needs_a_reason(self, person, reason):
        link = ensure_link(distributor=person, kind="shop")
        with pytest.raises(PromotionRefused):
            revoke_link(link=link, reason=reason, actor=None)

        link.refresh_from_db()
        assert link.revoked_at is None

    def test_once_is_enough(self, person):
        link = ensure_link(distributor=person, kind="shop")
        revoke_link(link=link, reason="Spam", actor=None)
        with pytest.raises(PromotionRefused):
            revoke_link(link=link, reason="Again", actor=None)

        link.refresh_from_db()
        assert link.revoke_reason == "Spam"


class TestFollow:
    def test_a_product(self, client, person, sku):
        link = ensure_link(distributor=person, kind="product", target_id=sku.product_id)
        path = f"/s/{person.shop_code}/products/{sku.product_id}/"

        answer = follow(client, link, referer="https://mp.weixin.qq.com/s/abc")

        assert (answer.status_code, answer.headers["Location"]) == (302, path)
        assert "no-store" in answer.headers["Cache-Control"]
        click = Click.objects.get()
        assert (click.link, click.distributor, click.target) == (link, person, path)
        assert (click.device, click.referrer_host) == ("wechat", "mp.weixin.qq.com")

    @pytest.mark.parametrize(("kind", "end"), [("shop", ""), ("invitation", "join/")])
    def test_shop_and_invitation(self, client, person, kind, end):
        link = ensure_link(distributor=person, kind=kind)

        answer = follow(client, link)

        assert answer.headers["Location"] == f"/s/{person.shop_code}/{end}"

    def test_it_leads_nowhere_else_whatever_is_added(self, client, person):
        link = ensure_link(distributor=person, kind="shop")
        address = reverse("promotion:follow", args=[link.code])

        answer = client.get(f"{address}?next=https://evil.example/&url=//evil.example")

        assert answer.headers["Location"] == f"/s/{person.shop_code}/"

    def test_the_page_it_leads_to_records_nothing_more(self, client, person):
        link = ensure_link(distributor=person, kind="shop")

        answer = follow(client, link)
        client.get(answer.headers["Location"], headers={"user-agent": WECHAT})
        follow(client, link)

        assert [each.link for each in Click.objects.all()] == [link]

    def test_another_link_of_the_same_person_is_another_click(self, client, person, sku):
        links = [
            ensure_link(distributor=person, kind="shop"),
            ensure_link(distributor=person, kind="product", target_id=sku.product_id),
        ]
        for link in links:
            follow(client, link)

        clicks = list(Click.objects.order_by("pk"))
        assert [each.link for each in clicks] == links
        assert clicks[0].visitor == clicks[1].visitor

    @pytest.mark.parametrize(
        ("method", "headers"),
        [
            ("head", {}),
            ("get", {"sec-purpose": "prefetch"}),
            ("get", {"purpose": "prefetch"}),
            ("get", {"sec-purpose": "prefetch;prerender"}),
            ("get", {"agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}),
            ("get", {"agent": "facebookexternalhit/1.1"}),
            ("get", {"agent": "Mozilla/5.0 (compatible; Bytespider; spider-feedback@x.com)"}),
            ("get", {"agent": "Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/119.0"}),
            ("get", {"agent": "Sogou web spider/4.0"}),
            ("get", {"agent": "curl/8.4"}),
            ("get", {"agent": ""}),
        ],
    )
    def test_programs_and_prefetching_are_led_on_and_not_counted(
        self, client, person, method, headers
    ):
        link = ensure_link(distributor=person, kind="shop")

        answer = follow(client, link, method=method, **{"agent": COMPUTER, **headers})

        assert answer.status_code == 302
        assert Click.objects.count() == 0
        assert "visitor" not in answer.cookies

    def test_the_own_link_is_not_counted(self, client, merchant):
        user = UserFactory()
        person = DistributorFactory(user=user)
        client.force_login(user)

        follow(client, ensure_link(distributor=person, kind="shop"))

        assert Click.objects.count() == 0

    def test_it_costs_the_same_with_many_links(self, client, person, django_assert_num_queries):
        link = ensure_link(distributor=person, kind="shop")
        for _number in range(50):
            ensure_link(distributor=DistributorFactory(), kind="shop")

        # The link, and the click in its transaction.
        with django_assert_num_queries(4):
            follow(client, link, PHONE)


class TestNowhere:
    def stopped(self, client, link, status):
        answer = follow(client, link, **{"accept-language": "en"})
        assert answer.status_code == status
        assert Click.objects.count() == 0
        return answer.content.decode()

    def test_nobodys(self, client, merchant):
        assert "We do not know this link" in self.stopped(client, "abcdefghjk", 404)

    def test_revoked(self, client, person):
        link = ensure_link(distributor=person, kind="shop")
        revoke_link(link=link, reason="Secret reason", actor=None)

        html = self.stopped(client, link, 410)

        assert "This link was switched off" in html
        assert f'href="/s/{person.shop_code}/"' in html
        assert "Secret reason" not in html

    def test_expired(self, client, person):
        before = timezone.now() - timedelta(seconds=1)
        link = ensure_link(distributor=person, kind="shop", expires_at=before)

        html = self.stopped(client, link, 410)

        assert "This link has expired" in html
        assert f'href="/s/{person.shop_code}/"' in html

    def test_a_product_taken_out_of_the_shop(self, client, person, sku):
        link = ensure_link(distributor=person, kind="product", target_id=sku.product_id)
        sku.product.is_listed = False
        sku.product.save()

        html = self.stopped(client, link, 410)

        assert "This is not for sale any more" in html
        assert f'href="/s/{person.shop_code}/"' in html

    @pytest.mark.parametrize(
        ("status", "code", "words"),
        [
            ("suspended", 404, "This shop is taking a break"),
            ("terminated", 410, "This shop has closed"),
        ],
    )
    def test_a_person_who_may_not_sell(self, client, person, status, code, words):
        link = ensure_link(distributor=person, kind="shop")
        person.status = status
        person.save(update_fields=["status"])

        html = self.stopped(client, link, code)

        assert words in html
        assert f'href="/s/{person.shop_code}/"' not in html

    def test_a_merchant_who_has_stopped(self, client, person, merchant):
        link = ensure_link(distributor=person, kind="shop")
        merchant.is_active = False
        merchant.save()

        assert "We do not know this link" in self.stopped(client, link, 404)

    def test_guessing_is_stopped(self, client, person):
        cache.clear()
        link = ensure_link(distributor=person, kind="shop")
        statuses = [follow(client, f"guess{number}").status_code for number in range(61)]

        assert (statuses[59], statuses[60]) == (404, 429)
        # A whole city may share one address: right links go on working.
        assert follow(client, link).status_code == 302
        cache.clear()


def test_a_target_is_looked_up_inside_the_merchant(person):
    with scope(merchant=MerchantFactory()):
        foreign = SkuFactory().product

    assert find_target(distributor=person, kind="product", target_id=foreign.pk) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_get_one_link():
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        person = DistributorFactory()

    def ask(_number):
        try:
            with scope(merchant=merchant):
                return ensure_link(distributor=person, kind="shop").code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(ask, range(16)))

    with scope(merchant=merchant):
        assert codes == {PromoLink.objects.get().code}
