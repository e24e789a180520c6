"""Somebody of the merchant decides about an application, with scores and reasons."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.locks import lock_until_commit
from apps.distributors.models import Distributor
from apps.joining.models import Application, Review, Submission
from apps.joining.services.admitting import admit
from apps.joining.services.filling import check_scores
from apps.joining.services.refusals import JoiningRefused

Status, Verdict = Application.Status, Review.Verdict
LONGEST_REASON = 500


@transaction.atomic
def approve_application(
    *,
    submission: Submission,
    upline: Distributor | None,
    actor: User,
    scores: Mapping[str, int] | None = None,
    reason: str = "",
) -> Distributor:
    """The applicant becomes a distributor under `upline`, or at the top; returns them.

    `submission` is what the reviewer read. Raises JoiningRefused when it is no longer the latest or
    awaits no review, or for an upline of another merchant; RegistrationRefused for a phone that is
    registered or an upline who cannot recruit.
    """
    application = _lock(submission)
    if upline is not None and upline.merchant_id != application.merchant_id:
        raise JoiningRefused(_("This upline belongs to another merchant."))
    _note(submission, Verdict.APPROVE, reason, scores, actor)
    return admit(application=application, submission=submission, upline=upline, actor=actor)


def reject_application(
    *, submission: Submission, reason: str, actor: User, scores: Mapping[str, int] | None = None
) -> Application:
    """Turn the applicant down, with a reason that they read. Raises JoiningRefused."""
    return _decide(submission, Verdict.REJECT, Status.REJECTED, reason, scores, actor)


def ask_for_changes(
    *, submission: Submission, reason: str, actor: User, scores: Mapping[str, int] | None = None
) -> Application:
    """Ask the applicant to fill the form in again, and say why. Raises JoiningRefused."""
    return _decide(submission, Verdict.CHANGES, Status.CHANGES, reason, scores, actor)


@transaction.atomic
def _decide(
    submission: Submission,
    verdict: str,
    status: str,
    reason: str,
    scores: Mapping[str, int] | None,
    actor: User,
) -> Application:
    if not reason.strip():
        raise JoiningRefused(_("Give a reason: the applicant reads it."))
    application = _lock(submission)
    _note(submission, verdict, reason, scores, actor)
    application.status = status
    if status == Status.REJECTED:
        application.decided_at = timezone.now()
    application.save(update_fields=["status", "decided_at"])
    return application


def _lock(submission: Submission) -> Application:
    """The application, locked, if this is the form that awaits review."""
    if submission.id_hash:
        lock_until_commit(f"joining id:{submission.id_hash}")
    found = Application.objects.select_for_update(of=("self",))
    application = found.select_related("merchant", "user").get(pk=submission.application_id)
    if application.status != Status.SUBMITTED:
        raise JoiningRefused(_("This application no longer awaits review."))
    latest = application.submissions.order_by("-number").values_list("pk", flat=True).first()
    if latest != submission.pk:
        raise JoiningRefused(_("The applicant has sent a new form. Read that one first."))
    return application


def _note(
    submission: Submission,
    verdict: str,
    reason: str,
    scores: Mapping[str, int] | None,
    actor: User,
) -> Review:
    return Review.objects.create(
        merchant_id=submission.merchant_id,
        application_id=submission.application_id,
        submission=submission,
        verdict=verdict,
        reason=reason.strip()[:LONGEST_REASON],
        scores=check_scores(scores or {}),
        reviewer=actor,
    )
