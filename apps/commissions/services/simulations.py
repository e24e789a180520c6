"""Rehearsals that were asked for in the console: kept with their result, run by a worker."""

from datetime import date, timedelta
from time import monotonic

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.commissions.models import Plan, Simulation
from apps.commissions.services.rehearsal import Move
from apps.commissions.services.rehearsing import RehearsalRefused, check_move, rehearse
from apps.core.errors import Refused

Status = Simulation.Status
# How often progress is written down.
SECONDS_BETWEEN_NOTES = 1
# Silent for so long, its worker is gone.
LOST_AFTER = timedelta(minutes=2)


def ask_for_simulation(
    *,
    merchant,
    date_from: date,
    date_to: date,
    actor: User | None,
    plan: Plan | None = None,
    move: Move | None = None,
) -> Simulation:
    """Note that a rehearsal is wanted; a worker runs it (`run_simulation`).

    Raises RehearsalRefused for a period or a move that cannot be.
    """
    if plan is None and move is None:
        raise RehearsalRefused(_("Choose a plan or a move to rehearse."))
    if date_from > date_to:
        raise RehearsalRefused(_("The period ends before it begins."))
    if move is not None:
        check_move(move)
    return Simulation.objects.create(
        merchant=merchant,
        plan=plan,
        moved=move.person if move else None,
        new_parent=move.new_parent if move else None,
        date_from=date_from,
        date_to=date_to,
        asked_by=actor,
    )


def run_simulation(*, simulation_id: int) -> bool:
    """Run a waiting rehearsal and keep its result; False if there is none of that id waiting.

    Delivered twice, it runs once. A refusal is kept as the reason; any other error is kept and
    raised. Call inside the merchant's scope.
    """
    if not _step(
        simulation_id, Status.WAITING, status=Status.RUNNING, noted_at=timezone.now(), done=0
    ):
        return False
    simulation = Simulation.objects.select_related(
        "merchant", "plan", "moved__parent", "new_parent"
    ).get(pk=simulation_id)
    try:
        result = _rehearse(simulation)
    except Refused as refused:
        _finish(simulation_id, status=Status.FAILED, error=str(refused))
    except Exception as error:
        _finish(simulation_id, status=Status.FAILED, error=f"{type(error).__name__}: {error}")
        raise
    else:
        _finish(simulation_id, status=Status.DONE, result=result)
    return True


def put_lost_simulations_back() -> int:
    """Let those whose worker died be run again; returns how many. Call in any scope.

    Should the worker only have been slow, both find the same and one result is kept.
    """
    lost = Simulation.objects.filter(
        Q(noted_at__lt=timezone.now() - LOST_AFTER) | Q(noted_at=None), status=Status.RUNNING
    )
    return lost.update(status=Status.WAITING)


def _rehearse(simulation: Simulation) -> dict:
    noted_at = 0.0

    def note(done: int, total: int) -> None:
        nonlocal noted_at
        if done == total or monotonic() - noted_at >= SECONDS_BETWEEN_NOTES:
            noted_at = monotonic()
            now = timezone.now()
            _step(simulation.pk, Status.RUNNING, done=done, total=total, noted_at=now)

    move = Move(simulation.moved, simulation.new_parent) if simulation.moved else None
    return rehearse(
        merchant=simulation.merchant,
        date_from=simulation.date_from,
        date_to=simulation.date_to,
        plan_document=simulation.plan.document if simulation.plan else None,
        move=move,
        on_progress=note,
    ).as_json()


def _step(simulation_id: int, expected: str, **changes) -> bool:
    """Change the row if it is at status `expected`; whether it was."""
    return bool(Simulation.objects.filter(pk=simulation_id, status=expected).update(**changes))


def _finish(simulation_id: int, **changes) -> None:
    _step(simulation_id, Status.RUNNING, finished_at=timezone.now(), **changes)
