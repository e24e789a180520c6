"""How a distributor's shop greets its customers."""

import io

import pytest
from PIL import Image

from apps.core.attachments import AttachmentRefused, Upload
from apps.distributors.models import ShopFront
from apps.distributors.services.shop_fronts import ShopFrontRefused, save_shop_front
from tests.factories import DistributorFactory
from tests.price_control.uploads import paper, picture


@pytest.fixture
def shop(merchant):
    return DistributorFactory()


def test_words_and_a_small_square_picture(shop):
    front = save_shop_front(
        distributor=shop, title=" 老郭\n茶铺 ", words="好茶", avatar=picture(size=(900, 300))
    )

    assert (front.title, front.words) == ("老郭 茶铺", "好茶")
    with front.avatar.open("rb") as file, Image.open(file) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (256, 256))


def test_words_alone_leave_the_picture_and_it_can_be_taken_away(
    shop, django_capture_on_commit_callbacks
):
    first = save_shop_front(distributor=shop, avatar=picture())
    assert save_shop_front(distributor=shop, title="Tea").avatar == first.avatar

    storage, name = first.avatar.storage, first.avatar.name
    with django_capture_on_commit_callbacks(execute=True):
        front = save_shop_front(distributor=shop, remove_avatar=True)

    assert not front.avatar
    assert not storage.exists(name)


@pytest.mark.parametrize("values", [{"title": "x" * 41}, {"words": "x" * 201}, {"title": "\0"}])
def test_texts_that_do_not_fit_change_nothing(shop, values):
    with pytest.raises(ShopFrontRefused):
        save_shop_front(distributor=shop, **values)

    assert not ShopFront.objects.exists()


@pytest.mark.parametrize(
    "file", [paper(), Upload("a.svg", b"<svg onload=alert(1)></svg>"), Upload("a.png", b"GIF89a")]
)
def test_what_is_no_picture_changes_nothing(shop, file):
    with pytest.raises(AttachmentRefused):
        save_shop_front(distributor=shop, title="Tea", avatar=file)

    assert not ShopFront.objects.exists()


def test_a_polyglot_keeps_only_its_pixels(shop):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    file = Upload("a.png", out.getvalue() + b"<script>alert(1)</script>")

    front = save_shop_front(distributor=shop, avatar=file)

    with front.avatar.open("rb") as drawn:
        assert b"script" not in drawn.read()
