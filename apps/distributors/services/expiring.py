"""Suspensions with an end are over by themselves, at the very moment that was said."""

from datetime import datetime

from django.db import transaction

from apps.distributors.models import Suspension
from apps.distributors.services.locks import lock_tree_of
from apps.distributors.services.standing import end_suspension_if_over


def end_due_suspensions(*, merchant, as_of: datetime) -> int:
    """End every suspension planned to end by `as_of`; returns how many.

    However late it runs, the event takes effect at the planned end: orders paid from then on find
    the person active. One transaction each; safe to repeat and on several workers at once. Call
    inside the merchant's scope.
    """
    due = Suspension.objects.open().filter(merchant=merchant, ends_at__lte=as_of)
    ended = 0
    for suspension in due.select_related("distributor").order_by("ends_at", "pk"):
        with transaction.atomic():
            ended += end_suspension_if_over(lock_tree_of(suspension.distributor), as_of)
    return ended
