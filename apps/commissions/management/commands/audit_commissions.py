from django.core.management.base import CommandError

from apps.commissions.selectors import AuditCount, audit_commissions
from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress


class Command(MerchantCommand):
    help = (
        "Compute the commissions of every booked order of a period again and compare them with "
        "what is stored. Exits 1 with a line for each difference."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--from", dest="date_from", metavar="DATE", help="first day of payment")
        parser.add_argument(
            "--to", dest="date_to", metavar="DATE", help="last day of payment, included"
        )

    def handle_merchant(self, merchant, *, date_from, date_to, **options):
        count, differences = AuditCount(), 0
        with Progress(self.stderr) as progress:

            def watch(so_far: AuditCount) -> None:
                nonlocal count
                count = so_far
                progress.show("audit", done=so_far.orders, total=so_far.total)

            for difference in audit_commissions(
                merchant=merchant,
                date_from=self.parse_day("--from", date_from),
                date_to=self.parse_day("--to", date_to),
                watch=watch,
            ):
                differences += 1
                self.stdout.write(str(difference))
        if differences:
            raise CommandError(
                f"{differences} differences in {count.orders} orders, "
                f"{count.commissions} commissions."
            )
        self.stdout.write(f"{count.orders} orders, {count.commissions} commissions: no difference.")
