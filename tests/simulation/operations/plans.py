"""Plans drafted and activated: any base, scope, ceiling, self-purchase, compression and kind."""

from datetime import timedelta

from apps.commissions.models import Plan
from apps.commissions.services.plans import activate_plan, draft_plan, edit_draft
from tests.reference.random_cases import LEVELS, make_plan
from tests.reference.random_kinds import further_kinds
from tests.reference.world import read_plan
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.register import operation


def random_document(life: Life) -> dict:
    goods = [{"sku": sku.code} for sku in life.house.skus]
    document = make_plan(life.rng, life.number("Plan "), goods, core=False)
    if life.chance(0.8):
        document |= further_kinds(life.rng, list(life.facts.sellers), LEVELS)
    return document


@operation(2)
def draft(life: Life) -> Attempt:
    document = random_document(life)
    return Attempt(
        lambda: draft_plan(merchant=life.merchant, content=document),
        life.drafts.append,
        may=lambda: True,
        once=False,
    )


@operation(1)
def edit(life: Life) -> Attempt | None:
    plan = life.pick(life.drafts)
    document = random_document(life)

    def note(edited: Plan) -> None:
        plan.document = edited.document

    return plan and Attempt(lambda: edit_draft(plan=plan, content=document), note)


@operation(2)
def activate(life: Life) -> Attempt | None:
    plan = life.pick(life.drafts)
    if plan is None:
        return None
    moment = life.now + timedelta(hours=life.rng.choice((-30, 0, 0, 1, 50)))
    return activation(life, plan, moment)


def activation(life: Life, plan: Plan, moment) -> Attempt:
    """Activate this draft from this moment."""

    def note(activated: Plan) -> None:
        life.facts.activate(read_plan(activated.document, moment))

    return Attempt(
        lambda: activate_plan(plan=plan, effective_from=moment, acknowledged_by="Owner"), note
    )
