"""Room in the tree: where new people go, and renumbering a team that has become crowded.

Callers hold the lock of the tree.
"""

from collections.abc import Hashable, Iterable, Sequence

from django.db import connection

from apps.distributors.models import Distributor
from apps.distributors.numbering import ROOM_PER_NODE, Place, next_slice, number_forest


def place_of(distributor: Distributor) -> Place:
    """Where the person stands."""
    return Place(distributor.lft, distributor.rght, distributor.tree_depth)


def next_place(parent: Distributor) -> Place:
    """Where the next child of `parent` goes; renumbers a team only when the slice is too narrow."""
    last_rght = (
        Distributor.objects.filter(parent=parent)
        .order_by("-lft")
        .values_list("rght", flat=True)
        .first()
    )
    return next_slice(place_of(parent), last_rght) or _place_after_renumbering(parent)


def _place_after_renumbering(parent: Distributor) -> Place:
    newcomer = "newcomer"
    head = _nearest_with_room(parent)
    return renumber_team(head, [(newcomer, parent.pk)])[newcomer]


def _nearest_with_room(parent: Distributor) -> Distributor:
    """The nearest of `parent` and its uplines that can give everybody in its team room."""
    uplines = parent.get_ancestors(ascending=True, include_self=True)
    size = 1
    for pk, lft, rght, parent_id in uplines.values_list("pk", "lft", "rght", "parent_id"):
        # At least: who was counted below, this person, the newcomer. Counting only where that fits
        # keeps a long climb cheap.
        size += 1
        if parent_id is not None and rght - lft < ROOM_PER_NODE * size:
            continue
        size = team(parent.tree_id, lft, rght).count() + 1
        if parent_id is None or rght - lft >= ROOM_PER_NODE * size:
            return Distributor.objects.get(pk=pk)
    raise AssertionError("a tree ends at its root")


def team(tree_id: int, lft: int, rght: int):
    """Everybody whose interval lies in [lft, rght], in tree order."""
    return Distributor.objects.filter(tree_id=tree_id, lft__gte=lft, lft__lte=rght).order_by("lft")


def renumber_team(
    head: Distributor, newcomers: Sequence[tuple[Hashable, Hashable]] = ()
) -> dict[Hashable, Place]:
    """Spread the team evenly over `head`'s own interval; the places of the newcomers.

    `newcomers` are (key, parent's key) with uplines first, a key being an id or, for somebody not
    yet stored, whatever the caller likes that is no integer. They come after existing siblings.
    """
    stored = list(team(head.tree_id, head.lft, head.rght).values_list("pk", "parent_id"))
    people = [*stored, *newcomers]
    index = {key: position for position, (key, _parent) in enumerate(people)}
    parents = [index[parent] if key != head.pk else -1 for key, parent in people]
    places = number_forest(parents, {index[head.pk]: place_of(head)})
    write_places((pk, head.tree_id, places[index[pk]]) for pk, _parent in stored if pk != head.pk)
    return {key: places[index[key]] for key, _parent in newcomers}


def write_places(rows: Iterable[tuple[int, int, Place]]) -> None:
    """Store (id, tree id, place) rows, thousands at a time."""
    # Values from outside stay parameters; the table's name is the model's own.
    table = connection.ops.quote_name(Distributor._meta.db_table)
    update = f"UPDATE {table} SET tree_id = %s, lft = %s, rght = %s, tree_depth = %s WHERE id = %s"  # noqa: S608
    values = [(tree_id, place.lft, place.rght, place.depth, pk) for pk, tree_id, place in rows]
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(update, values)
