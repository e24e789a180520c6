"""Old clicks lose their evidence and are counted for ever."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import MD5, Concat
from django.utils import timezone

from apps.merchants.models import Merchant
from apps.promotion.models import Click
from apps.promotion.selectors.policies import promotion_policy_of

# One chunk is one transaction.
CLICKS_PER_CHUNK = 2000


def forget_old_clicks(*, merchant: Merchant, as_of: datetime | None = None) -> int:
    """Take the evidence out of clicks older than the merchant's retention; returns of how many.

    Address hash and referrer go. The visitor's number becomes another one that cannot be led back
    to their cookie (hashed with a key that is thrown away), so that visitors can still be told
    apart and counted. Rows, days, links, kinds of device and who became a customer stay. Clicks
    that decided a binding or an order keep everything. Safe to repeat and to interrupt. Inside the
    merchant's scope.
    """
    as_of = as_of or timezone.now()
    before = as_of - timedelta(days=promotion_policy_of(merchant).retention_days)
    old = Click.objects.filter(
        merchant=merchant, at__lt=before, forgotten_at__isnull=True, is_deciding=False
    )
    key, count = secrets.token_hex(32), 0
    while chunk := list(old.order_by("at").values_list("pk", flat=True)[:CLICKS_PER_CHUNK]):
        with transaction.atomic():
            # Whatever decided something meanwhile is left alone.
            count += old.filter(pk__in=chunk).update(
                visitor=MD5(Concat(Value(key), F("visitor"))),
                address_hash="",
                referrer_host="",
                forgotten_at=as_of,
            )
    return count
