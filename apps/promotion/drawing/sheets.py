"""What is on a poster, and the parts that every template shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from apps.promotion.drawing.shapes import Box, paste_avatar, paste_cover, paste_qr, seal
from apps.promotion.drawing.type import Face, printable, set_line, shorten, wrap

WIDTH, HEIGHT = 750, 1200
MARGIN = 56
QR_SIZE = 190


@dataclass(frozen=True)
class Sheet:
    """The words and pictures of one poster. `matrix`: the QR code's modules, quiet zone included.

    Without a picture a seal of the title's first character stands in its place.
    """

    merchant: str
    person: str
    title: str
    slogan: str
    hint: str
    matrix: Sequence[Sequence[bool]]
    price: str = ""
    picture: Image.Image | None = None
    avatar: Image.Image | None = None
    background: Image.Image | None = None
    # Where the QR code's modules ended up: filled in while drawing.
    marks: dict[str, Box] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("merchant", "person", "title", "slogan", "hint", "price"):
            object.__setattr__(self, name, printable(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of the words of a template."""

    strong: str
    soft: str
    price: str
    avatar: tuple[str, str]


def initial(text: str) -> str:
    """The character that stands for somebody or something without a picture."""
    return text[:1].upper() or "?"


def put_picture(image: Image.Image, sheet: Sheet, box: Box, radius: int, seal_ink: tuple) -> None:
    """The picture in its box, or the seal."""
    picture = sheet.picture
    if picture is None:
        paper, ink = seal_ink
        picture = seal(box[2] - box[0], initial(sheet.title), paper, ink)
    paste_cover(image, picture, box, radius)


def put_title(
    image: Image.Image,
    sheet: Sheet,
    top: int,
    ink: Ink,
    *,
    box: tuple[int, int] = (MARGIN, WIDTH - MARGIN),
    align: str = "left",
    size: int = 44,
    most: int = 2,
) -> int:
    """Title and price below each other; returns where they end."""
    draw = ImageDraw.Draw(image)
    face = Face(size, 700)
    x = {"left": box[0], "middle": sum(box) / 2}[align]
    y = top
    for line in wrap(sheet.title, face, box[1] - box[0], most):
        y += round(size * 1.32)
        set_line(draw, (x, y - size * 0.3), line, face, ink.strong, align)
    if sheet.price:
        price = Face(round(size * 1.18), 700)
        y += round(price.size * 1.42)
        set_line(draw, (x, y - price.size * 0.28), sheet.price, price, ink.price, align)
    return y


def put_footer(image: Image.Image, sheet: Sheet, top: int, ink: Ink, side: int = MARGIN) -> None:
    """Who recommends it, in their words, and the code to scan."""
    draw = ImageDraw.Draw(image)
    right = WIDTH - side
    panel_box = (right - QR_SIZE, top, right, top + QR_SIZE)
    sheet.marks["qr"] = paste_qr(image, sheet.matrix, panel_box)
    hint = Face(20, 400)
    middle = right - QR_SIZE / 2
    text = shorten(sheet.hint, hint, QR_SIZE + 40)
    set_line(draw, (middle, top + QR_SIZE + 32), text, hint, ink.soft, "middle")
    size = 88
    paste_avatar(
        image, sheet.avatar, initial(sheet.person), (side, top, side + size, top + size), ink.avatar
    )
    left, room = side + size + 24, right - QR_SIZE - 28 - (side + size + 24)
    name = Face(32, 700)
    set_line(draw, (left, top + 40), shorten(sheet.person, name, room), name, ink.strong)
    merchant = Face(24, 400)
    set_line(draw, (left, top + 78), shorten(sheet.merchant, merchant, room), merchant, ink.soft)
    slogan = Face(28, 500)
    y = top + size + 16
    for line in wrap(sheet.slogan, slogan, right - QR_SIZE - 28 - side, 2):
        y += 42
        set_line(draw, (side, y - 8), line, slogan, ink.strong)
