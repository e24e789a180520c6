"""QR codes hold the link they are asked for."""

from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from apps.promotion.qr import MODULE_PIXELS, QUIET_ZONE, qr_png, qr_svg
from apps.promotion.selectors import shop_link
from tests.factories import DistributorFactory

URL = "https://shop.example/s/abcdefghjk/"
# Version 3 at error correction M: 29 modules, for links of up to 42 bytes.
MODULES = 29 + 2 * QUIET_ZONE


def test_png_is_a_picture_with_a_quiet_zone():
    picture = Image.open(BytesIO(qr_png(URL))).convert("L")

    assert picture.size == (MODULES * MODULE_PIXELS, MODULES * MODULE_PIXELS)
    edge = QUIET_ZONE * MODULE_PIXELS
    assert picture.crop((0, 0, picture.width, edge)).getextrema() == (255, 255)
    # The corner mark begins right after it.
    assert picture.getpixel((edge, edge)) == 0


def test_svg_is_the_same_drawing_at_any_size():
    root = ElementTree.fromstring(qr_svg(URL))

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") is not None
    assert root.findall(".//{http://www.w3.org/2000/svg}path")


@pytest.mark.parametrize("draw", [qr_png, qr_svg])
def test_another_link_is_another_picture(draw):
    assert draw(URL) == draw(URL)
    assert draw(URL) != draw(URL + "x")


def test_a_shop_has_a_link_of_its_own(merchant):
    distributor = DistributorFactory(shop_code="abcdefghjk")

    assert shop_link(distributor) == "/s/abcdefghjk/"
