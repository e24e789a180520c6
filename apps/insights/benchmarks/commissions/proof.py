"""Whether the books a batch has made are right."""

from django.db.models import Sum

from apps.commissions.models import Commission, OrderBooking
from apps.insights.benchmarks.commissions.product import bench_merchant
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account, Transfer
from apps.orders.models import Order


def count_faults(*, label: str, proves_books: bool) -> int:
    """Faults in the books: every one that reconciling finds, or only totals that disagree."""
    with bench_merchant() as merchant:
        faults = sum(
            (
                Order.objects.count() != OrderBooking.objects.count(),
                Commission.objects.count() != Transfer.objects.count(),
                _total(Commission, "amount") != _total(Transfer, "amount"),
                _total(Commission, "amount") != _total(Account, "balance"),
            )
        )
        if proves_books:
            faults += sum(1 for _fault in reconcile(merchant=merchant))
    return faults


def _total(model, field: str):
    return model.objects.aggregate(total=Sum(field))["total"]
