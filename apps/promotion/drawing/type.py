"""Chinese type: which font has a character, how lines break, how wide they are."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from fontTools.ttLib import TTFont
from PIL import ImageDraw, ImageFont

PACKAGE = "justmytype_intl_cjk"
# Simplified Chinese first; the others hold rare characters of names that it lacks.
PACKAGE_FONTS = tuple(
    f"fonts/ofl/notosans{script.lower()}/NotoSans{script}[wght].ttf"
    for script in ("SC", "TC", "JP", "KR")
)
# What printers set where the type has no such character.
MISSING = "〓"
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
# Never at the start of a line, and never at its end.
NOT_FIRST = "，。、；：？！）】》〉」』”’…—～·％‰℃!),.:;?]}%"
NOT_LAST = "（【《〈「『“‘([{¥$￥"
PIECE = re.compile(r"\s+|[A-Za-z0-9À-ɏ¥$]+(?:[.'’\-/&+][A-Za-z0-9À-ɏ]+)*|.", re.DOTALL)
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Face:
    """A size in pixels and a weight from 100 to 900."""

    size: int
    weight: int = 400


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """The fonts there are, the preferred one first: POSTER_FONT, then the package's.

    Raises ImproperlyConfigured, with the remedy, where there is none.
    """
    asked = [settings.POSTER_FONT] if settings.POSTER_FONT else []
    try:
        asked += [str(resources.files(PACKAGE) / name) for name in PACKAGE_FONTS]
    except ModuleNotFoundError:
        pass  # POSTER_FONT alone, then
    found = tuple(name for name in asked if Path(name).is_file())
    if not found:
        raise ImproperlyConfigured(
            "No Chinese font for posters: install justmytype-intl-cjk, or set POSTER_FONT to a "
            "font file such as /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc."
        )
    return found


@lru_cache(maxsize=8)
def _characters(path: str) -> frozenset[int]:
    with TTFont(path, lazy=True, fontNumber=_number(path)) as font:
        return frozenset(font.getBestCmap())


def _number(path: str) -> int:
    """Which face of a collection: Noto's CJK collections have simplified Chinese third."""
    return 2 if path.endswith(".ttc") and "CJK" in path else 0


@lru_cache(maxsize=128)
def _font(path: str, face: Face) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, face.size, index=_number(path))
    try:
        font.set_variation_by_axes([face.weight])
    except OSError:
        pass  # a font of one weight
    return font


@lru_cache(maxsize=4096)
def _font_of(character: str) -> str | None:
    """The first font that has the character."""
    return next((path for path in font_files() if ord(character) in _characters(path)), None)


def printable(text: str) -> str:
    """The text as it can be set: no emoji, one space for any, a mark for what no font has."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    kept = []
    for character in " ".join(text.split()):
        if character == " " or _font_of(character):
            kept.append(character)
        elif unicodedata.category(character)[0] in "LN":
            kept.append(MISSING)
    return " ".join("".join(kept).split())


def _runs(text: str) -> list[tuple[str, str]]:
    """(font, characters) in order; a space goes with what stands before it."""
    fonts, last = [], font_files()[0]
    for character in text:
        last = last if character == " " else _font_of(character) or last
        fonts.append(last)
    pairs = zip(fonts, text, strict=True)
    return [
        (font, "".join(character for _font, character in group))
        for font, group in groupby(pairs, key=lambda pair: pair[0])
    ]


def width_of(text: str, face: Face) -> float:
    """How wide one line is."""
    return sum(_font(path, face).getlength(part) for path, part in _runs(text))


def set_line(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    face: Face,
    fill: str,
    align: str = "left",
) -> float:
    """Set one line, `place` on its base line at the left, middle or right; returns its width."""
    width = width_of(text, face)
    x = place[0] - {"left": 0, "middle": width / 2, "right": width}[align]
    for path, part in _runs(text):
        font = _font(path, face)
        draw.text((x, place[1]), part, font=font, fill=fill, anchor="ls")
        x += font.getlength(part)
    return width


def _units(text: str) -> list[str]:
    """What must stay together: a word, or a character with the punctuation that clings to it."""
    units: list[str] = []
    for piece in PIECE.findall(text):
        clings = units and (piece[0] in NOT_FIRST or units[-1][-1] in NOT_LAST)
        if clings and not piece.isspace():
            units[-1] += piece
        else:
            units.append(" " if piece.isspace() else piece)
    return units


def _fill(units: list[str], face: Face, width: float) -> list[str]:
    lines, line = [], ""
    for unit in units:
        if line and width_of((line + unit).rstrip(), face) > width:
            lines.append(line.rstrip())
            line = ""
        line = (line + unit).lstrip()
        while len(line) > 1 and width_of(line, face) > width:
            # One word longer than a line.
            cut = next(n for n in range(len(line) - 1, 0, -1) if _may_cut(line, n, face, width))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _may_cut(line: str, place: int, face: Face, width: float) -> bool:
    if place == 1:
        return True
    return line[place] not in NOT_FIRST and width_of(line[:place], face) <= width


def wrap(text: str, face: Face, width: float, most: int) -> list[str]:
    """At most `most` lines no wider than `width`, about equally long; “…” where more was left out.

    No line begins with a closing mark (，。》…) or ends with an opening one, and Latin words and
    figures are kept whole as long as they fit.
    """
    units = _units(text)
    lines = _fill(units, face, width)
    if len(lines) > most:
        return [*lines[: most - 1], _shorten("".join(lines[most - 1 :]), face, width)]
    narrower = width
    while len(lines) > 1 and narrower > width / 2:
        narrower -= face.size / 2
        tried = _fill(units, face, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def _shorten(text: str, face: Face, width: float) -> str:
    while text and width_of(text + ELLIPSIS, face) > width:
        text = text[:-1]
    return text.rstrip(NOT_FIRST + NOT_LAST + " ") + ELLIPSIS


def shorten(text: str, face: Face, width: float) -> str:
    """One line no wider than `width`."""
    return text if width_of(text, face) <= width else _shorten(text, face, width)
