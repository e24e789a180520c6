"""Phone numbers in one spelling; identifiers of other kinds are none."""

import pytest

from apps.core.phones import normalise_phone


@pytest.mark.parametrize(
    "text",
    ["13800000004", "138 0000 0004", "138-0000-0004", "+86 138 0000 0004", "＋86 13800000004",
     "８６13800000004"],
)  # fmt: skip
def test_spellings_of_one_number(text):
    assert normalise_phone(text) == "+8613800000004"


@pytest.mark.parametrize(
    "text", ["", "D005", "tb-8823107", "D13800000004", "会员13800000004", "1-800-FLOWERS", "12"]
)
def test_other_identifiers_are_no_numbers(text):
    assert normalise_phone(text) is None
