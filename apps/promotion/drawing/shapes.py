"""Rounded corners, gradients, seals and QR codes, drawn four times as large and smoothed."""

from collections.abc import Sequence

from PIL import Image, ImageColor, ImageDraw, ImageOps

from apps.promotion.drawing.type import Face, set_line

SMOOTH = 4
Box = tuple[int, int, int, int]


def rounded_mask(size: tuple[int, int], radius: int) -> Image.Image:
    """White where a card with round corners is."""
    large = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH), 0)
    box = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius * SMOOTH, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def paste_cover(sheet: Image.Image, picture: Image.Image, box: Box, radius: int = 0) -> None:
    """The picture over the whole box, cut where it is too long."""
    size = (box[2] - box[0], box[3] - box[1])
    flat = Image.new("RGB", picture.size, "#ffffff")
    flat.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    cut = ImageOps.fit(flat, size, Image.Resampling.LANCZOS)
    sheet.paste(cut, box[:2], rounded_mask(size, radius) if radius else None)


def panel(sheet: Image.Image, box: Box, fill: str, radius: int, opacity: float = 1) -> None:
    """A card with round corners."""
    size = (box[2] - box[0], box[3] - box[1])
    mask = rounded_mask(size, radius).point(lambda value: int(value * opacity))
    sheet.paste(Image.new("RGB", size, fill), box[:2], mask)


def gradient(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    """From one colour down to another."""
    ramp = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(ramp, top, bottom)


def shade(sheet: Image.Image, box: Box, colour: str, strongest: int) -> None:
    """Darken a box towards its lower edge, so that type on a picture can be read."""
    size = (box[2] - box[0], box[3] - box[1])
    ramp = Image.linear_gradient("L").resize(size)
    ramp = ramp.point(lambda value: min(strongest, value * 2 * strongest // 255))
    sheet.paste(Image.new("RGB", size, colour), box[:2], ramp)


def rings(sheet: Image.Image, centre: tuple[int, int], radii: Sequence[int], colour: str) -> None:
    """Fine circles about one point, like ripples."""
    large = Image.new("L", (sheet.width * 2, sheet.height * 2), 0)
    draw = ImageDraw.Draw(large)
    for radius in radii:
        x, y, r = centre[0] * 2, centre[1] * 2, radius * 2
        draw.ellipse((x - r, y - r, x + r, y + r), outline=255, width=3)
    mask = large.resize(sheet.size, Image.Resampling.LANCZOS).point(lambda value: value * 2 // 5)
    sheet.paste(Image.new("RGB", sheet.size, colour), (0, 0), mask)


def disc(sheet: Image.Image, centre: tuple[int, int], radius: int, fill: str) -> None:
    """A filled circle."""
    x, y = centre
    panel(sheet, (x - radius, y - radius, x + radius, y + radius), fill, radius)


def seal(size: int, letter: str, paper: str, ink: str) -> Image.Image:
    """What stands for goods without a picture: one character in a ring, as on a seal."""
    picture = Image.new("RGB", (size, size), paper)
    disc(picture, (size // 2, size // 2), size * 30 // 100, ink)
    disc(picture, (size // 2, size // 2), size * 29 // 100, paper)
    face = Face(size * 28 // 100, 700)
    draw = ImageDraw.Draw(picture)
    set_line(draw, (size / 2, size / 2 + face.size * 0.36), letter, face, ink, "middle")
    return picture


def paste_avatar(
    sheet: Image.Image,
    picture: Image.Image | None,
    letter: str,
    box: Box,
    colours: tuple[str, str],
) -> None:
    """A round picture of a person, or the first letter of their name."""
    size = box[2] - box[0]
    if picture is not None:
        paste_cover(sheet, picture, box, size // 2)
        return
    paper, ink = colours
    panel(sheet, box, paper, size // 2)
    face = Face(size * 46 // 100, 700)
    place = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + face.size * 0.36)
    set_line(ImageDraw.Draw(sheet), place, letter, face, ink, "middle")


def paste_qr(sheet: Image.Image, matrix: Sequence[Sequence[bool]], box: Box) -> Box:
    """The code as large as whole pixels per module allow, on white; returns where its modules are.

    `matrix` comes with its quiet zone.
    """
    ImageDraw.Draw(sheet).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill="#ffffff")
    count, size = len(matrix), box[2] - box[0]
    module = max(size // count, 1)
    code = Image.new("1", (count, count), 1)
    code.putdata([0 if dark else 1 for row in matrix for dark in row])
    drawn = code.resize((count * module, count * module), Image.Resampling.NEAREST)
    left, top = box[0] + (size - drawn.width) // 2, box[1] + (size - drawn.height) // 2
    sheet.paste(drawn.convert("RGB"), (left, top))
    return left, top, left + drawn.width, top + drawn.height


def mixed(first: str, second: str, share: float) -> str:
    """A colour between two."""
    pairs = zip(ImageColor.getrgb(first)[:3], ImageColor.getrgb(second)[:3], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
