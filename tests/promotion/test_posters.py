"""Posters: drawn once for what is on them, apart for each merchant, and tidied up."""

import os
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django_scopes import scope
from PIL import Image

from apps.products.services.images import set_product_image
from apps.promotion.services import posters
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from apps.promotion.services.policies import save_promotion_policy
from apps.promotion.services.posters import kept_poster, make_poster, plan_poster, prune_posters
from apps.promotion.services.refusals import PromotionRefused
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory
from tests.price_control.uploads import picture

ADDRESS = "https://shop.example.com/r/abcdefghjk"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Merchants of other tests had the same numbers."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def sku(merchant):
    return SkuFactory(product__name="宫廷熟普", product__summary="陈香")


@pytest.fixture
def link(merchant, sku):
    person = DistributorFactory(name="王芳")
    return ensure_link(distributor=person, kind="product", target_id=sku.product_id)


def plan_of(link, template="plain", **values):
    return plan_poster(link=link, address=ADDRESS, template=template, **values)


def test_what_is_on_it(link):
    with translation.override("zh-hans"):
        plan = plan_of(link)

    assert plan.texts["merchant"] == link.merchant.name
    assert (plan.texts["person"], plan.texts["title"]) == ("王芳", "宫廷熟普")
    assert (plan.texts["price"], plan.texts["slogan"]) == ("¥100.00", "陈香")
    assert plan.address == ADDRESS


def test_it_is_drawn_once_and_kept(link):
    plan = plan_of(link)
    assert kept_poster(plan) is None

    made = make_poster(plan)

    assert Image.open(BytesIO(made)).size == (750, 1200)
    assert kept_poster(plan_of(link)) == made
    assert make_poster(plan) == made
    folder = f"posters/{link.merchant_id}"
    assert default_storage.listdir(folder)[1] == [f"{plan.key}.jpg"]


def test_whatever_changes_on_it_makes_another(link, sku, merchant):
    keys = [plan_of(link).key, plan_of(link, "ink").key]
    sku.price = "99.00"
    sku.save()
    keys.append(plan_of(link).key)
    set_product_image(product=sku.product, content=picture().content)
    keys.append(plan_of(link).key)
    backdrop = save_material(
        merchant=merchant, kind="poster", title="Fog", files=[picture()], is_published=True
    )
    keys.append(plan_of(link, "backdrop", backdrop=backdrop).key)
    keys.append(plan_poster(link=link, address=ADDRESS + "x", template="plain").key)

    assert len(set(keys)) == len(keys)


def test_the_same_words_at_another_merchant_are_another_file(link):
    other = MerchantFactory(name=link.merchant.name)
    with scope(merchant=other):
        sku = SkuFactory(product__name="宫廷熟普", product__summary="陈香")
        theirs = ensure_link(
            distributor=DistributorFactory(name="王芳"), kind="product", target_id=sku.product_id
        )
        path = plan_of(theirs).path

    assert path.split("/")[1] == str(other.pk)
    assert path != plan_of(link).path


def test_the_merchants_slogan_stands_where_goods_have_none(link, sku, merchant):
    sku.product.summary = ""
    sku.product.save()
    save_promotion_policy(merchant=merchant, actor=None, retention_days=400, slogan="慢慢喝")

    assert plan_of(link).texts["slogan"] == "慢慢喝"


def test_several_skus_have_a_price_from(link, sku):
    SkuFactory(product=sku.product, price="88.00")
    with translation.override("en"):
        assert plan_of(link).texts["price"] == "from ¥88.00"


def test_a_shop_shows_its_newest_picture(link, sku):
    set_product_image(product=sku.product, content=picture().content)
    sku.product.refresh_from_db()
    shop = ensure_link(distributor=link.distributor, kind="shop")

    plan = plan_of(shop)

    assert plan.picture == sku.product.image.name
    assert plan.texts["price"] == ""


def test_a_picture_that_is_gone_is_no_reason_to_have_no_poster(link, sku):
    set_product_image(product=sku.product, content=picture().content)
    sku.product.refresh_from_db()
    default_storage.delete(sku.product.image.name)

    assert Image.open(BytesIO(make_poster(plan_of(link)))).size == (750, 1200)


@pytest.mark.parametrize("template", ["nonsense", "", "backdrop"])
def test_an_unknown_look_is_refused(link, template):
    with pytest.raises(PromotionRefused):
        plan_of(link, template)


def test_goods_out_of_the_shop_have_no_poster(link, sku):
    sku.product.is_listed = False
    sku.product.save()
    with pytest.raises(PromotionRefused):
        plan_of(link)


def test_old_ones_and_those_beyond_the_bound_go(link, merchant, monkeypatch):
    plans = [plan_of(link, template) for template in ("plain", "ink", "picture")]
    now = time.time()
    for number, plan in enumerate(plans):
        make_poster(plan)
        seen = now - number * 86400
        os.utime(default_storage.path(plan.path), (seen, seen))

    assert prune_posters(merchant=merchant) == 0
    monkeypatch.setattr(posters, "MOST_KEPT", 2)
    assert prune_posters(merchant=merchant) == 1
    assert [kept_poster(plan) is not None for plan in plans] == [True, True, False]
    assert prune_posters(merchant=merchant, as_of=timezone.now() + timedelta(days=29.5)) == 1
    assert [kept_poster(plan) is not None for plan in plans] == [True, False, False]
    assert prune_posters(merchant=MerchantFactory()) == 0
