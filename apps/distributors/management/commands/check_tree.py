"""Prove that the trees are whole, or say who is out of place."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice

from django.core.management.base import BaseCommand, CommandError

from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress
from apps.distributors.selectors.tree_checks import Fault, people_per_merchant, tree_faults
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
        only = MerchantCommand.find_merchant(merchant) if merchant else None
        merchants = [only] if only else list(Merchant.objects.order_by("code"))
        faults = self._check(only, {each.pk: each.code for each in merchants})
        for each in merchants:
            if faults[each.pk] and repair:
                faults[each.pk] = self._repair(each, faults[each.pk])
        people = people_per_merchant()
        for each in merchants:
            if not faults[each.pk]:
                self.stdout.write(
                    f"{each.code}: {people.get(each.pk, 0)} distributors, all in place"
                )
        if faults.total():
            raise CommandError("Not every tree is whole.")

    def _check(self, only: Merchant | None, codes: dict[int, str]) -> Counter[int]:
        """Show the faults; how many each merchant has."""
        with Progress(self.stderr) as progress:
            found = tree_faults(
                only.pk if only else None,
                lambda done, total: progress.show("check", done=done, total=total),
            )
            # The pass is over when the first fault comes: the line is free to tell it.
            first = list(islice(found, 1))
        return self._show(chain(first, found), codes)

    def _repair(self, merchant: Merchant, before: int) -> int:
        """How many faults are left."""
        with Progress(self.stderr) as progress:
            left = repair_trees(
                merchant=merchant,
                on_progress=lambda done, total: progress.show("repair", done=done, total=total),
            )
        self.stdout.write(f"{merchant.code}: {before - len(left)} of {before} faults repaired")
        self._show(left, {merchant.pk: merchant.code})
        return len(left)

    def _show(self, faults: Iterable[Fault], codes: dict[int, str]) -> Counter[int]:
        found: Counter[int] = Counter()
        for fault in faults:
            found[fault.merchant_id] += 1
            if found[fault.merchant_id] <= MOST_SHOWN:
                self.stderr.write(f"{codes[fault.merchant_id]}: {fault}")
        for merchant_id, count in found.items():
            if count > MOST_SHOWN:
                self.stderr.write(f"{codes[merchant_id]}: … and {count - MOST_SHOWN} more")
        return found
