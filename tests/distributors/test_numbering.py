"""The arithmetic of sparse nested sets, without a database."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.distributors.numbering import (
    ROOT,
    ROOT_RGHT,
    NoRoomError,
    Place,
    breadth_first,
    cycles,
    next_slice,
    number_forest,
    team_sizes,
)


@st.composite
def forests(draw, max_size: int = 60) -> list[int]:
    """Parent indices in any order: uplines may come after their children."""
    size = draw(st.integers(1, max_size))
    parents = [draw(st.integers(-1, node - 1)) for node in range(size)]
    shuffled = draw(st.permutations(range(size)))
    result = [-1] * size
    for node, parent in enumerate(parents):
        result[shuffled[node]] = -1 if parent < 0 else shuffled[parent]
    return result


def uplines(parents: list[int], node: int) -> list[int]:
    """By parent pointers alone, nearest first."""
    found = []
    while parents[node] >= 0:
        node = parents[node]
        found.append(node)
    return found


@given(forests())
def test_intervals_nest_exactly_as_the_parents_say(parents):
    places = number_forest(parents)
    for node, place in enumerate(places):
        above = uplines(parents, node)
        assert place.depth == len(above)
        top = [node, *above][-1]
        for other, wider in enumerate(places):
            if other == node or [other, *uplines(parents, other)][-1] != top:
                continue
            contains = wider.lft < place.lft and place.rght < wider.rght
            apart = place.rght < wider.lft or wider.rght < place.lft
            inside = place.lft < wider.lft and wider.rght < place.rght
            assert contains == (other in above)
            assert contains or apart or inside


@given(forests())
def test_siblings_keep_their_order(parents):
    places = number_forest(parents)
    for parent in set(parents) - {-1}:
        children = [node for node, each in enumerate(parents) if each == parent]
        assert sorted(children, key=lambda node: places[node].lft) == children


@given(forests())
def test_team_sizes_count_everybody_below(parents):
    sizes = team_sizes(parents, breadth_first(parents))
    assert sizes == [
        1 + sum(node in uplines(parents, other) for other in range(len(parents)))
        for node in range(len(parents))
    ]


def test_a_root_owns_the_whole_space():
    assert number_forest([-1]) == [Place(1, 2**62, 0)]


def test_space_is_shared_by_weight():
    # The head weighs 1 + 2, a child with one child 3, a leaf 1: seven units of 100.
    assert number_forest([-1, 0, 0, 1], {0: Place(1, 702, 5)}) == [
        Place(1, 702, 5),
        Place(2, 301, 6),
        Place(302, 401, 6),
        Place(3, 101, 7),
    ]


def test_a_chain_of_100_000_is_numbered_without_recursion():
    places = number_forest([-1, *range(99_999)])
    assert places[-1].depth == 99_999
    assert all(
        above.lft < below.lft < below.rght < above.rght
        for above, below in itertools.pairwise(places)
    )


def test_too_narrow_an_interval_is_refused():
    with pytest.raises(NoRoomError):
        number_forest([-1, 0, 0], {0: Place(1, 8, 0)})


def test_the_first_child_takes_an_eighth():
    space = 2**62 - 2
    assert next_slice(ROOT, None) == Place(2, 1 + space // 8, 1)


def test_the_slice_of_one_more_child_is_tail_by_count_plus_eight():
    last, widths = None, []
    for count in range(50):
        tail = ROOT_RGHT - 1 - (last or 1)
        place = next_slice(ROOT, last)
        assert place.lft == (last or 1) + 1
        assert abs(place.width - tail // (count + 8)) <= tail // 10**9
        last = place.rght
        widths.append(place.width)
    assert widths == sorted(widths, reverse=True)


def test_a_batch_takes_what_its_children_would_have_taken_one_by_one():
    last = None
    for _ in range(10):
        last = next_slice(ROOT, last).rght
    together = next_slice(ROOT, None, count=10)
    assert abs(together.rght - last) < 100


def test_a_full_parent_has_no_slice():
    assert next_slice(Place(1, 2, 0), None) is None
    assert next_slice(Place(1, 100, 0), 99) is None
    assert next_slice(Place(1, 16, 0), None) is None
    assert next_slice(Place(1, 18, 0), None) == Place(2, 3, 1)


def test_cycles_are_found_and_stay_without_a_place():
    #          0   1  2  3  4  5   6
    parents = [-1, 2, 3, 1, 1, 5, 0]
    assert cycles(parents) == [[1, 2, 3], [5]]
    places = number_forest(parents)
    assert [node for node, place in enumerate(places) if place is None] == [1, 2, 3, 4, 5]


@given(forests())
def test_a_forest_has_no_cycle(parents):
    assert cycles(parents) == []
