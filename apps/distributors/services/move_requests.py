"""A change of upline from the question to the answer: asked for, approved, carried out, undone.

A request is locked before the trees it moves people in. It fails as a whole or is done as a whole;
what has happened is never edited: an undoing is a move of its own, back to where somebody stood.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, TreeMove
from apps.distributors.services.locks import lock_trees_of
from apps.distributors.services.move_policy import approval_above
from apps.distributors.services.moving import move_distributor
from apps.merchants.models import Merchant

Status = TreeMove.Status


class MoveRequestRefused(Refused):
    """The change of upline cannot be asked for or answered so; nothing was changed."""


def propose_move(
    *,
    distributor: Distributor,
    parent: Distributor | None,
    reason: str,
    actor: User,
    request_key: str,
    effective_at: datetime | None = None,
) -> TreeMove:
    """Ask for `distributor`, with the whole team, to stand under `parent` (None: at the top).

    Carried out at once when the team needs no approval and `effective_at` (aware, default now) is
    not in the future; otherwise it waits. Asked again with the same `request_key`, it returns the
    first request. Raises MoveRequestRefused without a reason, for a time in the past, while
    another move of this person is open, and for a place where the person cannot stand.
    """
    return _propose(distributor, parent, reason, actor, request_key, effective_at, None)


def propose_undoing(*, move: TreeMove, reason: str, actor: User, request_key: str) -> TreeMove:
    """Ask for a move to be undone: the person goes back to the upline they were moved away from.

    What was earned meanwhile stays. Returns the move back, which needs approval like any other.
    Raises MoveRequestRefused unless the move is done, nothing moved the person since, and the old
    place is still open.
    """
    if move.undoes_id is not None:
        raise MoveRequestRefused(
            _("This move undid another one. Change the upline again instead of undoing it.")
        )
    distributor, parent = move.distributor, move.old_parent
    return _propose(distributor, parent, reason, actor, request_key, None, move)


def _propose(
    distributor: Distributor,
    parent: Distributor | None,
    reason: str,
    actor: User,
    request_key: str,
    effective_at: datetime | None,
    undoes: TreeMove | None,
) -> TreeMove:
    merchant = distributor.merchant
    reason = _require_reason(reason)
    if parent is not None and parent.merchant_id != merchant.pk:
        raise MoveRequestRefused(why_not_under(distributor, parent))
    with scope(merchant=merchant):
        try:
            with transaction.atomic():
                return _propose_locked(
                    distributor, parent, reason, actor, request_key, effective_at, undoes
                )
        except IntegrityError as error:
            # The same button twice in the same instant: the first one's request is the answer.
            found = TreeMove.objects.filter(request_key=request_key).first()
            if found is not None:
                return found
            raise MoveRequestRefused(_has_open_move(distributor)) from error


def _propose_locked(
    distributor: Distributor,
    parent: Distributor | None,
    reason: str,
    actor: User,
    request_key: str,
    effective_at: datetime | None,
    undoes: TreeMove | None,
) -> TreeMove:
    fresh = _lock_both_trees(distributor, parent)
    asked = TreeMove.objects.filter(request_key=request_key).first()
    if asked is not None:
        return asked
    now = timezone.now()
    if effective_at is not None and effective_at < now:
        raise MoveRequestRefused(
            _("The past is never changed: leave the time empty for now, or choose a later one.")
        )
    if undoes is not None:
        _check_undoable(undoes, fresh)
    if TreeMove.objects.filter(distributor=fresh, status__in=TreeMove.OPEN).exists():
        raise MoveRequestRefused(_has_open_move(fresh))
    refusal = why_not_under(fresh, parent)
    if refusal:
        raise MoveRequestRefused(refusal)
    size = team_size(fresh)
    move = TreeMove.objects.create(
        merchant_id=fresh.merchant_id,
        distributor=fresh,
        old_parent_id=fresh.parent_id,
        new_parent=parent,
        reason=reason,
        team_size=size,
        needs_approval=size > approval_above(fresh.merchant),
        requested_by=actor,
        requested_at=now,
        request_key=request_key,
        effective_at=effective_at,
        undoes=undoes,
    )
    if not move.needs_approval:
        _let_go(move, now)
    return move


def approve_move(*, move: TreeMove, actor: User) -> TreeMove:
    """Let a proposed move happen: at once, or on its date. Nobody approves what they asked for.

    A date that has passed meanwhile becomes now. Raises MoveRequestRefused for the person who
    asked and unless it awaits approval; what the move itself raises where it cannot be made.
    """
    with scope(merchant=move.merchant), transaction.atomic():
        move = _lock(move, [Status.PROPOSED], _("This move no longer awaits approval."))
        if move.requested_by_id == actor.pk:
            raise MoveRequestRefused(
                _("You asked for this move: somebody else must approve it. You may cancel it.")
            )
        now = timezone.now()
        move.approved_by, move.approved_at, move.answer = actor, now, ""
        if move.effective_at is not None and move.effective_at <= now:
            move.effective_at = None
        _let_go(move, now)
    return move


def reject_move(*, move: TreeMove, actor: User, reason: str) -> TreeMove:
    """Turn a proposed move down; everybody stays. Raises MoveRequestRefused."""
    return _close(
        move,
        Status.REJECTED,
        [Status.PROPOSED],
        actor,
        reason,
        _("This move no longer awaits approval."),
    )


def cancel_move(*, move: TreeMove, actor: User, reason: str) -> TreeMove:
    """Take back a move that has not been made, approved or not. Raises MoveRequestRefused."""
    refusal = _("This move is closed. One that was made can be undone instead.")
    return _close(move, Status.CANCELLED, list(TreeMove.OPEN), actor, reason, refusal)


def carry_out_due_moves(*, merchant: Merchant, as_of: datetime) -> int:
    """Make the approved moves whose date has come, in its order; how many were made.

    Each in its own transaction, dated with its planned moment. Orders are attributed only after
    this, so none paid since then has missed it. What can no longer be made is closed with the
    reason; a team grown beyond what may be moved alone waits for approval. Safe to repeat. Call
    inside the merchant's scope.
    """
    due = TreeMove.objects.filter(
        merchant=merchant, status=Status.APPROVED, effective_at__lte=as_of
    ).order_by("effective_at", "pk")
    return sum(_carry_out_due(move, as_of) for move in due)


def _carry_out_due(move: TreeMove, as_of: datetime) -> bool:
    with transaction.atomic():
        move = TreeMove.objects.select_for_update(of=["self"]).get(pk=move.pk)
        if move.status != Status.APPROVED or move.effective_at > as_of:
            return False
        size = team_size(_lock_both_trees(move.distributor, move.new_parent))
        if move.approved_by_id is None and size > approval_above(move.merchant):
            move.status, move.needs_approval, move.team_size = Status.PROPOSED, True, size
            move.answer = _("The team has grown since: now somebody else must approve the move.")
            move.save()
            return False
        try:
            with transaction.atomic():
                _carry_out(move, move.effective_at)
        except Refused as refused:
            TreeMove.objects.filter(pk=move.pk).update(
                status=Status.FAILED, answer=str(refused)[:300], closed_at=timezone.now()
            )
            return False
    return True


def team_size(distributor: Distributor) -> int:
    """How many people move with this person, the person included. One query."""
    team = Distributor.objects.filter(
        tree_id=distributor.tree_id, lft__range=(distributor.lft, distributor.rght)
    )
    return team.count()


def why_not_under(distributor: Distributor, parent: Distributor | None) -> str:
    """Why this person cannot stand under `parent` and what to do, or nothing if they can."""
    if parent is None:
        return "" if distributor.parent_id else _("%s stands at the top already.") % distributor
    values = {"person": distributor, "upline": parent}
    if parent.merchant_id != distributor.merchant_id:
        return _("The new upline is not a distributor of this merchant. Choose one who is.")
    if parent.pk == distributor.pk:
        return _("Nobody stands under themselves. Choose somebody else.")
    if parent.pk == distributor.parent_id:
        return _("%(person)s stands under %(upline)s already. Choose somebody else.") % values
    if parent.tree_id == distributor.tree_id and (distributor.lft < parent.lft < distributor.rght):
        return _("%(upline)s is in the team of %(person)s: choose somebody outside it.") % values
    if not parent.is_active:
        return (
            _("%(upline)s is not active. Reinstate them first, or choose somebody else.") % values
        )
    return ""


def why_not_undone(move: TreeMove) -> str:
    """Why this move cannot be undone and what to do, or nothing if it can. Up to two queries."""
    if move.status != Status.DONE:
        return _("Only a move that was made can be undone.")
    if move.undoes_id is not None:
        return _("This move undid another one. Change the upline again instead of undoing it.")
    later = Q(done_at__gt=move.done_at) | Q(status__in=TreeMove.OPEN)
    if TreeMove.objects.filter(later, distributor=move.distributor_id).exclude(pk=move.pk).exists():
        return _("There is a later move of this person. Undo or cancel that one first.")
    return ""


def _check_undoable(move: TreeMove, fresh: Distributor) -> None:
    move = TreeMove.objects.select_related("old_parent").get(pk=move.pk)
    refusal = why_not_undone(move)
    if not refusal and fresh.parent_id != move.new_parent_id:
        refusal = _("%s stands somewhere else by now. Change the upline again instead.") % fresh
    if refusal:
        raise MoveRequestRefused(refusal)


def _let_go(move: TreeMove, now: datetime) -> None:
    """Carry an allowed move out now, or leave it waiting for its date."""
    if move.effective_at is not None and move.effective_at > now:
        move.status = Status.APPROVED
        move.save()
    else:
        _carry_out(move, None)


def _carry_out(move: TreeMove, effective_at: datetime | None) -> None:
    fresh = _lock_both_trees(move.distributor, move.new_parent)
    if fresh.parent_id != move.old_parent_id:
        raise MoveRequestRefused(
            _("%s has been moved since this was asked for. Ask for a new move.") % fresh
        )
    size = team_size(fresh)
    moment = effective_at or timezone.now()
    move_distributor(
        distributor=fresh,
        parent=move.new_parent,
        actor=move.requested_by,
        reason=move.reason,
        effective_at=moment,
    )
    move.status, move.team_size = Status.DONE, size
    move.effective_at, move.done_at = moment, timezone.now()
    move.save()
    if move.undoes_id is not None:
        TreeMove.objects.filter(pk=move.undoes_id).update(status=Status.UNDONE)


def _lock_both_trees(distributor: Distributor, parent: Distributor | None) -> Distributor:
    """Lock the trees of both, lowest first as every mover does; the person as they are now."""
    ids = {distributor.pk, parent.pk if parent else distributor.pk}
    lock_trees_of(distributor.merchant_id, ids)
    return Distributor.objects.get(pk=distributor.pk)


def _close(
    move: TreeMove,
    status: str,
    allowed_from: list[str],
    actor: User,
    reason: str,
    refusal: str,
) -> TreeMove:
    reason = _require_reason(reason)
    with scope(merchant=move.merchant), transaction.atomic():
        move = _lock(move, allowed_from, refusal)
        move.status, move.answer = status, reason
        move.closed_by, move.closed_at = actor, timezone.now()
        move.save(update_fields=["status", "answer", "closed_by", "closed_at"])
    return move


def _lock(move: TreeMove, allowed_from: list[str], refusal: str) -> TreeMove:
    locked = TreeMove.objects.select_for_update(of=["self"]).get(pk=move.pk)
    if locked.status not in allowed_from:
        raise MoveRequestRefused(refusal)
    return locked


def _require_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise MoveRequestRefused(_("Say why: the reason is kept with the move."))
    if len(reason) > 200:
        raise MoveRequestRefused(_("The reason is longer than 200 characters. Shorten it."))
    return reason


def _has_open_move(distributor: Distributor) -> str:
    return _("A move of %s is open already. Have it approved, or cancel it first.") % distributor
