"""Adding many people at once, each tree numbered in one pass."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from django.db.models import F, Max

from apps.distributors.models import Distributor
from apps.distributors.numbering import (
    ROOM_PER_NODE,
    Place,
    breadth_first,
    next_slice,
    number_forest,
    share,
    team_sizes,
    tops_of,
)
from apps.distributors.services.locks import lock_trees
from apps.distributors.services.places import renumber_team

IDS_PER_QUERY = 500


class Upline(NamedTuple):
    """Somebody stored under whom newcomers are added, and where their last child ends."""

    tree_id: int
    place: Place
    last_rght: int | None


def plant_forest(
    people: Sequence[Distributor], parents: Sequence[int], uplines: Mapping[int, int]
) -> None:
    """Store `people`, none of them stored yet and none on a cycle.

    `parents[i]` is the index of the upline among `people`, or -1; such a person is a root unless
    `uplines[i]` is the id of an upline stored already. Locks the trees it adds to. Existing people
    are renumbered only in trees without room for the newcomers.
    """
    order = breadth_first(parents)
    stored = _lock_uplines(people[0].merchant_id, set(uplines.values())) if uplines else {}
    tops, crowded = _tops(parents, order, uplines, stored)
    places = dict(enumerate(number_forest(parents, tops)))
    top_of = tops_of(parents, order)
    tree_ids = {top: stored[pk].tree_id for top, pk in uplines.items()}
    for tree_id in sorted(crowded):
        newcomers = [node for node in order if tree_ids.get(top_of[node]) == tree_id]
        places |= _renumber_with(tree_id, newcomers, parents, uplines)
    for node in order:
        person = people[node]
        person.lft, person.rght, person.tree_depth = places[node]
        # A root's tree is known once the root has its id.
        person.tree_id = tree_ids.get(top_of[node], 0)
    _insert_uplines_first(people, parents, uplines, order)


def _lock_uplines(merchant_id: int, ids: set[int]) -> dict[int, Upline]:
    """The uplines as they stand, with their trees locked."""
    locked: set[int] = set()
    while True:
        people = {pk: row for part in _parts(ids) for pk, *row in _rows(part)}
        tree_ids = {tree_id for tree_id, *_place in people.values()}
        if tree_ids <= locked:
            break
        lock_trees(merchant_id, tree_ids - locked)
        locked |= tree_ids
    last = {pk: rght for part in _parts(ids) for pk, rght in _last_children(part)}
    return {
        pk: Upline(tree_id, Place(lft, rght, depth), last.get(pk))
        for pk, (tree_id, lft, rght, depth) in people.items()
    }


def _parts(ids: set[int]) -> list[list[int]]:
    everything = sorted(ids)
    return [
        everything[start : start + IDS_PER_QUERY]
        for start in range(0, len(everything), IDS_PER_QUERY)
    ]


def _rows(ids: list[int]):
    columns = ("pk", "tree_id", "lft", "rght", "tree_depth")
    return Distributor.objects.filter(pk__in=ids).order_by().values_list(*columns)


def _last_children(ids: list[int]):
    children = Distributor.objects.filter(parent__in=ids).order_by()
    return children.values_list("parent").annotate(Max("rght"))


def _tops(
    parents: Sequence[int],
    order: Sequence[int],
    uplines: Mapping[int, int],
    stored: Mapping[int, Upline],
) -> tuple[dict[int, Place], set[int]]:
    """Where the topmost newcomers go, and the trees in which there is too little room."""
    sizes = team_sizes(parents, order)
    newcomers_of: dict[int, list[int]] = {}
    for top, pk in uplines.items():
        newcomers_of.setdefault(pk, []).append(top)
    tops, crowded = {}, set()
    for pk, heads in newcomers_of.items():
        upline = stored[pk]
        space = next_slice(upline.place, upline.last_rght, count=len(heads))
        people = sum(sizes[head] for head in heads)
        if space is None or space.width < ROOM_PER_NODE * people:
            crowded.add(upline.tree_id)
        else:
            places = share(space.lft, space.width, space.depth, [sizes[head] for head in heads])
            tops.update(zip(heads, places, strict=True))
    return tops, crowded


def _renumber_with(
    tree_id: int, newcomers: Sequence[int], parents: Sequence[int], uplines: Mapping[int, int]
) -> dict[int, Place]:
    # Ids and indices are both integers: an index is wrapped to be told apart.
    keyed = [
        ((node,), uplines[node] if parents[node] < 0 else (parents[node],)) for node in newcomers
    ]
    places = renumber_team(Distributor.objects.get(pk=tree_id), keyed)
    return {node: place for (node,), place in places.items()}


def _insert_uplines_first(
    people: Sequence[Distributor],
    parents: Sequence[int],
    uplines: Mapping[int, int],
    order: Sequence[int],
) -> None:
    """One statement per generation and batch; every row is written once, with its final values."""
    generation: dict[int, int] = {}
    for node in order:
        generation[node] = 0 if parents[node] < 0 else generation[parents[node]] + 1
    for number, nodes in groupby(order, key=generation.get):
        group = list(nodes)
        for node in group:
            person = people[node]
            if number:
                upline = people[parents[node]]
                person.parent_id, person.tree_id = upline.pk, upline.tree_id
            else:
                person.parent_id = uplines.get(node)
        Distributor.objects.bulk_create([people[node] for node in group], batch_size=1000)
        if not number:
            _give_roots_their_tree([people[node] for node in group])


def _give_roots_their_tree(people: Sequence[Distributor]) -> None:
    # Zero stands for no tree, and only until here: nobody outside the transaction sees it.
    if Distributor.objects.filter(tree_id=0).update(tree_id=F("pk")):
        for person in people:
            person.tree_id = person.tree_id or person.pk
