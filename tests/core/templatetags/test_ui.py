"""Small parts of the design language."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.core.templatetags.ui import badge, filled_stars, icon, initial, masked

SPRITE = Path(settings.BASE_DIR / "static/icons/sprite.svg").read_text()
TEMPLATES = sorted(Path(settings.BASE_DIR / "templates").rglob("*.html"))


def test_an_icon_is_a_symbol_of_the_sprite_and_silent():
    assert icon("home", "s") == (
        '<svg class="icon icon-s" aria-hidden="true">'
        '<use href="/static/icons/sprite.svg#home"></use></svg>'
    )


def test_every_icon_that_a_template_names_is_drawn():
    named = set()
    for path in TEMPLATES:
        named |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text()))
        named |= set(re.findall(r'symbol="([\w-]+)"', path.read_text()))

    assert named - set(re.findall(r'<symbol id="([\w-]+)"', SPRITE)) == set()


def test_a_badge_has_the_colour_of_its_state():
    assert badge("paid", "paid") == '<span class="badge badge-good">Paid</span>'
    assert badge("金牌") == '<span class="badge">金牌</span>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [("+8613812345678", "138****5678"), ("13812345678", "138****5678"), ("王芳", "王芳")],
)
def test_a_phone_number_hides_its_middle(text, shown):
    assert masked(text) == shown


def test_a_person_without_a_picture_is_their_first_character():
    assert (initial("郭娜"), initial(" anna"), initial("")) == ("郭", "A", "?")


def test_stars_are_rounded_half_up():
    assert filled_stars(2.5) == [True, True, True, False, False]
    assert filled_stars(5) == [True] * 5
    assert filled_stars(1.49) == [True, False, False, False, False]
