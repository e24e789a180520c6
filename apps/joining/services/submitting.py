"""Somebody fills the form in, again if asked to, or gives up."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.attachments import CheckedFile, keep_files
from apps.core.evidence import device_name
from apps.core.locks import lock_until_commit
from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor
from apps.distributors.selectors import bound_distributor
from apps.joining.models import Application, Attachment, JoiningPolicy, Submission
from apps.joining.models.applications import OPEN_STATUSES
from apps.joining.selectors import duplicates_of, policy_of
from apps.joining.services.admitting import admit
from apps.joining.services.filling import Checked, Filled, check_filled
from apps.joining.services.gates import (
    check_account,
    check_inviter,
    check_not_banned,
    check_purchase,
)
from apps.joining.services.refusals import JoiningRefused
from apps.merchants.models import Merchant
from apps.merchants.services.agreements import address_hash

Status = Application.Status


def submit_application(
    *,
    merchant: Merchant,
    phone: str,
    filled: Filled,
    request_key: str,
    inviter: Distributor | None = None,
    order_no: str = "",
    user: User | None = None,
    address: str = "",
    user_agent: str = "",
) -> Application:
    """Ask to become a distributor; where the merchant reviews nobody, become one at once.

    The same `request_key` again returns the application it made before, unchanged. Raises
    JoiningRefused (nothing written) for what the policy does not allow or misses, somebody under
    18, a second open application of this person, somebody banned, an account of this phone that is
    not signed in, and, by the merchant's settings, for a duplicate.
    """
    normalised = normalise_phone(phone)
    if normalised is None:
        raise JoiningRefused(_("This is not a phone number: please check it."))
    if earlier := _earlier(merchant, request_key, normalised):
        return earlier
    policy = policy_of(merchant)
    if not policy.is_open:
        raise JoiningRefused(_("This merchant takes nobody at the moment."))
    check_inviter(policy, inviter)
    application = Application(
        merchant=merchant,
        phone=normalised,
        user=user,
        invited_by=inviter,
        order=check_purchase(policy, order_no, normalised),
    )
    checked = check_filled(policy, filled)
    trace = _trace(merchant, address, user_agent)
    try:
        with transaction.atomic():
            return _apply(policy, application, checked, request_key, trace)
    except IntegrityError as error:
        # Two accounts or forms of one person in the same instant.
        raise JoiningRefused(_already_open()) from error


def _apply(
    policy: JoiningPolicy,
    application: Application,
    checked: Checked,
    request_key: str,
    trace: dict[str, str],
) -> Application:
    merchant, phone = application.merchant, application.phone
    _lock_person(merchant, phone, checked)
    if earlier := _earlier(merchant, request_key, phone):
        return earlier
    check_not_banned(merchant, phone, checked.values["id_hash"])
    check_account(merchant, phone, application.user)
    if Application.objects.filter(
        merchant=merchant, phone=phone, status__in=OPEN_STATUSES
    ).exists():
        raise JoiningRefused(_already_open())
    duplicates = _duplicates(policy, application, checked)
    application.name, application.is_flagged = checked.values["name"], bool(duplicates)
    application.save()
    trace = {**trace, "duplicates": duplicates}
    submission = _add_submission(application, checked, request_key, trace)
    if not policy.is_reviewed:
        admit(
            application=application,
            submission=submission,
            upline=upline_of(application),
            actor=None,
        )
    _keep_files(submission, checked.files)
    return application


def resubmit_application(
    *,
    application: Application,
    filled: Filled,
    request_key: str,
    address: str = "",
    user_agent: str = "",
) -> Application:
    """Send a changed form for an application that changes were asked for; the earlier one is kept.

    What was told in confidence and is left empty now stays as it was. Replays are harmless. Raises
    JoiningRefused as `submit_application` does, and when no changes are asked for.
    """
    merchant = application.merchant
    if earlier := _earlier(merchant, request_key, str(application.phone)):
        return earlier
    policy = policy_of(merchant)
    last = application.submissions.select_related("application").order_by("-number").first()
    checked = check_filled(policy, filled, last)
    trace = _trace(merchant, address, user_agent)

    with transaction.atomic():
        _lock_person(merchant, str(application.phone), checked)
        locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if earlier := _earlier(merchant, request_key, str(application.phone)):
            return earlier
        if locked.status != Status.CHANGES:
            raise JoiningRefused(_("No changes are asked for at the moment."))
        check_not_banned(merchant, str(locked.phone), checked.values["id_hash"])
        duplicates = _duplicates(policy, locked, checked)
        trace = {**trace, "duplicates": duplicates}
        submission = _add_submission(locked, checked, request_key, trace)
        locked.name, locked.is_flagged = checked.values["name"], bool(duplicates)
        locked.status, locked.submitted_at = Status.SUBMITTED, timezone.now()
        locked.save(update_fields=["name", "is_flagged", "status", "submitted_at"])
        _keep_files(submission, checked.files)
    return locked


@transaction.atomic
def withdraw_application(*, application: Application) -> Application:
    """The applicant gives up; withdrawing twice is withdrawing once.

    Raises JoiningRefused when it has been decided.
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.status == Status.WITHDRAWN:
        return locked
    if not locked.is_open:
        raise JoiningRefused(_("This application has been decided already."))
    locked.status, locked.decided_at = Status.WITHDRAWN, timezone.now()
    locked.save(update_fields=["status", "decided_at"])
    return locked


