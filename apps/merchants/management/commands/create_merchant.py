"""Set up a merchant."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.services import set_password_link
from apps.core.errors import Refused
from apps.merchants.models import Merchant, StaffMembership
from apps.merchants.services import create_merchant


class Command(BaseCommand):
    help = "Set up a merchant, ready to use."

    def add_arguments(self, parser):
        parser.add_argument("code", metavar="CODE", help="letters, digits, - and _; for ever")
        parser.add_argument("--name", required=True, help="the name people see")
        parser.add_argument(
            "--currency", default="CNY", help=f"one of {', '.join(Merchant.Currency.values)}"
        )
        parser.add_argument("--time-zone", default="Asia/Shanghai", help="where its days begin")
        parser.add_argument("--operator", metavar="PHONE", help="who owns it and may sign in")

    def handle(self, *, code, name, currency, time_zone, operator, **options):
        try:
            merchant = create_merchant(
                code=code,
                name=name,
                currency=currency,
                time_zone=time_zone,
                operator_phone=operator,
            )
        except Refused as refused:
            raise CommandError(f"{refused}\n{_('Nothing was written.')}") from refused
        self.stdout.write(
            f"{merchant.code}: {merchant.name} · {merchant.currency} · {merchant.time_zone}"
        )
        if operator:
            self._tell_how_to_sign_in(merchant)

    def _tell_how_to_sign_in(self, merchant: Merchant) -> None:
        with scope(merchant=merchant):
            user = StaffMembership.objects.select_related("user").get().user
        if user.has_usable_password():
            self.stdout.write(f"Owner {user.phone} signs in with the password they have.")
        else:
            self.stdout.write(
                f"Owner {user.phone} sets a password, once, at {set_password_link(user=user)}"
            )
