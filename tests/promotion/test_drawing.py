"""Chinese type and templates: lines break where they may, names show, the code can be scanned."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image

from apps.promotion.drawing import HEIGHT, TEMPLATES, WIDTH, Sheet, draw_poster
from apps.promotion.drawing.type import (
    ELLIPSIS,
    MISSING,
    NOT_FIRST,
    NOT_LAST,
    Face,
    font_files,
    printable,
    shorten,
    width_of,
    wrap,
)
from apps.promotion.qr import qr_matrix

FACE = Face(40, 700)
TEXTS = [
    "云南宫廷熟普洱茶饼，二〇一八年陈（礼盒装）：送长辈首选，温润回甘。",
    "“好茶”，不止一杯——《茶经》里说过；你信吗？信！",
    "新品上市：A-100 Pro 保温杯 500ml，只要 ¥88.00 起，限时 20% 优惠",
    "The quick brown fox jumps over the lazy dog, twice.",
]


@pytest.fixture
def fresh_fonts():
    font_files.cache_clear()
    yield
    font_files.cache_clear()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [160, 240, 333, 420, 638])
def test_no_line_begins_or_ends_where_it_must_not(text, width):
    lines = wrap(text, FACE, width, 99)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert width_of(line, FACE) <= width
    for line in lines[1:]:
        assert line[0] not in NOT_FIRST
    for line in lines[:-1]:
        assert line[-1] not in NOT_LAST


def test_lines_are_about_equally_long():
    [first, second] = wrap("一二三四五六七八九十一", FACE, 400, 2)

    assert (first, second) == ("一二三四五六", "七八九十一")


def test_words_and_figures_stay_whole():
    assert wrap("只要 ¥88.00 起", FACE, 190, 3) == ["只要", "¥88.00 起"]


def test_a_word_longer_than_a_line_is_cut():
    lines = wrap("x" * 40, FACE, 200, 99)

    assert "".join(lines) == "x" * 40
    assert all(width_of(line, FACE) <= 200 for line in lines)


def test_what_does_not_fit_ends_with_an_ellipsis():
    lines = wrap("一" * 60, FACE, 400, 2)

    assert len(lines) == 2
    assert lines[1].endswith(ELLIPSIS)
    assert width_of(lines[1], FACE) <= 400
    assert shorten("短", FACE, 400) == "短"
    assert wrap("", FACE, 400, 2) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("王𠮷芳", "王𠮷芳"),
        ("𬀩䶮堃", "𬀩䶮堃"),
        ("김민수", "김민수"),
        ("小芳🍵🌿", "小芳"),
        ("A\u200dB\ufe0f\n\t C", "AB C"),
        ("李\ue000", "李"),
        ("ሰላም 王", MISSING * 3 + " 王"),
    ],
)
def test_rare_names_are_shown_and_emoji_left_out(given, shown):
    assert printable(given) == shown


def test_a_rare_character_comes_from_another_font_and_not_as_a_box():
    files = [each.rpartition("/")[2] for each in font_files()]

    assert files[0] == "NotoSansSC[wght].ttf"
    assert len(files) == 4
    assert width_of("𠮷", FACE) == 40


def test_a_font_of_ones_own_comes_first(settings, fresh_fonts):
    own = font_files()[2]
    font_files.cache_clear()
    settings.POSTER_FONT = own

    assert font_files()[0] == own


def test_no_font_at_all_says_what_to_do(settings, fresh_fonts, monkeypatch):
    monkeypatch.setattr("apps.promotion.drawing.type.PACKAGE", "no_such_package")
    with pytest.raises(ImproperlyConfigured, match="POSTER_FONT"):
        font_files()

    settings.POSTER_FONT = "/no/such/font.ttf"
    with pytest.raises(ImproperlyConfigured, match="POSTER_FONT"):
        font_files()


ADDRESS = "https://shop.example.com/r/abcdefghjk"


def sheet(**values) -> Sheet:
    facts = {
        "merchant": "云岭茶业", "person": "王芳", "title": TEXTS[0], "slogan": TEXTS[1],
        "hint": "长按识别二维码", "price": "¥1,288.00", "matrix": qr_matrix(ADDRESS),
    }  # fmt: skip
    return Sheet(**facts | values)


def read_code(poster: Image.Image, content: Sheet) -> list[list[bool]]:
    """The modules of the code as they stand on the poster."""
    left, top, right, bottom = content.marks["qr"]
    count = len(content.matrix)
    module = (right - left) // count
    assert (right - left, bottom - top) == (module * count, module * count)
    grey = poster.convert("L")
    half = module // 2
    return [
        [
            grey.getpixel((left + column * module + half, top + row * module + half)) < 128
            for column in range(count)
        ]
        for row in range(count)
    ]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("size", [None, (1200, 900), (300, 1200)], ids=["none", "wide", "tall"])
def test_every_poster_carries_a_code_that_can_be_read(template, size, tmp_path):
    picture = Image.new("RGBA", size, "teal") if size else None
    content = sheet(picture=picture, background=picture)

    poster = draw_poster(template, content)
    poster.save(tmp_path / "poster.jpg", quality=88)
    kept = Image.open(tmp_path / "poster.jpg")

    assert kept.size == (WIDTH, HEIGHT) == (750, 1200)
    assert read_code(kept, content) == qr_matrix(ADDRESS)
    # Large enough to be scanned from a screen: at least 4 pixels a module.
    left, _top, right, _bottom = content.marks["qr"]
    assert (right - left) // len(content.matrix) >= 4


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_words_stay_above_the_footer_however_long(template):
    """Title and price of the longest kind end where the footer begins; nothing is drawn twice."""
    short, long = sheet(title="茶", price=""), sheet(title="云" * 120, price="¥99,999,999.00 起")

    posters = [draw_poster(template, each) for each in (short, long)]

    boxes = [each.marks["qr"] for each in (short, long)]
    assert boxes[0] == boxes[1]
    feet = [poster.crop((0, boxes[0][1], WIDTH, HEIGHT)) for poster in posters]
    assert feet[0].tobytes() == feet[1].tobytes()


def test_a_person_without_a_picture_is_their_first_letter():
    plain = [draw_poster("plain", sheet(person=name)) for name in ("王芳", "李芳", "")]

    assert len({each.tobytes() for each in plain}) == 3
    with_picture = draw_poster("plain", sheet(avatar=Image.new("RGB", (90, 60), "red")))
    assert with_picture.getpixel((56 + 44, 1200 - 280 + 8 + 44)) == (254, 0, 0) or (
        with_picture.getpixel((100, 972))[0] > 200
    )
