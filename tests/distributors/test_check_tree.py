"""`manage.py check_tree`: every kind of drift is named, and mended where numbers can mend it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django_scopes import scope

from apps.distributors.models import Distributor
from apps.distributors.selectors.tree_checks import tree_faults
from apps.distributors.services.repairing import repair_trees
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, MerchantFactory


@pytest.fixture
def people(merchant):
    """a ← b ← c, a ← d, and x ← y in a tree of their own."""
    people = {}
    for code, parent in (("a", None), ("b", "a"), ("c", "b"), ("d", "a"), ("x", None), ("y", "x")):
        people[code] = DistributorFactory(code=code, parent=people.get(parent))
    return people


def drift(code, **values):
    Distributor.objects.filter(code=code).update(**values)


def at_fault():
    return sorted(fault.code for fault in tree_faults())


def test_whole_trees_have_no_fault(people):
    assert at_fault() == []


@pytest.mark.parametrize(
    ("code", "values", "found"),
    [
        ("c", {"tree_depth": 7}, ["c"]),
        ("a", {"tree_depth": 1}, ["a", "b", "d"]),
        ("c", {"lft": 2**61, "rght": 2**61 + 5}, ["c"]),
        ("b", {"rght": F("rght") + 5}, ["d"]),
        ("d", {"rght": 2**62}, ["d"]),
        ("y", {"tree_id": 999_999}, ["y"]),
        ("a", {"rght": 2**61}, ["a"]),
        ("x", {"tree_id": 888_888}, ["x", "y"]),
    ],
)
def test_drift_is_named_and_mended(merchant, people, code, values, found):
    drift(code, **values)
    assert at_fault() == found
    assert repair_trees(merchant=merchant) == []
    assert at_fault() == []
    assert_reads_match_parents()


def test_repair_leaves_whole_trees_as_they_are(merchant, people):
    before = list(Distributor.objects.filter(code__in="xy").values_list("lft", "rght"))
    drift("c", tree_depth=7)
    repair_trees(merchant=merchant)
    assert list(Distributor.objects.filter(code__in="xy").values_list("lft", "rght")) == before


def test_a_parent_moved_behind_our_back(merchant, people):
    drift("d", parent=people["y"])
    assert at_fault() == ["d"]
    assert repair_trees(merchant=merchant) == []
    assert [d.code for d in people["x"].get_descendants()] == ["y", "d"]
    assert_reads_match_parents()


def test_a_circle_and_all_below_it_stay_at_fault(merchant, people):
    drift("a", parent=people["b"])
    drift("y", tree_depth=9)
    assert at_fault() == ["a", "b", "c", "d", "y"]
    assert [fault.code for fault in repair_trees(merchant=merchant)] == ["a", "b", "c", "d"]


def test_an_upline_of_another_merchant_stays_at_fault(merchant, people):
    stranger = DistributorFactory(merchant=MerchantFactory(), code="stranger")
    drift("x", parent=stranger)
    drift("y", tree_depth=9)
    assert at_fault() == ["x", "y"]
    assert "x" in [fault.code for fault in repair_trees(merchant=merchant)]


def run(*arguments):
    out, err = StringIO(), StringIO()
    try:
        call_command("check_tree", *arguments, stdout=out, stderr=err)
        code = 0
    except CommandError as error:
        code = error.returncode
    return code, out.getvalue(), err.getvalue()


def test_the_command(merchant, people):
    with scope(merchant=MerchantFactory(code="zz-other")):
        DistributorFactory(code="o")
    whole = f"{merchant.code}: 6 distributors, all in place\n"
    other = "zz-other: 1 distributors, all in place\n"
    assert run() == (0, whole + other, "")
    assert run("--merchant", merchant.code) == (0, whole, "")
    drift("c", tree_depth=7)
    wrong = f"{merchant.code}: c (id {people['c'].pk}): its depth is 7, its upline's 1\n"
    assert run() == (1, other, wrong)
    assert run("--repair") == (
        0, f"{merchant.code}: 1 of 1 faults repaired\n{whole}{other}", wrong
    )  # fmt: skip
    assert run() == (0, whole + other, "")
