from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress
from apps.insights.selectors.reconcile import CHECKS, CheckResult, Fault
from apps.insights.services.reconciling import reconcile_and_freeze
from apps.merchants.models import Merchant


class Command(BaseCommand):
    help = (
        "Prove that orders, commissions, ledger and payouts agree. On a fault: the rows, exit 1, "
        "and payouts of that merchant stop until somebody has looked."
    )

    def add_arguments(self, parser):
        parser.add_argument("--merchant", metavar="CODE", help="only this merchant (default: all)")

    def handle(self, *args, **options):
        if options["merchant"]:
            merchants = [MerchantCommand.find_merchant(options["merchant"])]
        else:
            merchants = Merchant.objects.order_by("code")
        faults = sum(self.reconcile(merchant) for merchant in merchants)
        if faults:
            raise CommandError(f"{faults} rows at fault. Payouts of these merchants are stopped.")

    def reconcile(self, merchant) -> int:
        """Prove one merchant's books and print the rows at fault; how many there are."""
        faults: list[Fault] = []
        done = 0
        with scope(merchant=merchant), Progress(self.stderr) as progress:

            def show(result: CheckResult) -> None:
                nonlocal done
                done += 1
                progress.show(merchant.code, done=done, total=len(CHECKS))
                faults.extend(result.faults)

            reconcile_and_freeze(merchant=merchant, on_check=show)
        # Only now: a reader who has seen enough (`| head`) must not keep payouts from stopping.
        for fault in faults:
            self.stdout.write(f"{merchant.code}: {fault}")
        return len(faults)
