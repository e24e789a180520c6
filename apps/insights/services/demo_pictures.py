"""Product pictures for the demo, drawn on the spot: a tea cake, leaves, or a cup."""

import io
import math

from PIL import Image, ImageDraw

SIZE = 1800  # drawn large, then halved: smooth edges
PALETTES = {
    "普洱": ("#efe6d8", "#d9c4a3", "#6b4327", "#8a5a36"),
    "白茶": ("#f3f1ea", "#dfe0d0", "#8f9a78", "#b5bd9d"),
    "乌龙": ("#eaf0e4", "#cfdcc0", "#4f6b3a", "#739254"),
    "红茶": ("#f6e7df", "#e8c6b4", "#7c2f1c", "#a64a2d"),
    "绿茶": ("#e9f3e6", "#c5dfbd", "#2f6b3f", "#5c9a63"),
    "茶具": ("#e8eef0", "#c8d6da", "#2d4f57", "#5d838c"),
}
DEFAULT_PALETTE = PALETTES["绿茶"]
Colour = tuple[int, int, int]


def draw_product(category_path: str, number: int) -> bytes:
    """A square PNG for the number-th product of a category; the same each time."""
    return _png(_product(category_path, number))


def draw_views(category_path: str, number: int) -> dict[str, bytes]:
    """What a picture shows → the PNG: the product itself ("" says its name), near, in the cup."""
    whole = _product(category_path, number)
    near = whole.crop(tuple(int(edge * SIZE) for edge in (0.3, 0.24, 0.76, 0.7)))
    near = near.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    views = {"": whole, "近看": near}
    if not category_path.endswith("茶具"):
        light, shade, dark, mid = map(_rgb, _palette(category_path))
        views["泡开之后"] = _gradient(shade, light)
        _cup(ImageDraw.Draw(views["泡开之后"]), dark, mid, light)
    return {shows: _png(picture) for shows, picture in views.items()}


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.resize((SIZE // 2, SIZE // 2), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _palette(category_path: str) -> tuple[str, ...]:
    return PALETTES.get(category_path.rsplit("/", 1)[-1], DEFAULT_PALETTE)


def _product(category_path: str, number: int) -> Image.Image:
    kind = category_path.rsplit("/", 1)[-1]
    light, shade, dark, mid = map(_rgb, _palette(category_path))
    picture = _gradient(light, shade)
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_box(0.5, 0.86, 0.34, 0.035), fill=_blend(shade, dark, 0.25))
    if kind == "茶具":
        _cup(draw, dark, mid, light)
    elif kind == "普洱" and number % 2 == 0:
        _cake(draw, dark, mid, light)
    else:
        _leaves(draw, dark, mid, number)
    return picture


def _rgb(colour: str) -> Colour:
    return tuple(int(colour[index : index + 2], 16) for index in (1, 3, 5))


def _blend(first: Colour, second: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, SIZE))
    for y in range(SIZE):
        column.putpixel((0, y), _blend(top, bottom, y / SIZE))
    return column.resize((SIZE, SIZE))


def _box(x: float, y: float, half_width: float, half_height: float) -> tuple[float, ...]:
    return (
        (x - half_width) * SIZE, (y - half_height) * SIZE,
        (x + half_width) * SIZE, (y + half_height) * SIZE,
    )  # fmt: skip


def _cake(draw: ImageDraw.ImageDraw, dark: Colour, mid: Colour, light: Colour) -> None:
    for step in range(24):
        radius = 0.33 - step * 0.0135
        draw.ellipse(_box(0.5, 0.5, radius, radius), fill=_blend(dark, mid, (step % 6) / 6))
    for index in range(160):
        angle = index * 2.399963  # the golden angle spreads them evenly
        distance = 0.31 * math.sqrt((index + 0.5) / 160)
        x, y = 0.5 + distance * math.cos(angle), 0.5 + distance * math.sin(angle)
        turn = angle * 1.7
        tip = 0.022
        draw.line(
            [
                ((x - tip * math.cos(turn)) * SIZE, (y - tip * math.sin(turn)) * SIZE),
                ((x + tip * math.cos(turn)) * SIZE, (y + tip * math.sin(turn)) * SIZE),
            ],
            fill=_blend(mid, light, 0.18 + 0.2 * (index % 3) / 2), width=SIZE // 130,
        )  # fmt: skip
    draw.ellipse(_box(0.5, 0.5, 0.05, 0.05), fill=_blend(dark, (0, 0, 0), 0.25))


def _leaves(draw: ImageDraw.ImageDraw, dark: Colour, mid: Colour, number: int) -> None:
    lean = (number % 3 - 1) * 0.12
    for angle, length, colour in (
        (-0.95 + lean, 0.42, mid), (0.95 + lean, 0.42, dark), (lean, 0.56, _blend(dark, mid, 0.5)),
    ):  # fmt: skip
        _leaf(draw, 0.5, 0.82, angle, length, colour)


def _leaf(draw, x: float, y: float, angle: float, length: float, colour: Colour) -> None:
    def place(along: float, across: float) -> tuple[float, float]:
        return (
            (x + math.sin(angle) * along + math.cos(angle) * across) * SIZE,
            (y - math.cos(angle) * along + math.sin(angle) * across) * SIZE,
        )

    def width(share: float) -> float:
        return 0.3 * length * math.sin(math.pi * share**0.8)

    steps = [step / 60 for step in range(61)]
    right = [place(length * share, width(share)) for share in steps]
    left = [place(length * share, -width(share)) for share in reversed(steps)]
    draw.polygon(right + left, fill=colour)
    vein = _blend(colour, (255, 255, 255), 0.35)
    draw.line([place(0, 0), place(length * 0.94, 0)], fill=vein, width=SIZE // 150)
    for share in (0.25, 0.4, 0.55, 0.7):
        for side in (1, -1):
            end = place(length * (share + 0.13), side * width(share + 0.13) * 0.8)
            draw.line([place(length * share, 0), end], fill=vein, width=SIZE // 260)


def _cup(draw: ImageDraw.ImageDraw, dark: Colour, mid: Colour, light: Colour) -> None:
    draw.ellipse(_box(0.72, 0.56, 0.13, 0.13), fill=dark)
    draw.ellipse(_box(0.72, 0.56, 0.075, 0.075), fill=_blend(light, mid, 0.25))
    sides = [(0.26, 0.4), (0.74, 0.4), (0.66, 0.76), (0.6, 0.8), (0.4, 0.8), (0.34, 0.76)]
    draw.polygon([(x * SIZE, y * SIZE) for x, y in sides], fill=dark)
    draw.ellipse(_box(0.5, 0.4, 0.24, 0.06), fill=mid)
    draw.ellipse(_box(0.5, 0.41, 0.2, 0.042), fill=(176, 112, 52))
    for offset in (-0.08, 0.02, 0.12):
        points = [
            ((0.5 + offset + 0.02 * math.sin(step / 3)) * SIZE, (0.31 - step * 0.008) * SIZE)
            for step in range(18)
        ]
        draw.line(points, fill=_blend(light, (255, 255, 255), 0.7), width=SIZE // 90, joint="curve")
