"""Addresses that a customer keeps for the next order."""

from django.db import transaction
from django.utils import timezone

from apps.orders.models import SavedAddress

MAX_ADDRESSES = 10


@transaction.atomic
def keep_address(
    *, merchant, owner: str, name: str, phone: str, region: str, address: str
) -> SavedAddress:
    """Remember where somebody had goods sent; one that is known is only noted as used again.

    The oldest of more than MAX_ADDRESSES is forgotten. Texts are those of a placed order.
    """
    found, _created = SavedAddress.objects.update_or_create(
        merchant=merchant,
        owner=owner,
        name=name,
        phone=phone,
        region=region,
        address=address,
        defaults={"used_at": timezone.now()},
    )
    theirs = SavedAddress.objects.filter(merchant=merchant, owner=owner)
    old = theirs.order_by("-used_at", "-pk").values_list("pk", flat=True)[MAX_ADDRESSES:]
    SavedAddress.objects.filter(pk__in=list(old)).delete()
    return found


def forget_address(*, address: SavedAddress) -> None:
    """Offer this address no more; orders keep what they were sent to."""
    SavedAddress.objects.filter(pk=address.pk).delete()
