"""A campaign in a shop: its goods at its prices, from its announcement to its end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.products.models import Product
from apps.products.services.campaigns import stop_campaign
from apps.promotion.models import Click
from apps.promotion.selectors.targets import find_target, name_targets
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from apps.promotion.services.posters import plan_poster
from apps.promotion.services.refusals import PromotionRefused
from tests.factories import (
    CampaignFactory,
    CampaignLineFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    SkuFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PHONE = "Mozilla/5.0 (iPhone) MicroMessenger/8.0"


@pytest.fixture
def campaign(merchant, sku):
    """宫廷熟普 for 99.00 instead of 138.00, from yesterday to tomorrow."""
    found = CampaignFactory(name="双十一", return_terms="七天无理由")
    CampaignLineFactory(campaign=found, sku=sku, price=Decimal("99.00"))
    return found


def address(shop, campaign) -> str:
    return reverse("shop:campaign", args=[shop.shop_code, campaign.pk])


class TestPage:
    def test_its_goods_at_its_prices(self, client, shop, campaign):
        SkuFactory(product__name="茶壶")
        answer = client.get(address(shop, campaign))
        html = answer.content.decode()
        assert [each.name for each in answer.context["page"]] == ["宫廷熟普"]
        assert "99.00" in html
        assert "138.00" in html
        assert "七天无理由" in html

    def test_the_shop_leads_to_it_while_it_runs(self, client, shop, campaign):
        home = reverse("shop:home", args=[shop.shop_code])
        assert address(shop, campaign) in client.get(home).content.decode()
        stop_campaign(campaign=campaign)
        assert address(shop, campaign) not in client.get(home).content.decode()

    def test_before_its_start_the_price_is_the_usual_one(self, client, shop, sku):
        coming = CampaignFactory(
            announced_at=timezone.now() - DAY, starts_at=timezone.now() + DAY,
            ends_at=timezone.now() + 2 * DAY,
        )  # fmt: skip
        CampaignLineFactory(campaign=coming, sku=sku, price=Decimal(99))
        html = client.get(address(shop, coming)).content.decode()
        assert "138.00" in html
        assert "99.00" not in html

    def test_over_not_announced_or_foreign_there_is_none(self, client, shop, campaign):
        planned = CampaignFactory(
            announced_at=timezone.now() + DAY, starts_at=timezone.now() + DAY,
            ends_at=timezone.now() + 2 * DAY,
        )  # fmt: skip
        with scope(merchant=(other := MerchantFactory())):
            foreign = CampaignFactory(merchant=other)
        stop_campaign(campaign=campaign)
        for each in (campaign, planned, foreign):
            assert client.get(address(shop, each)).status_code == 404

    def test_a_shop_that_sells_none_of_it_says_so(self, client, shop):
        empty = CampaignFactory()
        assert 'class="empty"' in client.get(address(shop, empty)).content.decode()

    @pytest.mark.parametrize("count", [1, 15])
    def test_query_count(self, client, shop, campaign, count, django_assert_num_queries):
        for _number in range(count - 1):
            CampaignLineFactory(campaign=campaign, sku=SkuFactory())
        # Shop, campaign, count, page, SKUs, campaign prices, stock, joining.
        with django_assert_num_queries(8):
            answer = client.get(address(shop, campaign))
        assert len(answer.context["page"]) == count


class TestSharing:
    def test_a_link_leads_to_it_and_is_counted(self, client, shop, campaign):
        link = ensure_link(distributor=shop, kind="campaign", target_id=campaign.pk)
        follow = reverse("promotion:follow", args=[link.code])
        answer = client.get(follow, headers={"user-agent": PHONE})
        assert (answer.status_code, answer["Location"]) == (302, address(shop, campaign))
        assert Click.objects.get().link == link
        name_targets([link])
        assert link.target_name == "双十一"

    def test_one_that_is_over_leads_to_a_page_that_says_so(self, client, shop, campaign):
        link = ensure_link(distributor=shop, kind="campaign", target_id=campaign.pk)
        stop_campaign(campaign=campaign)
        answer = client.get(reverse("promotion:follow", args=[link.code]))
        assert answer.status_code == 410
        with pytest.raises(PromotionRefused, match="cannot be shared"):
            ensure_link(distributor=shop, kind="campaign", target_id=campaign.pk)

    def test_not_of_another_merchant(self, shop, merchant):
        with scope(merchant=(other := MerchantFactory())):
            foreign = CampaignFactory(merchant=other)
        assert find_target(distributor=shop, kind="campaign", target_id=foreign.pk) is None
        with pytest.raises(PromotionRefused, match="campaign and level must be this merchant's"):
            save_material(merchant=merchant, kind="text", title="T", text="x", campaign=foreign)

    def test_its_poster_shows_its_own_goods(self, shop, sku, campaign):
        Product.objects.filter(pk=SkuFactory().product_id).update(image="products/newer.jpg")
        assert find_target(distributor=shop, kind="campaign", target_id=campaign.pk).picture == ""
        Product.objects.filter(pk=sku.product_id).update(image="products/tea.jpg")
        link = ensure_link(distributor=shop, kind="campaign", target_id=campaign.pk)
        plan = plan_poster(link=link, address="https://example.com/r/x", template="plain")
        assert plan.picture == "products/tea.jpg"

    def test_not_without_goods_for_the_level(self, shop, campaign):
        campaign.lines.update(sku=SkuFactory(product__is_listed=False))
        assert find_target(distributor=shop, kind="campaign", target_id=campaign.pk) is None


class TestMaterials:
    @pytest.fixture
    def me(self, client, merchant):
        person = DistributorFactory(user=UserFactory(), level=LevelFactory())
        client.force_login(person.user)
        return person

    def test_are_found_by_campaign_and_link_to_it(self, client, me, merchant, campaign):
        words = save_material(
            merchant=merchant, kind="text", title="喝茶", text="来看 {link}", campaign=campaign,
            is_published=True,
        )  # fmt: skip
        save_material(merchant=merchant, kind="text", title="其他", text="x", is_published=True)
        listed = reverse("portal:materials")

        everything = client.get(listed)
        assert list(everything.context["campaigns"]) == [campaign]
        assert len(everything.context["page"]) == 2
        assert list(client.get(listed, {"campaign": campaign.pk}).context["page"]) == [words]
        assert list(client.get(listed, {"q": "双十一"}).context["page"]) == [words]
        assert len(client.get(listed, {"campaign": "9" * 30}).context["page"]) == 2

        client.get(reverse("portal:material", args=[words.pk]))
        link = me.promo_links.get()
        assert (link.kind, link.target_id, link.material) == ("campaign", campaign.pk, words)

    def test_the_page_of_campaigns_offers_both(self, client, me, campaign):
        html = client.get(reverse("portal:campaigns")).content.decode()
        assert reverse("portal:share_target", args=["campaign", campaign.pk]) in html
        assert f"{reverse('portal:materials')}?campaign={campaign.pk}" in html
        shared = client.get(reverse("portal:share_target", args=["campaign", campaign.pk]))
        assert shared.status_code == 200
        assert client.get(
            reverse("portal:link_poster", args=[me.promo_links.get().code, "plain"])
        )["Content-Type"] == "image/jpeg"  # fmt: skip
