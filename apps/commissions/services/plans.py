"""Plans: drafted, checked against the merchant's own goods and levels, activated once."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.commissions.models import BonusPeriod, OrderBooking, Plan
from apps.commissions.plan_document import (
    PlanProblem,
    PlanRefused,
    parse_plan,
    parse_plan_json,
)
from apps.commissions.services.plan_references import unknown_references
from apps.core.locks import lock_until_commit
from apps.promotion.models import Attribution

Method = Attribution.Method


def plans_lock(merchant) -> str:
    """The lock that lets one change of a merchant's plans happen at a time."""
    return f"plans:{merchant.pk}"


@transaction.atomic
def draft_plan(*, merchant, content: str | bytes | dict) -> Plan:
    """Save a plan document as the merchant's next draft version. Raises PlanRefused."""
    document = check_document(merchant, content)
    lock_until_commit(plans_lock(merchant))
    latest = Plan.objects.filter(merchant=merchant).aggregate(Max("version"))["version__max"] or 0
    return Plan.objects.create(
        merchant=merchant, version=latest + 1, name=document["name"], document=document
    )


@transaction.atomic
def edit_draft(*, plan: Plan, content: str | bytes | dict) -> Plan:
    """Replace the document of a draft. Raises PlanRefused, also for a plan that is no draft."""
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if not plan.is_draft:
        raise PlanRefused(
            [PlanProblem("", _("An activated plan never changes: copy it to a new draft."))]
        )
    document = check_document(plan.merchant, content)
    plan.document, plan.name = document, document["name"]
    plan.save(update_fields=["document", "name"])
    return plan


@transaction.atomic
def activate_plan(
    *, plan: Plan, effective_from: datetime | None = None, acknowledged_by: str = "", actor=None
) -> Plan:
    """Let the plan compute orders paid from `effective_from` (default: now) on.

    The plan in force until then ends there. Raises PlanRefused when the plan is no draft, when more
    than one depth lacks the name of who accepted the compliance text, when a later plan exists, or
    when orders paid from then on have already been computed: history is never rewritten.
    """
    lock_until_commit(plans_lock(plan.merchant))
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    # Who is booking under the open plan holds a share of it. Only once they are through is it known
    # what has been computed, and what “now” may mean.
    open_plan = (
        Plan.objects.select_for_update()
        .filter(merchant=plan.merchant, effective_from__isnull=False, effective_to__isnull=True)
        .first()
    )
    effective_from = effective_from or timezone.now()
    document = check_document(plan.merchant, plan.document)
    _check_activation(plan, document, effective_from, acknowledged_by)
    if open_plan is not None:
        open_plan.effective_to = effective_from
        open_plan.save(update_fields=["effective_to"])
    plan.effective_from = effective_from
    plan.activated_at = timezone.now()
    plan.activated_by = actor
    plan.acknowledged_by = acknowledged_by.strip()
    plan.save()
    return plan


def _check_activation(
    plan: Plan, document: dict, effective_from: datetime, acknowledged_by: str
) -> None:
    problems = []
    if not plan.is_draft:
        problems.append(
            PlanProblem("", _("This plan was activated before: copy it to a new draft."))
        )
    if document["depths"] > 1 and not acknowledged_by.strip():
        problems.append(
            PlanProblem(
                "depths",
                _("More than one depth needs the name of who accepted the compliance text."),
            )
        )
    later = Plan.objects.filter(merchant=plan.merchant, effective_from__gte=effective_from).first()
    if later is not None:
        problems.append(
            PlanProblem(
                "effective_from",
                _("“%(plan)s” takes effect at the same time or later; choose a later moment.")
                % {"plan": later},
            )
        )
    if _is_computed_since(plan.merchant, effective_from):
        problems.append(
            PlanProblem(
                "effective_from",
                _("Orders paid after that moment are already computed; choose a later moment."),
            )
        )
    if BonusPeriod.objects.filter(merchant=plan.merchant, ends_at__gt=effective_from).exists():
        problems.append(
            PlanProblem(
                "effective_from",
                _("Stage bonuses of a period that ended later are settled; choose a later moment."),
            )
        )
    if problems:
        raise PlanRefused(problems)


def _is_computed_since(merchant, moment: datetime) -> bool:
    """Whether a plan has had its say on an order paid from then on: booked it, or, under its rule
    on own purchases, given it to somebody. Other orders are attributed whatever the plan."""
    since = {"merchant": merchant, "order__paid_at__gte": moment}
    decided_by_plan = Q(method__in=[Method.SELF_PURCHASE, Method.SELF_TO_PARENT]) | Q(
        method=Method.NONE, order__distributor__isnull=False
    )
    return (
        OrderBooking.objects.filter(**since).exists()
        or Attribution.objects.filter(decided_by_plan, **since).exists()
    )


def check_document(merchant, content: str | bytes | dict) -> dict:
    """A plan document, normalised; it may name what this merchant has. Raises PlanRefused."""
    parse = parse_plan if isinstance(content, dict) else parse_plan_json
    document = parse(content, max_depths=settings.COMMISSION_MAX_DEPTH)
    problems = unknown_references(merchant=merchant, document=document)
    if problems:
        raise PlanRefused(problems)
    return document
