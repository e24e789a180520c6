"""The walk-through of README.md and README.zh-CN.md, line by line: it prints what they show.

A `sh` block is run; in a `console` block each command (`$ …`) must print exactly what stands below.
"""

import re
import shlex
from pathlib import Path

import pytest

from apps.merchants.models import Merchant
from tests.flows.command_line import run

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = ["python", "manage.py"]


def walk_through(page: str) -> list[tuple[list[str], str | None]]:
    """The manage.py commands of the page in order, each with what it must print (None: unsaid)."""
    steps: list[tuple[list[str], str | None]] = []
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    for kind, block in BLOCK.findall(text):
        if kind == "sh":
            steps += [(shlex.split(line), None) for line in block.splitlines()]
            continue
        for part in block.removeprefix("$ ").split("\n$ "):
            command, _newline, printed = part.partition("\n")
            steps.append((shlex.split(command), printed.rstrip("\n")))
    return [(words[2:], printed) for words, printed in steps if words[:2] == PROGRAM]


@pytest.mark.django_db
@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_walk_through_prints_what_it_shows(readme, monkeypatch):
    monkeypatch.chdir(ROOT)
    steps = walk_through(readme)
    shown = [words[0] for words, printed in steps if printed is not None]
    assert shown == [
        "run_due", "run_due", "export_ranking", "export_commissions", "reconcile", "check_tree",
    ]  # fmt: skip

    for words, printed in steps:
        if words[0] == "migrate":
            continue
        output = run(*words)
        if printed is not None:
            assert output.rstrip("\n") == printed, words
    assert Merchant.objects.get().code == "yunling"


def test_both_languages_walk_the_same_way():
    def without_who(page: str) -> list:
        return [
            (words[: words.index("--acknowledge")] if "--acknowledge" in words else words, printed)
            for words, printed in walk_through(page)
        ]

    assert without_who("README.md") == without_who("README.zh-CN.md")
