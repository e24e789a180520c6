"""Prove that the trees are whole, or say who is out of place."""

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from apps.core.management.merchant_command import MerchantCommand
from apps.distributors.selectors import Fault, tree_faults, tree_nodes
from apps.distributors.services.repairing import repair_trees
from apps.merchants.models import Merchant

MOST_SHOWN = 200


class Command(BaseCommand):
    help = "Compare every distributor's place in the tree with their uplines; exit 1 on any fault."

    def add_arguments(self, parser):
        parser.add_argument("--merchant", metavar="CODE", help="only this merchant's trees")
        parser.add_argument(
            "--repair", action="store_true", help="number the faulty trees anew from the uplines"
        )

    def handle(self, *, merchant, repair, **options):
        if merchant:
            merchants = [MerchantCommand.find_merchant(merchant)]
        else:
            merchants = list(Merchant.objects.order_by("code"))
        # Not a generator: every merchant is checked, and repaired, whatever the first one shows.
        if not all([self._is_whole(each, repair) for each in merchants]):
            raise CommandError("Not every tree is whole.")

    def _is_whole(self, merchant: Merchant, repair: bool) -> bool:
        with scope(merchant=merchant):
            nodes = tree_nodes()
            faults = list(tree_faults(nodes))
        self._show(merchant, faults)
        if faults and repair:
            repaired, faults = len(faults), repair_trees(merchant=merchant)
            self.stdout.write(
                f"{merchant.code}: {repaired - len(faults)} of {repaired} faults repaired"
            )
            self._show(merchant, faults)
        if not faults:
            self.stdout.write(f"{merchant.code}: {len(nodes)} distributors, all in place")
        return not faults

    def _show(self, merchant: Merchant, faults: list[Fault]) -> None:
        for fault in faults[:MOST_SHOWN]:
            self.stderr.write(f"{merchant.code}: {fault}")
        if len(faults) > MOST_SHOWN:
            self.stderr.write(f"{merchant.code}: … and {len(faults) - MOST_SHOWN} more")
