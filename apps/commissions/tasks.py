"""What wakes the stages up. The work lives in rows: a lost or doubled message costs nothing."""

import logging

from celery import Task, shared_task
from django.db import transaction
from django_scopes import scope, scopes_disabled
from kombu.exceptions import OperationalError

from apps.commissions.models import Simulation, StageRun
from apps.commissions.services.simulations import put_lost_simulations_back, run_simulation
from apps.commissions.services.stages import run_due
from apps.merchants.models import Merchant

logger = logging.getLogger(__name__)


@shared_task
def run_due_stages() -> None:
    """Wake up every active merchant's stages."""
    for merchant_id in Merchant.objects.filter(is_active=True).values_list("pk", flat=True):
        run_due_for_merchant.delay(merchant_id)


@shared_task
def run_due_for_merchant(merchant_id: int, run_id: int | None = None) -> None:
    """Run one merchant's due stages; `run_id` is the row of a run somebody asked for.

    An error is noted in the run's row, logged by the worker, and no other merchant's concern; the
    next sweep tries again.
    """
    merchant = Merchant.objects.filter(pk=merchant_id, is_active=True).first()
    if merchant is None:
        logger.warning("No active merchant %s: nothing to run.", merchant_id)
        return
    with scope(merchant=merchant):
        if run_id is None:
            run_due(merchant=merchant)
            return
        # Delivered once more, a finished run is not told anew.
        row = StageRun.objects.filter(pk=run_id, finished_at=None).first()
        if row is not None:
            run_due(merchant=merchant, row=row)


def wake_stages(merchant_id: int, *, run_id: int | None = None) -> None:
    """Ask for one merchant's due stages once the running transaction is committed.

    For entrances that changed what stages look for, or whose `run_id` wants to be taken up. A
    broker that cannot be reached is no reason to fail: the scheduler sweeps every minute.
    """
    arguments = [merchant_id] if run_id is None else [merchant_id, run_id]
    transaction.on_commit(lambda: _send(run_due_for_merchant, arguments))


@shared_task
def run_waiting_simulations() -> None:
    """Take up rehearsals whose message or whose worker was lost."""
    with scopes_disabled():
        put_lost_simulations_back()
        waiting = Simulation.objects.filter(status=Simulation.Status.WAITING)
        rows = list(waiting.order_by("pk").values_list("merchant_id", "pk"))
    for merchant_id, simulation_id in rows:
        run_asked_simulation.delay(merchant_id, simulation_id)


@shared_task
def run_asked_simulation(merchant_id: int, simulation_id: int) -> None:
    """Run one rehearsal, unless it was taken up before."""
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is None:
        logger.warning("No merchant %s: no simulation to run.", merchant_id)
        return
    with scope(merchant=merchant):
        run_simulation(simulation_id=simulation_id)


def wake_simulation(simulation: Simulation) -> None:
    """Ask for a rehearsal once the running transaction is committed; see `wake_stages`."""
    arguments = [simulation.merchant_id, simulation.pk]
    transaction.on_commit(lambda: _send(run_asked_simulation, arguments))


def _send(task: Task, arguments: list[int]) -> None:
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("%s of merchant %s not woken up: %s", task.name, arguments[0], error)
