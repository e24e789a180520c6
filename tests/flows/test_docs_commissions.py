"""Every figure in docs/commissions.md is that of a worked case.

The cases themselves are run through the command line by `test_worked_cases`.
"""

import re
from pathlib import Path

import pytest

from tests.reference.case import Case, table
from tests.reference.worked_cases import CASES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commissions.md"
MARKED_TABLE = re.compile(
    r"^Case “(?P<name>[^”]+)”(?:, (?P<what>\w+))?:\n\n(?P<table>(?:\|.*\n)+)", re.MULTILINE
)
CASE_BY_NAME = {case.name: case for case in CASES}
TABLES = [
    pytest.param(found["name"], found["what"] or "commissions", found["table"], id=found["name"])
    for found in MARKED_TABLE.finditer(PAGE.read_text(encoding="utf-8"))
]


def markdown_rows(text: str) -> list[dict[str, str]]:
    header, _rule, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
    )
    return [dict(zip(header, row, strict=True)) for row in rows]


def case_rows(case: Case, what: str) -> list[dict[str, str]]:
    if what == "ranking":
        _first, _last, _by, rows = case.rankings[0]
        return table(rows)
    return table(getattr(case, what))


@pytest.mark.parametrize(("name", "what", "text"), TABLES)
def test_a_table_is_what_its_case_computes(name, what, text):
    shown = markdown_rows(text)

    assert shown
    assert shown == [
        {column: row[column] for column in shown[0]} for row in case_rows(CASE_BY_NAME[name], what)
    ]


def test_no_table_stands_there_without_its_case():
    text = PAGE.read_text(encoding="utf-8")
    assert len(TABLES) == len(re.findall(r"^Case ", text, re.MULTILINE)) > 20


def test_every_rule_that_has_cases_has_one_on_the_page():
    shown = {CASE_BY_NAME[each.values[0]].point for each in TABLES}
    assert shown == {case.point for case in CASES}
