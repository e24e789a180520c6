"""Proving the books: every night, and whenever somebody asks."""

import logging

from celery import shared_task
from django.db import transaction
from django_scopes import scope
from kombu.exceptions import OperationalError

from apps.insights.models import ReconcileRun
from apps.insights.services.reconciling import reconcile_and_freeze
from apps.insights.services.saving_rankings import save_last_month
from apps.merchants.models import Merchant

logger = logging.getLogger(__name__)


@shared_task
def reconcile_all() -> None:
    """Have every merchant's books proved, each by a task of its own; also of paused merchants."""
    for merchant_id in Merchant.objects.order_by("pk").values_list("pk", flat=True):
        reconcile_merchant.delay(merchant_id)


@shared_task
def reconcile_merchant(merchant_id: int, run_id: int | None = None) -> None:
    """Prove one merchant's books; `run_id` is the row of a run somebody asked for.

    Delivered twice, it proves them twice, or leaves a finished run alone.
    """
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is None:
        logger.warning("No merchant %s: nothing to reconcile.", merchant_id)
        return
    with scope(merchant=merchant):
        run = None
        if run_id is not None:
            run = ReconcileRun.objects.filter(pk=run_id, finished_at=None).first()
            if run is None:
                return
        run = reconcile_and_freeze(merchant=merchant, run=run)
    if run.fault_count:
        logger.error(
            "Merchant %s: %s rows at fault, payouts are stopped.", merchant.code, run.fault_count
        )


@shared_task
def save_closed_rankings() -> None:
    """Save every active merchant's ranking of last month, each by a task of its own, once."""
    for merchant_id in Merchant.objects.filter(is_active=True).values_list("pk", flat=True):
        save_closed_ranking.delay(merchant_id)


@shared_task
def save_closed_ranking(merchant_id: int) -> None:
    """Save one merchant's ranking of last month, unless it has been saved."""
    merchant = Merchant.objects.filter(pk=merchant_id, is_active=True).first()
    if merchant is None:
        logger.warning("No active merchant %s: no ranking to save.", merchant_id)
        return
    with scope(merchant=merchant):
        save_last_month(merchant=merchant)


def send_reconciling(run: ReconcileRun) -> None:
    """Have a run that was asked for taken up, once the running transaction is committed."""
    arguments = [run.merchant_id, run.pk]
    transaction.on_commit(lambda: _send(arguments))


def _send(arguments: list[int]) -> None:
    try:
        reconcile_merchant.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("Reconciling merchant %s not sent: %s", arguments[0], error)
