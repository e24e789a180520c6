"""What the pages show of violations."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from apps.distributors.models import Distributor
from apps.price_control.models import Violation, ViolationFile


def violations_of(distributor: Distributor) -> QuerySet[Violation]:
    """A person's violations, newest first, each with its `state` and measure. One query."""
    found = Violation.objects.with_state().filter(distributor=distributor)
    return found.select_related("measure").order_by("-happened_at", "-pk")


def violation_with_story(violations: QuerySet[Violation]) -> QuerySet[Violation]:
    """Everything that one page needs of a violation, in two queries."""
    related = [
        "merchant",
        "distributor__merchant",
        "recorded_by",
        "measure__ladder",
        "measure__decided_by",
        "appeal__submitted_by",
        "appeal__answer__answered_by",
    ]
    return violations.with_state().select_related(*related).prefetch_related("files")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The files of one violation, by who brought them."""

    merchants: list[ViolationFile]
    distributors: list[ViolationFile]


def evidence_of(violation: Violation) -> Evidence:
    """The files of a violation read with its story. No query."""
    files = sorted(violation.files.all(), key=lambda each: each.pk)
    return Evidence(
        merchants=[each for each in files if each.appeal_id is None],
        distributors=[each for each in files if each.appeal_id is not None],
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody of the merchant's."""

    to_decide: int
    appeals: int


def waiting() -> Waiting:
    """How many violations are to be decided and appeals to be answered, over the active scope."""
    found = Violation.objects.aggregate(
        to_decide=Count("pk", filter=Q(measure__isnull=True)),
        appeals=Count("pk", filter=Q(appeal__isnull=False, appeal__answer__isnull=True)),
    )
    return Waiting(**found)
