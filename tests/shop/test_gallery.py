"""All pictures of a product and its video, on its page."""

import re

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.products.services.images import add_picture, set_video
from tests.core.videos import video
from tests.factories import MerchantFactory, SkuFactory
from tests.products.test_images import picture


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def html(client, shop, product):
    page = client.get(
        reverse("shop:product", args=[shop.shop_code, product.pk]),
        headers={"accept-language": "en"},
    )
    return " ".join(page.content.decode().split())


def tags(text, name):
    return re.findall(rf"<{name} [^>]*>", text)


def attributes(tag):
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag))


def strip_of(text):
    return re.search(r'<ul class="gallery-strip".*?</ul>', text)[0]


def test_pictures_stand_in_their_order_and_only_the_first_is_loaded_at_once(client, shop, sku):
    first = add_picture(product=sku.product, content=picture(size=(1600, 1600)))
    second = add_picture(product=sku.product, content=picture(size=(800, 400)), alt="From above")

    page = html(client, shop, sku.product)
    images = [attributes(tag) for tag in tags(strip_of(page), "img")]

    assert [image["src"] for image in images] == [first.file.url, second.file.url]
    assert [image["srcset"] for image in images] == [first.srcset, second.srcset]
    assert [(image["width"], image["height"]) for image in images] == [
        ("1200", "1200"), ("800", "400"),
    ]  # fmt: skip
    assert [image["alt"] for image in images] == ["宫廷熟普", "From above"]
    assert [(image.get("loading"), image.get("fetchpriority")) for image in images] == [
        (None, "high"), ("lazy", None),
    ]  # fmt: skip
    assert all(image["sizes"] == "(min-width: 48rem) 28rem, 100vw" for image in images)


def test_links_lead_to_each_without_a_script(client, shop, sku):
    add_picture(product=sku.product, content=picture())
    add_picture(product=sku.product, content=picture(size=(30, 30)), alt="From above")
    set_video(product=sku.product, content=video().content)

    page = html(client, shop, sku.product)

    links = re.findall(r'<a class="gallery-thumb[^"]*" href="#([^"]+)"', page)
    slides = re.findall(r'<li class="gallery-slide" id="([^"]+)"', page)
    assert links == slides == ["picture-1", "video", "picture-2"]
    assert 'alt="Picture 2: From above"' in page


def test_a_video_waits_until_somebody_plays_it(client, shop, sku):
    first = add_picture(product=sku.product, content=picture())
    product = set_video(product=sku.product, content=video().content)

    [tag] = tags(html(client, shop, product), "video")

    film = attributes(tag)
    assert film["src"] == product.video.url
    assert film["preload"] == "none"
    assert film["poster"] == first.file.url.replace(".1200.", ".450.")
    assert film["aria-label"] == "Video of 宫廷熟普"
    assert " controls " in tag
    assert " autoplay" not in tag


def test_a_video_without_a_picture_needs_no_poster(client, shop, sku):
    set_video(product=sku.product, content=video().content)

    page = html(client, shop, sku.product)

    assert "poster=" not in page
    assert page.count('class="gallery-thumb') == 3  # the row of links, and two of them


def test_one_picture_alone_has_nothing_to_choose_from(client, shop, sku):
    add_picture(product=sku.product, content=picture())

    page = html(client, shop, sku.product)

    assert "gallery-thumb" not in page
    assert "tabindex" not in strip_of(page)
    assert len(tags(strip_of(page), "img")) == 1


def test_goods_without_a_picture_show_their_seal(client, shop, sku):
    page = html(client, shop, sku.product)

    assert "<svg" in strip_of(page)
    assert "gallery-thumb" not in page


def test_pictures_of_another_merchant_are_not_among_them(client, shop, sku):
    with scope(merchant=MerchantFactory()):
        foreign = add_picture(product=SkuFactory().product, content=picture())
    own = add_picture(product=sku.product, content=picture(size=(20, 20)))

    page = html(client, shop, sku.product)

    assert own.file.url in page
    assert foreign.file.url not in page


@pytest.mark.parametrize("count", [1, 10])
def test_query_count(client, shop, sku, count, django_assert_num_queries):
    for size in range(count):
        add_picture(product=sku.product, content=picture(size=(20 + size, 20)))
    SkuFactory.create_batch(count, product=sku.product)

    # Shop, product, SKUs, campaigns, stock, stores, pictures, settings, stars, reviews, joining.
    with django_assert_num_queries(11):
        html(client, shop, sku.product)
