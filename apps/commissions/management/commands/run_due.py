from django.core.management.base import BaseCommand
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.core.management.merchant_command import MerchantCommand
from apps.merchants.models import Merchant


class Command(BaseCommand):
    help = "Run every stage that is due: attribute, book, reverse, release. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("--merchant", metavar="CODE", help="only this merchant (default: all)")
        parser.add_argument(
            "--as-of", metavar="TIME", help="take this moment for now (ISO 8601; default: now)"
        )

    def handle(self, *args, **options):
        if options["merchant"]:
            merchants = [MerchantCommand.find_merchant(options["merchant"])]
        else:
            merchants = Merchant.objects.filter(is_active=True).order_by("code")
        for merchant in merchants:
            as_of = None
            if options["as_of"]:
                as_of = MerchantCommand.parse_time("--as-of", options["as_of"], merchant)
            with scope(merchant=merchant):
                counts = run_due(merchant=merchant, as_of=as_of)
            done = " ".join(f"{stage}={count}" for stage, count in counts.items())
            self.stdout.write(f"{merchant.code}: {done}")
