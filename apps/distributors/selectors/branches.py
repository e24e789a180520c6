"""The people directly below somebody, a page at a time, however many there are.

Each of these goes through the index of children. Told to sort by anything else, a database may
rather read everybody in that order until it has met enough children.
"""

from collections.abc import Sequence

from django.db.models import Count, OuterRef, QuerySet, Subquery

from apps.distributors.models import Distributor


def with_child_count(people: QuerySet[Distributor]) -> QuerySet[Distributor]:
    """Annotate `child_count`: how many people stand directly below, None for nobody.

    For a page of people, not for all: each is counted on its own.
    """
    below = Distributor.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
    return people.annotate(child_count=Subquery(below.annotate(n=Count("pk")).values("n")))


def child_counts(people: Sequence[int]) -> dict[int, int]:
    """Id → how many people stand directly below. One query."""
    counted = with_child_count(Distributor.objects.filter(pk__in=list(people))).order_by()
    return {pk: count or 0 for pk, count in counted.values_list("pk", "child_count")}


def children_of(
    *, parent: Distributor | None, after: int | None = None, limit: int
) -> list[Distributor]:
    """The people directly below, or at the top, in the order they came there.

    With level and `child_count`; at most `limit` of those who come after the person `after`. One
    query.
    """
    found = Distributor.objects.filter(parent=parent).select_related("level")
    if parent is None:
        # Every root begins at 1: they are told apart, and found, by their ids.
        found = found.order_by("pk")
        if after:
            found = found.filter(pk__gt=after)
    else:
        found = found.order_by("lft")
        if after:
            last = Distributor.objects.filter(pk=after, parent=parent)
            found = found.filter(lft__gt=Subquery(last.values("lft")))
    return list(with_child_count(found)[:limit])
