"""What docs/integrators.md prints of `explain` and `audit_commissions` is what they print."""

import pytest

from tests.flows.command_line import run
from tests.flows.test_readme import ROOT, walk_through


@pytest.mark.django_db
def test_the_examples_print_what_they_show(monkeypatch):
    monkeypatch.chdir(ROOT)
    for words, _printed in walk_through("README.md"):
        if words[0].startswith(("create_", "import_", "run_due")):
            run(*words)
    steps = walk_through("docs/integrators.md")
    assert [words[0] for words, _printed in steps] == ["explain", "audit_commissions"]
    for words, printed in steps:
        assert run(*words).rstrip("\n") == printed
