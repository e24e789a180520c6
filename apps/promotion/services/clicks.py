"""Clicks (点击) as evidence, and the bindings that follow from them."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.distributors.models import BindingPolicy, Customer, Distributor
from apps.distributors.selectors import customer_of, policy_at
from apps.distributors.services.binding import Outcome, touch_customer
from apps.promotion.models import Click, PromoLink

# More than anybody visits within a window; a flood of clicks must not hold a checkout up.
CLICKS_LOOKED_AT = 200


class Visit(NamedTuple):
    """Who came and how, without anything personal in clear. `phone`: of somebody signed in."""

    visitor: str
    device: str
    referrer_host: str = ""
    address_hash: str = ""
    phone: str = ""


def hash_address(address: str) -> str:
    """A network address that can be compared and not read back: HMAC with the site's secret."""
    if not address:
        return ""
    return salted_hmac("promotion.click.address", address, algorithm="sha256").hexdigest()


@transaction.atomic
def record_click(
    *,
    distributor: Distributor,
    visit: Visit,
    target: str,
    link: PromoLink | None = None,
    at: datetime | None = None,
) -> Click:
    """Keep that somebody came through this distributor's shop or `link` at `at` (default now).

    A visitor who is signed in and a customer already may be bound by it at once; everybody else
    when they become known (`adopt_clicks`). Inside the merchant's scope.
    """
    at = at or timezone.now()
    merchant_id = distributor.merchant_id
    customer = (
        customer_of(merchant=merchant_id, phone_or_identifier=visit.phone) if visit.phone else None
    )
    click = Click.objects.create(
        merchant_id=merchant_id,
        distributor=distributor,
        customer=customer,
        link=link,
        at=at,
        target=target[:200],
        referrer_host=visit.referrer_host[:100],
        device=visit.device,
        address_hash=visit.address_hash,
        visitor=visit.visitor,
    )
    if customer is not None:
        _touch(click, customer)
    return click


@transaction.atomic
def adopt_clicks(*, customer: Customer, visitor: str, at: datetime) -> list[Click]:
    """The visitor turns out to be this customer: their clicks are the customer's from now on.

    Those within the policy's window may bind the customer, in the order in which they happened.
    Returns them, oldest first. Inside the merchant's scope.
    """
    if not visitor:
        return []
    policy = policy_at(merchant=customer.merchant_id, moment=at)
    recent = Click.objects.filter(
        merchant=customer.merchant_id,
        visitor=visitor,
        customer__isnull=True,
        at__gt=at - policy.click_window,
        at__lte=at,
    )
    clicks = list(recent.select_related("distributor").order_by("-at", "-pk")[:CLICKS_LOOKED_AT])
    clicks.reverse()
    Click.objects.filter(pk__in=[each.pk for each in clicks], customer__isnull=True).update(
        customer=customer
    )
    if policy.is_on and policy.bind_on == BindingPolicy.Moment.CLICK:
        for click in clicks:
            _touch(click, customer)
    return clicks


def _touch(click: Click, customer: Customer) -> None:
    touch = touch_customer(
        customer=customer,
        distributor=click.distributor,
        moment=BindingPolicy.Moment.CLICK,
        at=click.at,
        evidence={"click": click.pk, "target": click.target},
    )
    if touch.outcome in (Outcome.BOUND, Outcome.POACHED):
        keep_as_evidence(click)


def keep_as_evidence(click: Click) -> None:
    """Something was decided by this click: it keeps what it shows beyond the retention."""
    Click.objects.filter(pk=click.pk).update(is_deciding=True)


def last_click(
    *, customer: Customer, visitor: str, policy: BindingPolicy, at: datetime
) -> Click | None:
    """The customer's or visitor's last click within the policy's window, on somebody active."""
    clicks = Click.objects.filter(
        merchant=customer.merchant_id,
        at__gt=at - policy.click_window,
        at__lte=at,
        distributor__status=Distributor.Status.ACTIVE,
    ).select_related("distributor")
    by_customer = clicks.filter(customer=customer).order_by("-at", "-pk").first()
    by_visitor = clicks.filter(visitor=visitor).order_by("-at", "-pk").first() if visitor else None
    found = [each for each in (by_customer, by_visitor) if each]
    return max(found, key=lambda each: (each.at, each.pk), default=None)
