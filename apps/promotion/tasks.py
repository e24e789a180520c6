"""Every night: old clicks lose their evidence, posters that nobody fetched go."""

import logging

from celery import shared_task
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.promotion.services.posters import prune_posters
from apps.promotion.services.retention import forget_old_clicks

logger = logging.getLogger(__name__)


@shared_task
def tidy_promotion() -> None:
    """Tidy up every merchant, each by a task of its own; also those who have stopped."""
    for merchant_id in Merchant.objects.order_by("pk").values_list("pk", flat=True):
        tidy_promotion_of.delay(merchant_id)


@shared_task
def tidy_promotion_of(merchant_id: int) -> None:
    """Tidy one merchant up. Delivered twice, the second finds nothing to do."""
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is None:
        logger.warning("No merchant %s: nothing to tidy up.", merchant_id)
        return
    with scope(merchant=merchant):
        clicks = forget_old_clicks(merchant=merchant)
        posters = prune_posters(merchant=merchant)
    if clicks or posters:
        logger.info(
            "Merchant %s: %s clicks lost their evidence, %s posters deleted.",
            merchant.code,
            clicks,
            posters,
        )
