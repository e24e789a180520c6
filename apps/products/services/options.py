"""What the SKUs of a product differ in: options, their values, and every combination of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as combine

from django.utils.translation import gettext as _

from apps.products.models import VALUE_SEPARATOR
from apps.products.services.refusals import ProductRefused

MAX_OPTIONS = 3
MAX_VALUES = 20
MAX_COMBINATIONS = 200
MAX_LENGTH = 30
FORBIDDEN = ("/", ";", "；", ":", "：", "|", "\x00")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, such as 颜色, and what there is of it, such as 红 and 白."""

    name: str
    values: tuple[str, ...]


def read_options(rows: Sequence[dict]) -> list[Option]:
    """The options as a product keeps them."""
    return [Option(row["name"], tuple(row["values"])) for row in rows]


def check_options(options: Sequence[Option]) -> list[dict]:
    """The options as a product keeps them. Raises ProductRefused, naming what is wrong."""
    if len(options) > MAX_OPTIONS:
        raise ProductRefused(_("At most %(max)s options.") % {"max": MAX_OPTIONS})
    names = [option.name.strip() for option in options]
    if len(set(names)) != len(names):
        raise ProductRefused(_("Two options have the same name."))
    kept = []
    for name, option in zip(names, options, strict=True):
        values = [value.strip() for value in option.values]
        for text in (name, *values):
            _check_text(text)
        if not values or len(values) > MAX_VALUES:
            raise ProductRefused(
                _("“%(name)s”: from one to %(max)s values.") % {"name": name, "max": MAX_VALUES}
            )
        if len(set(values)) != len(values):
            raise ProductRefused(_("“%(name)s” has the same value twice.") % {"name": name})
        kept.append({"name": name, "values": values})
    return kept


def combinations(options: Sequence[Option]) -> list[str]:
    """Every combination of values, in the order of the options. Raises ProductRefused."""
    found = [VALUE_SEPARATOR.join(each) for each in combine(*(one.values for one in options))]
    if len(found) > MAX_COMBINATIONS:
        raise ProductRefused(
            _("That makes %(count)s combinations; at most %(max)s are possible.")
            % {"count": len(found), "max": MAX_COMBINATIONS}
        )
    return found if options else []


def check_combination(options: Sequence[Option], combination: str) -> str:
    """The combination, if it is one of these options. Raises ProductRefused."""
    values = [value.strip() for value in combination.split(VALUE_SEPARATOR)] if combination else []
    if not values:
        return ""
    fits = len(values) == len(options) and all(
        value in option.values for value, option in zip(values, options, strict=False)
    )
    if not fits:
        raise ProductRefused(
            _("“%(combination)s” is not a combination of the product's options.")
            % {"combination": combination}
        )
    return VALUE_SEPARATOR.join(values)


def _check_text(text: str) -> None:
    if not text or len(text) > MAX_LENGTH or any(sign in text for sign in FORBIDDEN):
        raise ProductRefused(
            _("“%(text)s”: from 1 to %(max)s characters, without / : ; or |.")
            % {"text": text, "max": MAX_LENGTH}
        )
