from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.core.csv_output import csv_lines, safe_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_words_a_spreadsheet_would_run_get_a_leading_quote(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_amounts_times_and_nothing_keep_their_meaning():
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    cells = [Decimal("-3"), moment, None, 7, "茶"]
    assert list(csv_lines(["a", "b", "c", "d", "e"], [cells], bom=True)) == [
        "\ufeffa,b,c,d,e\n",
        "-3.00,2026-03-01T09:30:00+00:00,,7,茶\n",
    ]
