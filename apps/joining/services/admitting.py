"""The person becomes a distributor: registered, linked with their account, marked if need be.

Callers hold the lock of the application, inside a transaction.
"""

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.services import claim_account
from apps.distributors.models import Distributor, DuplicateFlag
from apps.distributors.services.banned import are_banned
from apps.distributors.services.duplicates import flag_duplicate
from apps.distributors.services.registration import register_distributor
from apps.joining.models import Application, Submission
from apps.joining.selectors import duplicates_of
from apps.joining.services.refusals import JoiningRefused
from apps.merchants.services.agreements import note_acceptance


def admit(
    *,
    application: Application,
    submission: Submission,
    upline: Distributor | None,
    actor: User | None,
) -> Distributor:
    """Register the applicant under `upline`, or at the top, and close the application.

    Raises what `register_distributor` raises, and JoiningRefused when their account is another
    distributor's here, for a banned person's ID number or, by the merchant's settings, one that is
    another's.
    """
    if submission.id_hash and are_banned(application.merchant, [submission.id_hash]):
        raise JoiningRefused(_("Whoever has this ID number was banned here. Lift the ban first."))
    duplicates = _other_people(application, submission)
    distributor = register_distributor(
        merchant=application.merchant,
        code=_new_code(application),
        name=submission.name,
        phone=str(application.phone),
        parent=upline,
        actor=actor,
    )
    user = _account_of(application)
    if user is not None:
        _link(distributor, user)
        _note_agreement(submission, user)
    for other in duplicates:
        flag_duplicate(distributor=distributor, other=other, kind=DuplicateFlag.Kind.ID_NUMBER)
    application.status = Application.Status.APPROVED
    application.distributor, application.decided_at = distributor, timezone.now()
    application.save(update_fields=["status", "distributor", "decided_at"])
    return distributor


def _other_people(application: Application, submission: Submission) -> list[Distributor]:
    """Distributors with the same ID number. Raises JoiningRefused where the merchant wants none."""
    found = duplicates_of(
        merchant=application.merchant,
        phone=str(application.phone),
        id_hash=submission.id_hash,
        user=application.user,
    )
    ids = {each["distributor"] for each in found if each["kind"] == "id_number"} - {None}
    others = list(Distributor.objects.filter(pk__in=ids).order_by("pk"))
    if others and application.merchant.refuse_duplicates:
        raise JoiningRefused(
            _("This ID number is that of %(other)s. Your settings refuse duplicates.")
            % {"other": others[0]}
        )
    return others


def _new_code(application: Application) -> str:
    """A code for somebody whom no operator numbered; the merchant's own codes come first."""
    code = f"J{application.pk:06d}"
    taken = Distributor.objects.filter(merchant_id=application.merchant_id, code=code).exists()
    return f"{code}-{secrets.token_hex(3)}" if taken else code


def _account_of(application: Application) -> User | None:
    """The applicant's account; None when one of their number appeared that they did not sign in to.

    Such a person is given a sign-in by the merchant, who asks whose number it is.
    """
    if application.user is not None:
        return application.user
    found = User.objects.filter(phone=application.phone).first()
    if found is None:
        return claim_account(phone=str(application.phone), name=application.name)
    return None


def _link(distributor: Distributor, user: User) -> None:
    try:
        with transaction.atomic():
            Distributor.objects.filter(pk=distributor.pk).update(user=user)
    except IntegrityError as error:
        raise JoiningRefused(
            _("The account of this person is another distributor's here already.")
        ) from error
    distributor.user = user


def _note_agreement(submission: Submission, user: User) -> None:
    if submission.agreement is not None:
        note_acceptance(
            agreement=submission.agreement,
            user=user,
            accepted_at=submission.submitted_at,
            address_hash=submission.address_hash,
            device=submission.device,
        )
