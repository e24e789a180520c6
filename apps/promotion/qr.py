"""QR codes of links, drawn here: no request to anybody else."""

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathFillImage

MODULE_PIXELS = 16
# The quiet zone the standard asks for, in modules; without it scanners fail on dark pages.
QUIET_ZONE = 4


def _code(url: str) -> qrcode.QRCode:
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=MODULE_PIXELS, border=QUIET_ZONE
    )
    code.add_data(url)
    code.make(fit=True)
    return code


def qr_matrix(url: str) -> list[list[bool]]:
    """The code's modules, row by row, dark ones true, with the quiet zone around them."""
    return _code(url).get_matrix()


def qr_png(url: str) -> bytes:
    """A PNG picture, black on white, large enough to print on a card."""
    out = BytesIO()
    _code(url).make_image().save(out, format="PNG")
    return out.getvalue()


def qr_svg(url: str) -> bytes:
    """The same as an SVG document, sharp at any size."""
    out = BytesIO()
    _code(url).make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue()
