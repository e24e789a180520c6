"""Adding many people at once, each tree numbered in one pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from django.db.models import Max, Model
from django.utils import timezone

from apps.core.bulk import any_of, insert_rows, moment_text, other_columns, reserve_ids
from apps.distributors.models import Distributor, DistributorEvent, new_shop_codes
from apps.distributors.numbering import (
    LEAST_ROOM_PER_NODE,
    Place,
    breadth_first,
    next_slice,
    number_forest,
    share,
    team_sizes,
    tops_of,
)
from apps.distributors.services.locks import lock_trees_of
from apps.distributors.services.places import renumber_team
from apps.merchants.models import Merchant

ROWS_PER_REPORT = 1000


class Upline(NamedTuple):
    """Somebody stored under whom newcomers are added, and where their last child ends."""

    tree_id: int
    place: Place
    last_rght: int | None


class Newcomers(NamedTuple):
    """People to store, column by column: so they go to the database without a tuple in between.

    Phones in E.164 or None, moments as `moment_text` writes them, the uplines' codes as history
    will tell them.
    """

    codes: Sequence[str]
    names: Sequence[str]
    phones: Sequence[str | None]
    level_ids: Sequence[int | None]
    statuses: Sequence[str]
    joined: Sequence[str]
    parent_codes: Sequence[str]


def plant_forest(
    merchant: Merchant,
    people: Newcomers,
    parents: Sequence[int],
    uplines: Mapping[int, int],
    on_written: Callable[[int], None],
) -> None:
    """Store `people`, none of them stored yet and none on a cycle, and that they joined.

    `parents[i]` is the index of the upline among `people`, or -1; such a person is a root unless
    `uplines[i]` is the id of an upline stored already. Locks the trees it adds to. Existing people
    are renumbered only in trees without room for the newcomers. `on_written` hears how many of
    them are.
    """
    if not parents:
        return
    order = breadth_first(parents)
    stored = _lock_uplines(merchant.pk, set(uplines.values()))
    tops, crowded = _tops(parents, order, uplines, stored)
    places = number_forest(parents, tops)
    top_of = tops_of(parents, order)
    tree_ids = {top: stored[pk].tree_id for top, pk in uplines.items()}
    for tree_id in sorted(crowded):
        newcomers = [node for node in order if tree_ids.get(top_of[node]) == tree_id]
        for node, place in _renumber_with(tree_id, newcomers, parents, uplines).items():
            places[node] = place
    ids = reserve_ids(Distributor, len(parents))
    tree_of = {top: tree_ids.get(top) or ids[top] for top in set(top_of.values())}
    columns = (
        ids,
        [ids[up] if up >= 0 else uplines.get(node) for node, up in enumerate(parents)],
        [tree_of[top_of[node]] for node in range(len(parents))],
        *zip(*places, strict=True),
        *people[:6],
        new_shop_codes(len(parents)),
    )
    _insert(Distributor, PERSON_COLUMNS, columns, (merchant.pk,), on_written)
    constants = (merchant.pk, "joined", "", "", moment_text(timezone.now()))
    events = (ids, people.parent_codes, people.joined)
    _insert(DistributorEvent, EVENT_COLUMNS, events, constants)
    on_written(len(parents))


PERSON_COLUMNS = (
    *("id", "parent_id", "tree_id", "lft", "rght", "tree_depth"),
    *("code", "name", "phone", "level_id", "status", "joined_at", "shop_code", "merchant_id"),
)
EVENT_COLUMNS = (
    *("distributor_id", "new_value", "effective_at"),
    *("merchant_id", "field", "old_value", "reason", "created_at"),
)


def _insert(
    model: type[Model],
    names: Sequence[str],
    columns: Sequence[Sequence],
    constants: Sequence,
    on_written: Callable[[int], None] | None = None,
) -> None:
    """Rows of `columns`, which differ from row to row, and of `constants`, which do not."""
    others = other_columns(model, names)
    rows = zip(*columns, *map(repeat, (*constants, *others.values())), strict=False)
    insert_rows(model, [*names, *others], _counted(rows, on_written) if on_written else rows)


def _counted(rows: Iterable[tuple], on_written: Callable[[int], None]) -> Iterator[tuple]:
    for done, row in enumerate(rows):
        if not done % ROWS_PER_REPORT:
            on_written(done)
        yield row


def _lock_uplines(merchant_id: int, ids: set[int]) -> dict[int, Upline]:
    """The uplines as they stand, with their trees locked."""
    lock_trees_of(merchant_id, ids)
    people = {pk: row for pk, *row in _rows(ids)}
    last = dict(_last_children(ids))
    return {
        pk: Upline(tree_id, Place(lft, rght, depth), last.get(pk))
        for pk, (tree_id, lft, rght, depth) in people.items()
    }


def _rows(ids: set[int]):
    columns = ("pk", "tree_id", "lft", "rght", "tree_depth")
    return Distributor.objects.filter(pk__in=any_of(ids)).order_by().values_list(*columns)


def _last_children(ids: set[int]):
    children = Distributor.objects.filter(parent_id__in=any_of(ids)).order_by()
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
        if space is None or space.width < LEAST_ROOM_PER_NODE * people:
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
