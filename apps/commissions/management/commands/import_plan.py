from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.plan_checks import find_warnings
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.core.management.merchant_command import MerchantCommand


class Command(MerchantCommand):
    help = "Save a plan document (JSON) as a new draft, and activate it if asked to."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE.json")
        parser.add_argument("--activate", action="store_true", help="activate it at once")
        parser.add_argument(
            "--from",
            dest="effective_from",
            metavar="TIME",
            help="orders paid from this moment on (ISO 8601; default: now)",
        )
        parser.add_argument(
            "--acknowledge",
            default="",
            metavar="WHO",
            help="who accepted the compliance text; needed for more than one depth",
        )

    def handle_merchant(self, merchant, **options):
        effective_from = None
        if options["effective_from"]:
            effective_from = self.parse_time("--from", options["effective_from"], merchant)
        try:
            with transaction.atomic():
                plan = draft_plan(merchant=merchant, content=self.read_file(options["file"]))
                if options["activate"]:
                    plan = activate_plan(
                        plan=plan,
                        effective_from=effective_from,
                        acknowledged_by=options["acknowledge"],
                    )
        except PlanRefused as refused:
            raise CommandError(f"{refused}\n{_('Nothing was written.')}") from refused
        for warning in find_warnings(merchant=merchant, document=plan.document):
            self.stderr.write(_("warning: %(warning)s") % {"warning": warning})
        if plan.is_draft:
            self.stdout.write(f"{plan}: saved as a draft.")
        else:
            start = plan.effective_from.astimezone(merchant.zone).isoformat(timespec="seconds")
            self.stdout.write(f"{plan}: active for orders paid from {start}.")
