"""How amounts and rates look on a page: sign, currency, thousands, two decimals."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SYMBOLS = {
    "CNY": "¥",
    "HKD": "HK$",
    "TWD": "NT$",
    "SGD": "S$",
    "MYR": "RM",
    "USD": "US$",
    "EUR": "€",
}
MINUS = "−"


@register.filter
def currency_symbol(currency: str) -> str:
    """The sign of an ISO currency code; an unknown code is its own sign."""
    return SYMBOLS.get(currency, f"{currency} ")


@register.filter
def money_text(amount: Decimal | None, currency: str) -> str:
    """“¥1,234.50” as plain text, for titles and attributes; a missing amount is “—”."""
    if amount is None:
        return "—"
    sign = MINUS if amount < 0 else ""
    return f"{sign}{currency_symbol(currency)}{abs(amount):,.2f}"


@register.filter
def money(amount: Decimal | None, currency: str) -> SafeString:
    """“¥1,234.50” marked up as money, which the eye button can hide."""
    return format_html('<span class="money">{}</span>', money_text(amount, currency))


@register.filter
def signed_money(amount: Decimal, currency: str) -> SafeString:
    """“+¥12.00” or “−¥12.00”, coloured by its sign."""
    plus, tone = ("+", "good") if amount > 0 else ("", "bad" if amount < 0 else "soft")
    return format_html(
        '<span class="money {}">{}{}</span>', tone, plus, money_text(amount, currency)
    )


@register.filter
def rate(percent: Decimal) -> str:
    """A percentage without trailing zeros: “12.5%”."""
    return f"{percent:.2f}".rstrip("0").rstrip(".") + "%"