def upline_of(application: Application) -> Distributor | None:
    """Under whom the applicant belongs: the one they are bound to as a customer, else who invited
    them, else who brought the order they named (design §7).

    Nobody for an order whose seller no longer recruits: the merchant takes the person itself.
    """
    bound = bound_distributor(
        merchant=application.merchant,
        phone_or_identifier=str(application.phone),
        at=timezone.now(),
    )
    if bound is not None and bound.is_active:
        return bound
    if application.invited_by is not None:
        return application.invited_by
    seller = application.order.distributor if application.order else None
    return seller if seller is not None and seller.is_active else None


def _earlier(merchant: Merchant, request_key: str, phone: str) -> Application | None:
    """The application that this form made before. Raises JoiningRefused for somebody else's."""
    found = (
        Submission.objects.filter(merchant=merchant, request_key=request_key)
        .select_related("application")
        .first()
    )
    if found is None:
        return None
    if str(found.application.phone) != phone:
        raise JoiningRefused(_("This form has been sent already. Open it afresh."))
    return found.application


def _lock_person(merchant: Merchant, phone: str, checked: Checked) -> None:
    """One form at a time for one phone, and for one ID number, at one merchant."""
    lock_until_commit(f"joining:{merchant.pk}:{phone}")
    if checked.values["id_hash"]:
        lock_until_commit(f"joining id:{checked.values['id_hash']}")


def _keep_files(submission: Submission, files: list[CheckedFile]) -> None:
    belongs = {"merchant_id": submission.merchant_id, "submission": submission}
    keep_files((Attachment(**belongs), each) for each in files)


def _trace(merchant: Merchant, address: str, user_agent: str) -> dict[str, str]:
    return {
        "address_hash": address_hash(merchant, address),
        "device": device_name(user_agent),
    }


def _duplicates(
    policy: JoiningPolicy, application: Application, checked: Checked
) -> list[dict[str, Any]]:
    """Whom this person resembles.

    Raises JoiningRefused where the merchant refuses duplicates, and for a phone that is registered
    already when nobody would look at the application.
    """
    found = duplicates_of(
        merchant=application.merchant,
        phone=str(application.phone),
        id_hash=checked.values["id_hash"],
        user=application.user,
    )
    has_phone = any(each["kind"] == "phone" for each in found)
    if found and (application.merchant.refuse_duplicates or (has_phone and not policy.is_reviewed)):
        raise JoiningRefused(
            _("Somebody has joined with these details already. Sign in, or ask the merchant.")
        )
    return found


def _add_submission(
    application: Application, checked: Checked, request_key: str, trace: dict[str, Any]
) -> Submission:
    last = application.submissions.order_by("-number").values_list("number", flat=True).first()
    return Submission.objects.create(
        merchant_id=application.merchant_id,
        application=application,
        number=(last or 0) + 1,
        request_key=request_key,
        **checked.values,
        **trace,
    )


def _already_open() -> str:
    return _(
        "An application with this phone number is being looked at. Open it by its own link, or ask "
        "the merchant."
    )
