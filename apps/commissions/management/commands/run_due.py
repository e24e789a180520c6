import logging

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from apps.commissions.models import StageRun
from apps.commissions.services.stages import run_due
from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress
from apps.merchants.models import Merchant

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run every stage that is due: attribute, book, reverse, release. Safe to repeat. A "
        "merchant whose stages fail does not hold up the others; exit 1 names them."
    )

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
        failed = []
        for merchant in merchants:
            as_of = None
            if options["as_of"]:
                as_of = MerchantCommand.parse_time("--as-of", options["as_of"], merchant)
            try:
                counts = self.run_for(merchant, as_of)
            except Exception:  # whatever it was, the other merchants' stages are still due
                logger.exception("Stages of merchant %s failed.", merchant.code)
                failed.append(merchant.code)
                continue
            done = " ".join(f"{stage}={count}" for stage, count in counts.items())
            self.stdout.write(f"{merchant.code}: {done}")
        if failed:
            raise CommandError(
                f"The stages of {', '.join(failed)} failed; the others are through. The error is "
                "above and in the console's stage runs. Run it again when its cause is gone."
            )

    def run_for(self, merchant, as_of):
        """One merchant's due stages, with a bar when somebody watches; the counts."""
        with scope(merchant=merchant), Progress(self.stderr) as progress:

            def show(run: StageRun) -> None:
                progress.show(
                    f"{merchant.code} {run.stage}", done=run.done, total=run.total or None
                )

            return run_due(
                merchant=merchant,
                as_of=as_of,
                origin=StageRun.Origin.COMMAND,
                on_progress=show,
            )
