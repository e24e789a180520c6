"""Room in the tree: where new people go, and renumbering a team that has become crowded.

Callers hold the lock of the tree, unless it says otherwise.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import islice

from django.db import connection

from apps.core.bulk import array_text
from apps.distributors.models import Distributor
from apps.distributors.numbering import (
    LEAST_ROOM_PER_NODE,
    ROOM_PER_NODE,
    ROOT,
    Place,
    next_slice,
    number_forest,
)
from apps.distributors.selectors.tree_checks import OnProgress

ROWS_PER_UPDATE = 20_000


def place_of(distributor: Distributor) -> Place:
    """Where the person stands."""
    return Place(distributor.lft, distributor.rght, distributor.tree_depth)


def free_place(parent: Distributor) -> Place | None:
    """Where the next child of `parent` goes without touching anybody; None where it is crowded.

    The parent's row is locked: nobody else takes the same numbers.
    """
    return next_slice(place_of(parent), last_child_end(parent))


def next_place(parent: Distributor) -> Place:
    """Where the next child of `parent` goes; renumbers a team only when it is too crowded."""
    return free_place(parent) or _place_after_renumbering(parent)


def last_child_end(parent: Distributor) -> int | None:
    """Up to where `parent` has given its numbers to children; None without any."""
    ends = Distributor.objects.filter(parent=parent).order_by("-lft").values_list("rght", flat=True)
    return ends.first()


def _place_after_renumbering(parent: Distributor) -> Place:
    newcomer = "newcomer"
    head = _nearest_with_room(parent, for_people=1)
    return renumber_team(head, [(newcomer, parent.pk)])[newcomer]


def _nearest_with_room(parent: Distributor, *, for_people: int) -> Distributor:
    """The nearest of `parent` and its uplines that can give its team and the newcomers room."""
    uplines = parent.get_ancestors(ascending=True, include_self=True)
    size = for_people
    for pk, lft, rght, parent_id in uplines.values_list("pk", "lft", "rght", "parent_id"):
        # At least: who was counted below, this person, the newcomers. Counting only where that fits
        # keeps a long climb cheap.
        size += 1
        if parent_id is not None and rght - lft < ROOM_PER_NODE * size:
            continue
        size = team(parent.tree_id, lft, rght).count() + for_people
        if parent_id is None or rght - lft >= ROOM_PER_NODE * size:
            return Distributor.objects.get(pk=pk)
    raise AssertionError("a tree ends at its root")


def team(tree_id: int, lft: int, rght: int):
    """Everybody whose interval lies in [lft, rght], in tree order."""
    return Distributor.objects.filter(tree_id=tree_id, lft__gte=lft, lft__lte=rght).order_by("lft")


def renumber_team(
    head: Distributor,
    newcomers: Sequence[tuple[Hashable, Hashable]] = (),
    leaving: Collection[int] = (),
) -> dict[Hashable, Place]:
    """Spread the team evenly over `head`'s own interval; the places of the newcomers.

    `newcomers` are (key, parent's key) with uplines first, a key being an id or, for somebody not
    yet stored, whatever the caller likes that is no integer. They come after existing siblings.
    Ids of `leaving` are left out, and as they are.
    """
    members = team(head.tree_id, head.lft, head.rght).values_list("pk", "parent_id")
    stored = [member for member in members if member[0] not in leaving]
    places = number_people([*stored, *newcomers], {head.pk: place_of(head)})
    write_places((pk, head.tree_id, places[pk]) for pk, _parent in stored if pk != head.pk)
    return {key: places[key] for key, _parent in newcomers}


def move_team(head: Distributor, parent: Distributor | None) -> None:
    """Number `head` and everybody below anew: under `parent`, or as a tree of their own.

    Writes these rows only, unless the new upline has become too crowded: then the nearest team
    above with room is spread anew as well. Both trees are locked, and `parent` is not in the team.
    """
    people = list(team(head.tree_id, head.lft, head.rght).values_list("pk", "parent_id"))
    tree_id, top = (head.pk, ROOT) if parent is None else (parent.tree_id, _slice(parent, people))
    parent_id = parent.pk if parent else None
    if top:
        places = number_people(people, {head.pk: top})
    else:
        newcomers = [(pk, parent_id if pk == head.pk else above) for pk, above in people]
        crowded = _nearest_with_room(parent, for_people=len(people))
        places = renumber_team(crowded, newcomers, leaving={pk for pk, _above in people})
    write_places((pk, tree_id, places[pk]) for pk, _above in people)
    Distributor.objects.filter(pk=head.pk).update(parent=parent_id)


def _slice(parent: Distributor, people: Sequence) -> Place | None:
    """Where a whole team fits under `parent`; None where it is too crowded."""
    for share_of in (1, len(people)):
        found = next_slice(place_of(parent), last_child_end(parent), count=share_of)
        wanted = ROOM_PER_NODE if share_of == 1 else LEAST_ROOM_PER_NODE
        if found and found.width >= wanted * len(people):
            return found
    return None


def number_people(
    people: Sequence[tuple[Hashable, Hashable]], tops: Mapping[Hashable, Place]
) -> dict[Hashable, Place]:
    """The place of everybody, from (key, parent's key) and where the topmost stand.

    Raises NoRoomError.
    """
    index = {key: position for position, (key, _parent) in enumerate(people)}
    parents = [-1 if key in tops else index[parent] for key, parent in people]
    places = number_forest(parents, {index[key]: place for key, place in tops.items()})
    return {key: places[position] for key, position in index.items()}


def write_places(
    rows: Iterable[tuple[int, int, Place]], on_progress: OnProgress | None = None
) -> None:
    """Store (id, tree id, place) rows, thousands at a time; the rows may come one by one."""
    rows = iter(rows)
    done = 0
    while part := list(islice(rows, ROWS_PER_UPDATE)):
        _write([(tree, place.lft, place.rght, place.depth, pk) for pk, tree, place in part])
        done += len(part)
        if on_progress:
            on_progress(done, None)


def _write(values: Sequence[tuple[int, int, int, int, int]]) -> None:
    # The table's name is the model's own; everything else is a parameter.
    table = connection.ops.quote_name(Distributor._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [array_text(column) for column in zip(*values, strict=True)]
            cursor.execute(
                f"""
                UPDATE {table} AS person
                SET tree_id = place.tree_id, lft = place.lft, rght = place.rght,
                    tree_depth = place.depth
                FROM (SELECT unnest(%s::bigint[]) AS tree_id, unnest(%s::bigint[]) AS lft,
                             unnest(%s::bigint[]) AS rght, unnest(%s::bigint[]) AS depth,
                             unnest(%s::bigint[]) AS id) AS place
                WHERE person.id = place.id
                """,
                columns,
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET tree_id = %s, lft = %s, rght = %s, tree_depth = %s"
                " WHERE id = %s",
                values,
            )
