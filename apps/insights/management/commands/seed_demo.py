from django.core.management.base import BaseCommand, CommandError

from apps.insights.services.demo import PASSWORD, demo_logins, demo_shop_path, seed_small_demo
from apps.merchants.models import Merchant


class Command(BaseCommand):
    help = "Load demo data that looks real into an empty database, the same on the same day."

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=["small"], default="small")
        parser.add_argument(
            "--print-logins", action="store_true", help="only print who can sign in to the demo"
        )

    def handle(self, *args, **options):
        if not options["print_logins"]:
            if Merchant.objects.exists():
                raise CommandError(
                    "There are merchants already: the demo is only loaded into an empty database."
                )
            merchant = seed_small_demo()
            self.stdout.write(f"Demo loaded: merchant “{merchant.code}”.")
        logins = demo_logins()
        if not logins:
            return
        self.stdout.write(f"  Demo log-ins, all with the password {PASSWORD}")
        for login in logins:
            self.stdout.write(f"    {login.role:<16} {login.sign_in:<24} {login.path}")
        self.stdout.write(f"  A distributor's shop: {demo_shop_path()}")
