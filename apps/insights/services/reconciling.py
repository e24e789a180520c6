"""Reconciling with its consequence."""

from apps.insights.selectors.reconcile import Fault, reconcile
from apps.payouts.services import freeze_payouts


def reconcile_and_freeze(*, merchant) -> list[Fault]:
    """Every fault in the merchant's books; any fault stops the merchant's payouts."""
    faults = list(reconcile(merchant=merchant))
    if faults:
        freeze_payouts(merchant=merchant, faults=[str(fault) for fault in faults])
    return faults
