"""What wakes the stages up. The work lives in rows: a lost or doubled message costs nothing."""

import logging

from celery import shared_task
from django.db import transaction
from django_scopes import scope
from kombu.exceptions import OperationalError

from apps.commissions.services.stages import run_due
from apps.merchants.models import Merchant

logger = logging.getLogger(__name__)


@shared_task
def run_due_stages() -> None:
    """Wake up every active merchant's stages."""
    for merchant_id in Merchant.objects.filter(is_active=True).values_list("pk", flat=True):
        run_due_for_merchant.delay(merchant_id)


@shared_task
def run_due_for_merchant(merchant_id: int) -> None:
    """Run one merchant's due stages."""
    merchant = Merchant.objects.filter(pk=merchant_id, is_active=True).first()
    if merchant is None:
        logger.warning("No active merchant %s: nothing to run.", merchant_id)
        return
    with scope(merchant=merchant):
        run_due(merchant=merchant)


def wake_stages(merchant_id: int) -> None:
    """Ask for one merchant's due stages once the running transaction is committed.

    For entrances that changed what stages look for. A broker that cannot be reached is no reason to
    fail: the scheduler sweeps every minute.
    """
    transaction.on_commit(lambda: _send(merchant_id))


def _send(merchant_id: int) -> None:
    try:
        run_due_for_merchant.apply_async([merchant_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("Stages of merchant %s not woken up: %s", merchant_id, error)
