"""What wakes the stages up. The work lives in rows: a lost or doubled message costs nothing."""

import logging

from celery import shared_task
from django_scopes import scope

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
