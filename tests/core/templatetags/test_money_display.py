"""How amounts look on a page."""

from decimal import Decimal

import pytest

from apps.core.templatetags.money_display import money, money_text, rate, signed_money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.5", "CNY", "¥1,234,567.50"),
        ("0", "CNY", "¥0.00"),
        ("-12.3", "CNY", "−¥12.30"),
        ("9.99", "MYR", "RM9.99"),
        ("9.99", "XYZ", "XYZ 9.99"),
    ],
)
def test_an_amount_has_its_sign_thousands_and_two_decimals(amount, currency, text):
    assert money_text(Decimal(amount), currency) == text


def test_a_missing_amount_is_a_dash():
    assert money_text(None, "CNY") == "—"


def test_money_is_marked_so_that_it_can_be_hidden():
    assert money(Decimal("8"), "CNY") == '<span class="money">¥8.00</span>'


@pytest.mark.parametrize(
    ("amount", "html"),
    [
        ("12", '<span class="money good">+¥12.00</span>'),
        ("-3.5", '<span class="money bad">−¥3.50</span>'),
        ("0", '<span class="money soft">¥0.00</span>'),
    ],
)
def test_a_signed_amount_says_and_shows_its_sign(amount, html):
    assert signed_money(Decimal(amount), "CNY") == html


@pytest.mark.parametrize(
    ("percent", "text"), [("12.50", "12.5%"), ("10.00", "10%"), ("0.05", "0.05%"), ("100", "100%")]
)
def test_a_rate_drops_zeros_that_say_nothing(percent, text):
    assert rate(Decimal(percent)) == text
