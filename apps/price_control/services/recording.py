"""Somebody notes what a distributor did, with the evidence."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.attachments import Upload, check_files
from apps.distributors.models import Distributor
from apps.price_control.models import Violation
from apps.price_control.services.keeping import keep_files
from apps.price_control.services.refusals import PriceControlRefused, require_text

LONGEST_TEXT = 2000
check_link = URLValidator(schemes=["http", "https"])


def record_violation(
    *,
    distributor: Distributor,
    kind: str,
    description: str,
    happened_at: datetime,
    actor: User | None,
    request_key: str,
    links: str = "",
    files: Sequence[Upload] = (),
) -> Violation:
    """Note a violation; nothing follows from it until somebody decides.

    `links`: one per line. The same key returns what it made before. Raises PriceControlRefused
    without a description or any evidence, for a link that is none, and for a moment ahead or from
    before the person joined; AttachmentRefused for a file that cannot be taken.
    """
    description = require_text(description, most=LONGEST_TEXT, missing=_("Describe what happened."))
    if kind not in Violation.Kind.values:
        raise PriceControlRefused(_("Choose what kind of violation it was."))
    addresses = _checked_links(links)
    if not files and not addresses:
        raise PriceControlRefused(_("Add evidence: a picture, a PDF, or a link."))
    if happened_at > timezone.now():
        raise PriceControlRefused(_("It cannot have happened in the future."))
    if happened_at < distributor.joined_at:
        raise PriceControlRefused(_("It cannot have happened before the person joined."))
    checked = check_files(files)
    with scope(merchant=distributor.merchant), transaction.atomic():
        violation, is_new = Violation.objects.get_or_create(
            merchant=distributor.merchant,
            request_key=request_key,
            defaults={
                # Read again, so that a person of another merchant is not found.
                "distributor": Distributor.objects.get(pk=distributor.pk),
                "kind": kind,
                "description": description,
                "links": addresses,
                "happened_at": happened_at,
                "recorded_by": actor,
            },
        )
        if is_new:
            keep_files(violation=violation, files=checked)
    return violation


def _checked_links(text: str) -> str:
    """The links, one per line; they are shown as links, so nothing else may pass."""
    links = text.split()
    for link in links:
        try:
            check_link(link)
        except ValidationError:
            raise PriceControlRefused(
                _("“%(link)s” is not a link: it begins with http:// or https://.") % {"link": link}
            ) from None
    joined = "\n".join(links)
    if len(joined) > LONGEST_TEXT:
        raise PriceControlRefused(
            _("The text is longer than %(most)s characters.") % {"most": LONGEST_TEXT}
        )
    return joined
