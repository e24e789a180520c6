"""Pictures are drawn again from their pixels; nothing else of the upload survives."""

import io
import struct
import zlib

import pytest
from PIL import Image

from apps.products.models import Product, scaled_name, sizes_of
from apps.products.services.images import (
    add_picture,
    change_picture,
    remove_picture,
    remove_product_image,
    remove_video,
    set_product_image,
    set_video,
)
from apps.products.services.refusals import ProductRefused
from tests.factories import ProductFactory


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(size=(60, 40), format="PNG", mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, format, **options)
    return out.getvalue()


def png_header(width, height):
    """A PNG that claims a size and has no pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_webp(merchant, media, format):
    set_product_image(product=ProductFactory(), content=picture(format=format))
    product = Product.objects.get()
    assert product.image.name.startswith("products/")
    assert product.image.name.endswith(".webp")
    assert Product.objects.values_list("image_width", "image_height").get() == (60, 40)
    with Image.open(media / product.image.name) as stored:
        assert (stored.format, stored.size) == ("WEBP", (60, 40))


def test_a_large_picture_is_made_smaller(merchant):
    product = set_product_image(product=ProductFactory(), content=picture(size=(2400, 600)))
    assert (product.image_width, product.image_height) == (1200, 300)


def test_metadata_is_gone_and_turned_photos_stand_upright(merchant, media):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at home"
    content = picture(format="JPEG", exif=exif)
    assert b"taken at home" in content
    product = set_product_image(product=ProductFactory(), content=content)
    assert (product.image_width, product.image_height) == (40, 60)
    stored = (media / product.image.name).read_bytes()
    assert b"taken at home" not in stored
    assert b"EXIF" not in stored


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        picture(format="GIF", mode="P"),
        picture(format="BMP"),
        picture()[:60],
        png_header(60_000, 60_000),
        png_header(6_400, 6_400),
        b"\x89PNG\r\n\x1a\n" + b"0" * (10 * 1024 * 1024),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "cut off", "bomb", "too many pixels", "too large"],
)
def test_anything_else_is_refused(merchant, media, content):
    product = ProductFactory()
    with pytest.raises(ProductRefused):
        set_product_image(product=product, content=content)
    assert not Product.objects.get().image
    assert list(media.rglob("*.*")) == []


def test_a_replaced_or_removed_picture_leaves_no_file(
    merchant, media, django_capture_on_commit_callbacks
):
    product = set_product_image(product=ProductFactory(), content=picture())
    first = product.image.name
    with django_capture_on_commit_callbacks(execute=True):
        product = set_product_image(product=product, content=picture(size=(10, 10)))
    name = product.image.name.removesuffix(".1200.webp").removeprefix("products/")
    assert sorted(file.name for file in media.rglob("*.webp")) == [
        f"{name}.{size}.webp" for size in (1200, 200, 450, 840)
    ]
    assert product.image.name != first
    with django_capture_on_commit_callbacks(execute=True):
        remove_product_image(product=product)
    assert list(media.rglob("*.webp")) == []
    product = Product.objects.get()
    assert (product.image.name, product.image_width) == ("", None)


class TestSets:
    def test_sizes_for_the_browser_to_choose_from(self, merchant, media):
        product = ProductFactory(code="P")
        shown = add_picture(product=product, content=picture(size=(2400, 1600)), alt="Tea")
        assert (shown.width, shown.height) == (1200, 800)
        name = shown.file.name.removesuffix(".1200.webp")
        assert shown.srcset == ", ".join(
            f"/media/{name}.{size}.webp {size}w" for size in (200, 450, 840, 1200)
        )
        assert Product.objects.get().image_srcset == shown.srcset
        for size, expected in ((1200, (1200, 800)), (840, (840, 560)), (450, (450, 300))):
            with Image.open(media / f"{name}.{size}.webp") as stored:
                assert (stored.format, stored.size) == ("WEBP", expected)

    def test_pictures_keep_the_sizes_they_were_drawn_in(self, merchant):
        before = "products/1-ab-1200.webp"
        assert sizes_of(before) == (1200, 600, 300)
        assert [scaled_name(before, size) for size in (200, 450, 840, 2000)] == [
            "products/1-ab-300.webp",
            "products/1-ab-600.webp",
            "products/1-ab-1200.webp",
            "products/1-ab-1200.webp",
        ]
        assert scaled_name("products/1-ab.1200.webp", 200) == "products/1-ab.200.webp"
        assert (sizes_of("logos/1.webp"), scaled_name("logos/1.webp", 200)) == ((), "logos/1.webp")

    def test_all_files_of_a_picture_of_before_go_with_it(
        self, merchant, media, django_capture_on_commit_callbacks
    ):
        product = ProductFactory()
        shown = add_picture(product=product, content=picture())
        shown.file.name = "products/1-ab-1200.webp"
        shown.save()
        names = [f"1-ab-{size}.webp" for size in (1200, 600, 300)]
        for name in names:
            (media / "products" / name).write_bytes(b"picture")
        with django_capture_on_commit_callbacks(execute=True):
            remove_picture(picture=shown)
        assert not [name for name in names if (media / "products" / name).exists()]

    def test_a_small_picture_is_not_blown_up(self, merchant):
        shown = add_picture(product=ProductFactory(), content=picture(size=(60, 40)))
        assert shown.srcset.endswith(" 60w")
        assert shown.srcset.count("w,") == 0

    def test_the_order_decides_what_stands_for_the_product(self, merchant):
        product = ProductFactory()
        first, second = (
            add_picture(product=product, content=picture(size=(size, 10))) for size in (20, 30)
        )
        change_picture(picture=second, up=True)
        product.refresh_from_db()
        assert (product.image.name, product.image_width) == (second.file.name, 30)
        assert [each.pk for each in product.pictures.all()] == [second.pk, first.pk]
        change_picture(picture=second, up=True, alt="Leaves")
        assert [each.alt for each in product.pictures.all()] == ["Leaves", ""]
        remove_picture(picture=second)
        assert Product.objects.get().image_width == 20

    def test_at_most_ten(self, merchant):
        product = ProductFactory()
        for _each in range(10):
            add_picture(product=product, content=picture())
        with pytest.raises(ProductRefused, match="at most 10"):
            add_picture(product=product, content=picture())
        assert product.pictures.count() == 10


class TestVideo:
    def test_it_is_kept_and_replaced(self, merchant, media, django_capture_on_commit_callbacks):
        product = set_video(product=ProductFactory(), content=b"\0\0\0\x18ftypmp42 first")
        with django_capture_on_commit_callbacks(execute=True):
            product = set_video(product=product, content=b"\0\0\0\x18ftypmp42 second")
        kept = list(media.rglob("*.mp4"))
        assert [file.read_bytes() for file in kept] == [b"\0\0\0\x18ftypmp42 second"]
        with django_capture_on_commit_callbacks(execute=True):
            remove_video(product=product)
        assert not list(media.rglob("*.mp4"))

    @pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF....WEBP", b"ftypmp42"])
    def test_anything_else_is_refused(self, merchant, media, content):
        with pytest.raises(ProductRefused, match="not an MP4"):
            set_video(product=ProductFactory(), content=content)
        assert not list(media.rglob("*.mp4"))
