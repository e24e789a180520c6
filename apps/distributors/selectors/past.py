"""The tree as it stood at a moment: who stood under whom, at which level, in which standing.

People are read as they are now and what happened to them later is rolled back: the first change
after the moment knows what was true before it. Names are today's. The number of queries depends
neither on the number of people nor on the size of the tree. Everything reads the active scope.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from apps.core.bulk import any_of
from apps.distributors.models import Distributor, DistributorEvent

Field = DistributorEvent.Field
COLUMNS = ("pk", "code", "name", "parent__code", "level__code", "status", "joined_at")
# Beyond this many it is cheaper to read every later change than to look for these people's.
LOOKED_UP = 20_000


@dataclass(frozen=True, slots=True)
class PastPlace:
    """One person at a moment. `parent` and `level` are codes, empty for none."""

    pk: int
    code: str
    name: str
    parent: str
    level: str
    status: str
    joined_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether sales of that moment earned this person anything."""
        return self.status == Distributor.Status.ACTIVE


def people_at(*, moment: datetime, people: QuerySet[Distributor]) -> list[PastPlace]:
    """These people as they were at `moment` (aware), in the order of `people`. Two queries.

    Who joined later is left out.
    """
    return _places(people.filter(joined_at__lte=moment), moment)


def children_at(
    *, parent: Distributor | None, moment: datetime, after: int | None = None, limit: int
) -> list[PastPlace]:
    """Who stood directly under `parent` (None: at the top) at `moment`. Three queries.

    In the order they were entered; at most `limit` of those who come after the person `after`.
    """
    gone = _first_changes(moment).filter(old_value=parent.code if parent else "")
    gone_ids = list(gone.values_list("distributor_id", flat=True))
    stayed = Q(parent=parent) & ~_was_moved_after(moment)
    found = Distributor.objects.filter(stayed | Q(pk__in=any_of(gone_ids)) if gone_ids else stayed)
    found = found.filter(joined_at__lte=moment, pk__gt=after or 0)
    # Plus nothing: sorted once found, instead of read in this order until enough are met.
    return _places(found.order_by(F("pk") + 0)[:limit], moment)


def child_counts_at(*, people: Sequence[PastPlace], moment: datetime) -> dict[str, int]:
    """Code → how many stood directly under each of these people at `moment`. Two queries."""
    codes = {each.pk: each.code for each in people}
    joined = Distributor.objects.filter(joined_at__lte=moment)
    stayed = joined.filter(~_was_moved_after(moment), parent__in=list(codes)).order_by()
    counts = {
        codes[pk]: count for pk, count in stayed.values_list("parent").annotate(count=Count("pk"))
    }
    gone = _first_changes(moment).filter(
        old_value__in=list(codes.values()), distributor__joined_at__lte=moment
    )
    for code, count in gone.order_by().values_list("old_value").annotate(count=Count("pk")):
        counts[code] = counts.get(code, 0) + count
    return counts


def path_at(*, person: Distributor, moment: datetime) -> list[PastPlace]:
    """From the top down to `person` at `moment`, both included.

    Three queries, and four more for everybody on the way who was moved since.
    """
    path: list[PastPlace] = []
    start: Distributor | None = person
    while start is not None:
        line = _places(start.get_ancestors(include_self=True), moment)
        by_code = {each.code: each for each in line}
        code = start.code
        while code in by_code:
            # Taken out: a history put together wrongly sends nobody round in circles.
            path.append(by_code.pop(code))
            code = path[-1].parent
        seen = {each.code for each in path}
        start = Distributor.objects.filter(code=code).first() if code and code not in seen else None
    return path[::-1]


def _places(people: QuerySet[Distributor], moment: datetime) -> list[PastPlace]:
    rows = list(people.values_list(*COLUMNS))
    before = _values_before([row[0] for row in rows], moment)
    return [
        PastPlace(
            pk=pk,
            code=code,
            name=name,
            parent=before.get((pk, Field.PARENT), parent or ""),
            level=before.get((pk, Field.LEVEL), level or ""),
            status=before.get((pk, Field.STATUS), status),
            joined_at=joined_at,
        )
        for pk, code, name, parent, level, status, joined_at in rows
    ]


def _values_before(ids: Iterable[int], moment: datetime) -> dict[tuple[int, str], str]:
    """(distributor, field) → what it was at `moment`, where it changed later."""
    ids = list(ids)
    later = DistributorEvent.objects.filter(effective_at__gt=moment).exclude(field=Field.JOINED)
    if len(ids) <= LOOKED_UP:
        later = later.filter(distributor__in=any_of(ids))
    rows = later.order_by("-effective_at", "-pk").values_list(
        "distributor_id", "field", "old_value"
    )
    # The earliest comes last and stays.
    return {(pk, field): old_value for pk, field, old_value in rows.iterator()}


def _was_moved_after(moment: datetime) -> Exists:
    return Exists(
        DistributorEvent.objects.filter(
            distributor=OuterRef("pk"), field=Field.PARENT, effective_at__gt=moment
        )
    )


def _first_changes(moment: datetime) -> QuerySet[DistributorEvent]:
    """Of everybody who was moved after `moment`, the first move: it knows where they stood."""
    moves = DistributorEvent.objects.filter(field=Field.PARENT, effective_at__gt=moment)
    earlier = moves.filter(distributor=OuterRef("distributor")).filter(
        Q(effective_at__lt=OuterRef("effective_at"))
        | Q(effective_at=OuterRef("effective_at"), pk__lt=OuterRef("pk"))
    )
    return moves.filter(~Exists(earlier))
