"""QR codes, drawn here: no request to anybody else."""

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathFillImage

BOX_PIXELS = 16


def _code(text: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=BOX_PIXELS, border=4)
    code.add_data(text)
    code.make(fit=True)
    return code


def qr_png(text: str) -> bytes:
    """Black on white with the quiet zone around it; large enough to print on a card."""
    out = BytesIO()
    _code(text).make_image().save(out, format="PNG")
    return out.getvalue()


def qr_svg(text: str) -> bytes:
    """The same as a drawing that stays sharp at any size."""
    out = BytesIO()
    _code(text).make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue()
