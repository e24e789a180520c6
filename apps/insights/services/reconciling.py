"""Reconciling with its consequence: every run is kept, and a red one stops payouts."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from apps.insights.models import ReconcileRun
from apps.insights.selectors.reconcile import CheckResult, run_checks
from apps.payouts.services import freeze_payouts

FAULTS_KEPT_PER_CHECK = 20


def reconcile_and_freeze(
    *,
    merchant,
    actor=None,
    run: ReconcileRun | None = None,
    on_check: Callable[[CheckResult], None] | None = None,
) -> ReconcileRun:
    """Prove the merchant's books and record it; any fault stops the merchant's payouts.

    Call inside the merchant's scope. `on_check` is told every result with all its faults; the row
    keeps the first of each check. `run` is one that was asked for before (`ask_for_reconciling`).
    Reads the books of one moment and holds up nobody; only the record and the stop are written, in
    one transaction. Safe to repeat.
    """
    run = run or ReconcileRun(merchant=merchant, actor=actor)
    run.started_at = timezone.now()
    run.checks, run.faults, run.fault_count = {}, [], 0
    for result in run_checks(merchant=merchant):
        run.checks[result.name] = {"faults": len(result.faults), "ms": result.milliseconds}
        run.fault_count += len(result.faults)
        kept = result.faults[:FAULTS_KEPT_PER_CHECK]
        run.faults += [[each.check, each.subject, each.detail] for each in kept]
        if on_check:
            on_check(result)
    run.finished_at = timezone.now()
    with transaction.atomic():
        run.save()
        if run.fault_count:
            lines = [": ".join(fault) for fault in run.faults]
            freeze_payouts(merchant=merchant, faults=lines)
    return run


def ask_for_reconciling(*, merchant, actor) -> ReconcileRun:
    """A run somebody asked for; there at once, so that whoever asked can watch it."""
    return ReconcileRun.objects.create(merchant=merchant, actor=actor)
