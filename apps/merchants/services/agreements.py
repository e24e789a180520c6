"""The distributors' agreement (分销协议): drafted, published for good, accepted."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.evidence import device_name, keyed_hash
from apps.core.locks import lock_until_commit
from apps.merchants.models import Agreement, AgreementAcceptance, Merchant
from apps.merchants.selectors import current_agreement

ADDRESS = "agreement address"


class AgreementRefused(Refused):
    """The agreement cannot be changed or accepted so; nothing was changed."""


@transaction.atomic
def save_agreement_draft(*, merchant: Merchant, title: str, text: str) -> Agreement:
    """The merchant's one draft, made or rewritten. Raises AgreementRefused without its words."""
    title, text = " ".join(title.split()), text.strip()
    if not title or not text:
        raise AgreementRefused(_("An agreement needs a title and a text."))
    if len(title) > Agreement._meta.get_field("title").max_length:
        raise AgreementRefused(_("The title is longer than 80 characters."))
    _lock(merchant)
    draft, _created = Agreement.objects.update_or_create(
        merchant=merchant, published_at=None, defaults={"title": title, "text": text}
    )
    return draft


@transaction.atomic
def publish_agreement(*, agreement: Agreement, actor: User | None) -> Agreement:
    """Put a draft in force as the next version, for good; every distributor is asked again.

    Raises AgreementRefused for what is published already, or says the same as the version in force.
    """
    merchant = agreement.merchant
    _lock(merchant)
    draft = Agreement.objects.select_for_update().get(merchant=merchant, pk=agreement.pk)
    if not draft.is_draft:
        raise AgreementRefused(_("This version has been published already."))
    current = current_agreement(merchant)
    if current is not None and (current.title, current.text) == (draft.title, draft.text):
        raise AgreementRefused(
            _("Nothing has changed since %(version)s: nobody would be asked for anything new.")
            % {"version": current.version_name}
        )
    last = Agreement.objects.filter(merchant=merchant).aggregate(last=Max("number"))["last"]
    draft.number, draft.published_at, draft.published_by = (last or 0) + 1, timezone.now(), actor
    draft.save(update_fields=["number", "published_at", "published_by"])
    return draft


@transaction.atomic
def accept_agreement(
    *, agreement: Agreement, user: User, address: str, user_agent: str
) -> AgreementAcceptance:
    """Note that `user` agrees, now, from this address and browser; a second time changes nothing.

    Raises AgreementRefused unless it is the version in force.
    """
    current = current_agreement(agreement.merchant)
    if current is None or current.pk != agreement.pk:
        raise AgreementRefused(_("A newer version has been published. Read that one first."))
    return note_acceptance(
        agreement=agreement,
        user=user,
        accepted_at=timezone.now(),
        address_hash=address_hash(agreement.merchant, address),
        device=device_name(user_agent),
    )


def note_acceptance(
    *, agreement: Agreement, user: User, accepted_at: datetime, address_hash: str, device: str
) -> AgreementAcceptance:
    """The row of an acceptance that has happened; the first one stays. Inside a transaction."""
    acceptance, _created = AgreementAcceptance.objects.get_or_create(
        merchant_id=agreement.merchant_id,
        agreement=agreement,
        user=user,
        defaults={"accepted_at": accepted_at, "address_hash": address_hash, "device": device},
    )
    return acceptance


def address_hash(merchant: Merchant, address: str) -> str:
    """The keyed hash of a network address, different at every merchant; empty for none."""
    return keyed_hash(ADDRESS, f"{merchant.pk}:{address}") if address else ""


def _lock(merchant: Merchant) -> None:
    lock_until_commit(f"agreement:{merchant.pk}")
