"""The looks a poster can have. Each is a function from what is on it to a picture."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from apps.promotion.drawing.shapes import (
    disc,
    gradient,
    mixed,
    panel,
    paste_cover,
    rings,
    shade,
)
from apps.promotion.drawing.sheets import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Ink,
    Sheet,
    put_footer,
    put_picture,
    put_title,
)
from apps.promotion.drawing.type import Face, set_line, shorten, width_of

FOOTER = HEIGHT - 280


def _plain(sheet: Sheet) -> Image.Image:
    """Paper, one large picture, much air."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#f7f4ec")
    draw = ImageDraw.Draw(image)
    ink = Ink("#1d2420", "#6a716b", "#b5341f", ("#dfeae2", "#0d5a40"))
    face = Face(26, 500)
    name = shorten(sheet.merchant, face, WIDTH - 2 * MARGIN - 40)
    panel(image, (MARGIN, 56, MARGIN + 8, 56 + 32), "#0d5a40", 4)
    set_line(draw, (MARGIN + 26, 82), name, face, "#0d5a40")
    side = WIDTH - 2 * MARGIN
    height = 560
    put_picture(
        image, sheet, (MARGIN, 116, MARGIN + side, 116 + height), 28, ("#e9e3d4", "#0d5a40")
    )
    put_title(image, sheet, 116 + height + 18, ink)
    draw.line((MARGIN, FOOTER - 24, WIDTH - MARGIN, FOOTER - 24), fill="#d9d3c4", width=2)
    put_footer(image, sheet, FOOTER + 8, ink)
    return image


def _picture(sheet: Sheet) -> Image.Image:
    """The picture from edge to edge, words upon it."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    edge = FOOTER - 32
    put_picture(image, sheet, (0, 0, WIDTH, edge), 0, ("#dcd3c0", "#7a5a2c"))
    shade(image, (0, edge - 420, WIDTH, edge), "#0c0f0d", 205)
    ink = Ink("#ffffff", "#e8e8e4", "#ffd58a", ("#dfeae2", "#0d5a40"))
    blank = Image.new("RGB", (WIDTH, HEIGHT))
    rise = put_title(blank, sheet, 0, ink, size=48)
    put_title(image, sheet, edge - rise - 36, ink, size=48)
    foot = Ink("#1d2420", "#6a716b", "#b5341f", ("#dfeae2", "#0d5a40"))
    put_footer(image, sheet, FOOTER + 4, foot)
    return image


def _festive(sheet: Sheet) -> Image.Image:
    """Red and gold, for feasts."""
    image = gradient((WIDTH, HEIGHT), "#c8202b", "#7f0c15")
    gold, cream = "#f3d08b", "#fff7e8"
    rings(image, (WIDTH - 40, 30), range(60, 420, 34), gold)
    rings(image, (20, FOOTER + 60), range(50, 300, 34), gold)
    draw = ImageDraw.Draw(image)
    face = Face(34, 700)
    name = shorten(sheet.merchant, face, WIDTH - 240)
    half = width_of(name, face) / 2
    set_line(draw, (WIDTH / 2, 84), name, face, gold, "middle")
    for sign in (-1, 1):
        start, end = WIDTH / 2 + sign * (half + 24), WIDTH / 2 + sign * (half + 84)
        draw.line((start, 72, end, 72), fill=gold, width=2)
        disc(image, (round(start), 72), 5, gold)
    card = (40, 122, WIDTH - 40, FOOTER - 36)
    panel(image, (card[0] - 4, card[1] - 4, card[2] + 4, card[3] + 4), gold, 32)
    panel(image, card, cream, 28)
    put_picture(image, sheet, (64, 146, WIDTH - 64, 146 + 500), 18, ("#fbe6c4", "#a3121c"))
    ink = Ink("#5b0d12", "#8a4a3c", "#c8202b", (gold, "#8c1119"))
    put_title(image, sheet, 146 + 508, ink, box=(72, WIDTH - 72), align="middle", size=42)
    foot = Ink(cream, "#f6d9ac", gold, (gold, "#8c1119"))
    put_footer(image, sheet, FOOTER + 8, foot, side=44)
    return image


def _ink(sheet: Sheet) -> Image.Image:
    """A moon gate over hills at night."""
    image = gradient((WIDTH, HEIGHT), "#1c3a30", "#081510")
    gold = "#d8bd84"
    draw = ImageDraw.Draw(image)
    for level, points in (
        (0.10, [(0, 760), (150, 640), (300, 730), (470, 600), (750, 760)]),
        (0.05, [(0, 850), (220, 720), (420, 820), (600, 700), (750, 790)]),
    ):
        colour = mixed("#0d211a", gold, level)
        draw.polygon([*points, (WIDTH, FOOTER), (0, FOOTER)], fill=colour)
    draw.rectangle((0, FOOTER - 20, WIDTH, HEIGHT), fill="#0a1813")
    _stamp(image, sheet.merchant)
    radius, centre = 255, (WIDTH // 2, 366)
    rings(image, centre, (radius + 26, radius + 44), gold)
    disc(image, centre, radius + 8, gold)
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    put_picture(image, sheet, box, radius, ("#efe6d2", "#3f5a3c"))
    ink = Ink("#f3ead6", "#b9ae95", gold, (gold, "#14291f"))
    put_title(image, sheet, 676, ink, align="middle", size=44)
    draw.line((MARGIN, FOOTER - 20, WIDTH - MARGIN, FOOTER - 20), fill="#5b5540", width=2)
    put_footer(image, sheet, FOOTER + 12, ink)
    return image


def _stamp(image: Image.Image, text: str) -> None:
    """The merchant's name as a seal in the corner, read downwards when it is short and Chinese."""
    draw = ImageDraw.Draw(image)
    is_short = 1 <= len(text) <= 6 and not text.isascii()
    if not is_short:
        face = Face(26, 500)
        set_line(draw, (MARGIN, 74), shorten(text, face, WIDTH - 2 * MARGIN), face, "#d8bd84")
        return
    face, step = Face(30, 700), 38
    box = (MARGIN, 48, MARGIN + 52, 48 + 20 + step * len(text))
    panel(image, box, "#a5372a", 8)
    for number, character in enumerate(text):
        place = (MARGIN + 26, box[1] + 36 + step * number)
        set_line(draw, place, character, face, "#f6ead2", "middle")


def _backdrop(sheet: Sheet) -> Image.Image:
    """A background of the material library, with the words on a card below."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#e9e3d4")
    if sheet.background is not None:
        paste_cover(image, sheet.background, (0, 0, WIDTH, HEIGHT))
    ink = Ink("#1d2420", "#5f665f", "#b5341f", ("#dfeae2", "#0d5a40"))
    blank = Image.new("RGB", (WIDTH, HEIGHT))
    tall = put_title(blank, sheet, 0, ink, box=(68, WIDTH - 68), size=40)
    top = FOOTER - tall - 36
    panel(image, (32, top, WIDTH - 32, HEIGHT - 32), "#ffffff", 28, opacity=0.94)
    put_title(image, sheet, top + 14, ink, box=(68, WIDTH - 68), size=40)
    put_footer(image, sheet, FOOTER - 4, ink, side=68)
    return image


TEMPLATES: dict[str, Callable[[Sheet], Image.Image]] = {
    "plain": _plain,
    "picture": _picture,
    "festive": _festive,
    "ink": _ink,
    "backdrop": _backdrop,
}


def draw_poster(template: str, sheet: Sheet) -> Image.Image:
    """The poster, WIDTH by HEIGHT."""
    return TEMPLATES[template](sheet)
