"""What wakes the sweep of payments up. The work lives in rows: a lost message costs nothing."""

from celery import shared_task

from apps.payments.services.sweeping import sweep_payments


@shared_task
def sweep_all_payments() -> None:
    """Pull and send refunds, ask about open payments; of every merchant, also of paused ones."""
    sweep_payments()
