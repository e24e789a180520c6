from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.commissions.models import Plan
from apps.commissions.plan_document import dump_plan_json
from apps.core.management.merchant_command import MerchantCommand


class Command(MerchantCommand):
    help = "Write a plan's document (JSON) to standard output; import_plan takes it in again."

    def create_parser(self, *args, **kwargs):
        # Django's own --version gives way to the plan's.
        return super().create_parser(*args, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--version",
            dest="plan_version",
            type=int,
            metavar="N",
            help="of this version (default: the plan in force now)",
        )

    def handle_merchant(self, merchant, *, plan_version, **options):
        plans = Plan.objects.filter(merchant=merchant)
        if plan_version is None:
            plan = plans.in_force_at(timezone.now()).first()
            missing = _("no plan is in force now; name one with --version.")
        else:
            plan = plans.filter(version=plan_version).first()
            missing = _("there is no plan with version %(n)s.") % {"n": plan_version}
        if plan is None:
            raise CommandError(missing)
        self.stdout.write(dump_plan_json(plan.document), ending="")
