"""How a suspension is kept beside the event that begins it, and what a merchant does by default."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.distributors.models import (
    Distributor,
    DistributorEvent,
    StandingPolicy,
    Suspension,
    SuspensionEnd,
)
from apps.merchants.models import Merchant


def standing_policy(merchant: Merchant) -> StandingPolicy:
    """The merchant's policy as it is now; one with the defaults, not stored, before the first."""
    newest = StandingPolicy.objects.filter(merchant=merchant).order_by("-pk").first()
    return newest or StandingPolicy(merchant=merchant)


@transaction.atomic
def set_standing_policy(
    *, merchant: Merchant, pending_waits: bool, team_moves_up: bool, actor: User | None
) -> StandingPolicy:
    """Change what happens by default from now on; suspensions under way keep what they began with.

    The same values again change nothing.
    """
    current = standing_policy(merchant)
    if current.pk and (current.pending_waits, current.team_moves_up) == (
        pending_waits,
        team_moves_up,
    ):
        return current
    return StandingPolicy.objects.create(
        merchant=merchant,
        pending_waits=pending_waits,
        team_moves_up=team_moves_up,
        changed_by=actor,
    )


def open_suspension(distributor: Distributor) -> Suspension | None:
    """The suspension that has no end on record; None for people who came suspended from a file."""
    found = Suspension.objects.open().filter(distributor=distributor).select_related("event")
    return found.order_by("-pk").first()


def begin_suspension(
    *, event: DistributorEvent, ends_at: datetime | None, pending_waits: bool | None
) -> Suspension:
    """Keep beside the event until when it lasts, and whether pending earnings wait for its end.

    `pending_waits` None: as the merchant's policy says. In the caller's transaction.
    """
    if pending_waits is None:
        pending_waits = standing_policy(event.merchant).pending_waits
    return Suspension.objects.create(
        merchant_id=event.merchant_id,
        distributor_id=event.distributor_id,
        event=event,
        starts_at=event.effective_at,
        ends_at=ends_at,
        pending_waits=pending_waits,
    )


def end_suspension(*, suspension: Suspension, event: DistributorEvent) -> SuspensionEnd:
    """Record that this event ended it; a second end is an IntegrityError. Caller's transaction."""
    return SuspensionEnd.objects.create(
        merchant_id=suspension.merchant_id,
        suspension=suspension,
        event=event,
        ended_at=event.effective_at,
    )
