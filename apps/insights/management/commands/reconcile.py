from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from apps.core.management.merchant_command import MerchantCommand
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
        faults = 0
        for merchant in merchants:
            with scope(merchant=merchant):
                for fault in reconcile_and_freeze(merchant=merchant):
                    faults += 1
                    self.stdout.write(f"{merchant.code}: {fault}")
        if faults:
            raise CommandError(f"{faults} rows at fault. Payouts of these merchants are stopped.")
