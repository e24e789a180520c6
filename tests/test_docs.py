"""What the documents name exists: files, tests, commands and their options."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from apps.merchants.roles import ROLE_PERMISSIONS, Role

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "examples/README.md",
]
LINK = re.compile(r"""(?:\]\(|src=")([^)#"\s]+)""")
ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")
TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
COMMAND = re.compile(r"manage\.py ([a-z]+(?:_[a-z]+)*)(?!\w)((?: [^`\n|>]+)?)")
# Django's own commands have options of their own, which are not ours to check.
OURS = {name for name, app in get_commands().items() if app.startswith("apps.")}

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def options_of(command: str) -> set[str]:
    parser = load_command_class(get_commands()[command], command).create_parser("", command)
    return {option for action in parser._actions for option in action.option_strings}


@every_page
def test_links_lead_somewhere(path):
    targets = [each for each in LINK.findall(path.read_text("utf-8")) if "://" not in each]
    assert [each for each in targets if not (path.parent / each).exists()] == []


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@every_page
def test_links_into_a_page_find_their_heading(path):
    for page, anchor in ANCHOR.findall(path.read_text("utf-8")):
        target = path.parent / page if page else path
        assert anchor in anchors(target.read_text("utf-8")), (page, anchor)


@every_page
def test_named_tests_exist(path):
    for test, name in TEST.findall(path.read_text("utf-8")):
        assert (ROOT / test).exists(), test
        source = (ROOT / test).read_text("utf-8")
        assert not name or re.search(rf"(def|class) {name}\b", source), f"{test}::{name}"


@every_page
def test_named_commands_and_options_exist(path):
    text = path.read_text("utf-8").replace("\\\n", " ")
    for command, rest in COMMAND.findall(text):
        assert command in get_commands(), command
        if command in OURS:
            named = set(re.findall(r"(?<![\w-])--[a-z-]+", rest))
            assert named <= options_of(command), (command, named)


# What each row of the roles table stands for, in its order.
ROLE_ROWS = [
    "orders.view_order",
    "distributors.add_distributor",
    "price_control.add_measure",
    "joining.change_application",
    "joining.change_joiningpolicy",
    "joining.add_identityreveal",
    "orders.change_order",
    "orders.add_refund",
    "orders.change_refund",
    "payments.change_paymentflag",
    "payments.add_paymentsettings",
    "commissions.change_plan",
    "distributors.change_treemove",
    "distributors.change_movepolicy",
    "commissions.add_stagerun",
    "commissions.change_appeal",
    "promotion.change_material",
    "orders.change_coupon",
    "payouts.change_withdrawal",
    "payouts.change_debtwriteoff",
    "payouts.change_payoutbatch",
    "insights.add_reconcilerun",
    "payouts.change_payoutfreeze",
    "merchants.change_merchant",
]


@pytest.mark.parametrize("name", ["operators.md", "operators.zh-CN.md"])
def test_the_roles_table_is_what_the_roles_may_do(name):
    text = (ROOT / "docs" / name).read_text("utf-8")
    shown = re.findall(r"^\| [^|]+ \|([ ✓]+)\|([ ✓]+)\|([ ✓]+)\|([ ✓]+)\|$", text, re.MULTILINE)
    assert [[bool(cell.strip()) for cell in row] for row in shown] == [
        [
            permission in ROLE_PERMISSIONS[role]
            for role in (Role.OWNER, Role.OPERATOR, Role.FINANCE, Role.VIEWER)
        ]
        for permission in ROLE_ROWS
    ]
