"""Moving a team: how many rows that touches."""

import time

from django.db import transaction

from apps.distributors.models import Distributor
from apps.distributors.services.moving import move_distributor
from apps.insights.benchmarks.tree.data import bench_merchant
from apps.insights.benchmarks.tree.touched import RowsTouched

HEADS_LOOKED_AT = 50


def move_one_team(*, label: str, people: int, team: int) -> dict:
    """Move a team of about that many under somebody else: its size, rows touched, seconds."""
    with bench_merchant():
        pk, size = _head_of(people, team)
        head = Distributor.objects.get(pk=pk)
        elsewhere = Distributor.objects.exclude(
            tree_id=head.tree_id, lft__gte=head.lft, lft__lte=head.rght
        )
        parent = elsewhere.exclude(pk=head.parent_id).order_by("-pk").first()
        with transaction.atomic(), RowsTouched() as rows:
            started = time.perf_counter()
            move_distributor(distributor=head, parent=parent, actor=None, reason="bench")
            seconds = time.perf_counter() - started
    return {"team": size, "touched": rows.count, "seconds": seconds}


def _head_of(people: int, team: int) -> tuple[int, int]:
    """Whose team, of some who joined when such teams are usual, is nearest to that size."""
    heads = Distributor.objects.filter(pk__gt=people // (2 * team), pk__lte=2 * people // team)
    sizes = {
        head.pk: head.get_descendant_count() + 1 for head in heads.order_by("pk")[:HEADS_LOOKED_AT]
    }
    return min(sizes.items(), key=lambda each: (abs(each[1] - team), each[0]))
