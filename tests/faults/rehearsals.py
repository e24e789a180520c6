"""A rehearsal waiting at every merchant: prints their [merchant id, simulation id] as JSON.

python -m tests.faults.rehearsals
"""

import json
from datetime import timedelta

import django

from tests.faults.season import DAYS, PLAN, START


def main() -> None:
    django.setup()
    from django_scopes import scope

    from apps.commissions.services.plans import draft_plan
    from apps.commissions.services.simulations import ask_for_simulation
    from apps.merchants.models import Merchant

    waiting = []
    for merchant in Merchant.objects.order_by("pk"):
        with scope(merchant=merchant):
            simulation = ask_for_simulation(
                merchant=merchant,
                date_from=START.date(),
                date_to=(START + timedelta(days=DAYS)).date(),
                actor=None,
                plan=draft_plan(merchant=merchant, content=PLAN),
            )
        waiting.append([merchant.pk, simulation.pk])
    print(json.dumps(waiting))


if __name__ == "__main__":
    main()
