"""What wakes the stages up. The work lives in rows: a lost or doubled message costs nothing."""

import logging

from celery import shared_task
from django.db import transaction
from django_scopes import scope
from kombu.exceptions import OperationalError

from apps.commissions.models import StageRun
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
    transaction.on_commit(lambda: _send([merchant_id] if run_id is None else [merchant_id, run_id]))


def _send(arguments: list[int]) -> None:
    try:
        run_due_for_merchant.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("Stages of merchant %s not woken up: %s", arguments[0], error)
