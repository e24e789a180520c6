"""A distributor appeals (申诉), and the merchant answers; nothing is edited by either."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.attachments import Upload, check_files
from apps.distributors.models import Distributor, DistributorEvent, Suspension
from apps.distributors.services.locks import lock_tree_of
from apps.distributors.services.standing import (
    change_suspension,
    end_suspension_if_over,
    readmit_distributor,
    reinstate_distributor,
)
from apps.distributors.services.suspensions import open_suspension
from apps.price_control.models import Action, Appeal, AppealAnswer, Measure, Violation
from apps.price_control.services.deciding import newest_standing_event
from apps.price_control.services.keeping import keep_files
from apps.price_control.services.refusals import PriceControlRefused, require_text

LONGEST_STATEMENT = 2000
LONGEST_REASON = 200


def appeal_violation(
    *,
    violation: Violation,
    distributor: Distributor,
    statement: str,
    actor: User | None,
    request_key: str,
    files: Sequence[Upload] = (),
) -> Appeal:
    """The person concerned says why the decision is wrong, up to and with `appeal_until`.

    What was decided stands until it is answered. The same key returns the appeal it made before.
    Raises PriceControlRefused without a statement, for somebody else's violation, before there is a
    decision or where none was against them, after the deadline, or a second time;
    AttachmentRefused for a file that cannot be taken.
    """
    statement = require_text(
        statement, most=LONGEST_STATEMENT, missing=_("Say why the decision is wrong.")
    )
    checked = check_files(files)
    with scope(merchant=violation.merchant), transaction.atomic():
        violation = Violation.objects.select_for_update(of=["self"]).get(pk=violation.pk)
        if violation.distributor_id != distributor.pk:
            raise PriceControlRefused(_("Only the person concerned may appeal."))
        earlier = Appeal.objects.filter(violation=violation).first()
        if earlier is not None:
            if earlier.request_key == request_key:
                return earlier
            raise PriceControlRefused(_("There is an appeal already: one is all there can be."))
        now = timezone.now()
        _check_may_appeal(Measure.objects.filter(violation=violation).first(), now)
        appeal = Appeal.objects.create(
            merchant=violation.merchant,
            violation=violation,
            statement=statement,
            request_key=request_key,
            submitted_by=actor,
            submitted_at=now,
        )
        keep_files(violation=violation, files=checked, appeal=appeal)
    return appeal


def _check_may_appeal(measure: Measure | None, now) -> None:
    if measure is None or not measure.counts:
        raise PriceControlRefused(_("There is no decision that could be appealed."))
    if now > measure.appeal_until:
        raise PriceControlRefused(_("The time to appeal is over. Ask the merchant directly."))


def answer_appeal(
    *, appeal: Appeal, is_upheld: bool, reason: str, actor: User | None
) -> AppealAnswer:
    """Answer, once. Upheld: the violation is void, counts no more, and its measure ends now.

    A suspension it began ends by a new event, or falls back to the one that it prolonged; somebody
    it terminated is active again, at the same place in the tree. What others decided meanwhile
    stays. The same answer of the same person again returns the first. Raises PriceControlRefused
    without a reason or for another answer; StandingRefused while the person is banned.
    """
    reason = require_text(reason, most=LONGEST_REASON, missing=_("Give a reason."))
    violation = appeal.violation
    with scope(merchant=appeal.merchant), transaction.atomic():
        fresh = lock_tree_of(violation.distributor)
        Violation.objects.select_for_update(of=["self"]).get(pk=violation.pk)
        earlier = AppealAnswer.objects.filter(appeal=appeal).first()
        if earlier is not None:
            known = (earlier.is_upheld, earlier.reason, earlier.answered_by)
            if known == (is_upheld, reason, actor):
                return earlier
            raise PriceControlRefused(_("This appeal has been answered already."))
        measure = Measure.objects.select_related("event").get(violation=violation)
        return AppealAnswer.objects.create(
            merchant=appeal.merchant,
            appeal=appeal,
            is_upheld=is_upheld,
            reason=reason,
            event=_give_back(fresh, measure, reason, actor) if is_upheld else None,
            answered_by=actor,
        )


def _give_back(
    fresh: Distributor, measure: Measure, reason: str, actor: User | None
) -> DistributorEvent | None:
    """End what the measure did to the person's standing, as far as it still lasts."""
    end_suspension_if_over(fresh, timezone.now())
    if newest_standing_event(fresh) != measure.event:
        return None
    if measure.action == Action.SUSPEND:
        _end_suspension(fresh, measure, reason, actor)
    elif measure.action == Action.TERMINATE:
        readmit_distributor(distributor=fresh, reason=reason, actor=actor)
    else:
        return None
    return newest_standing_event(fresh)


def _end_suspension(fresh: Distributor, measure: Measure, reason: str, actor: User | None) -> None:
    before = Suspension.objects.filter(end__event=measure.event).first()
    still_due = before is not None and (before.ends_at is None or before.ends_at > timezone.now())
    if not still_due:
        reinstate_distributor(distributor=fresh, reason=reason, actor=actor)
        return
    current = open_suspension(fresh)
    change_suspension(
        distributor=fresh,
        reason=reason,
        actor=actor,
        ends_at=before.ends_at,
        pending_waits=current.pending_waits and before.pending_waits,
    )
