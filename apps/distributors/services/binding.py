"""Binding customers to distributors (绑定): by touch under the policy, by hand, or after an appeal.

The customer's row is locked first and everything is read after it, so that of two touches at once
one binds and the other meets what the first left. Rows are added and ended, never rewritten.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import phonenumbers
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.phones import normalise_phone
from apps.distributors.models import (
    Binding,
    BindingAttempt,
    BindingPolicy,
    Customer,
    Distributor,
)
from apps.distributors.selectors.bindings import binding_at, policy_at
from apps.merchants.models import StaffMembership

Way, Ending = Binding.Way, Binding.Ending
Moment, Rule = BindingPolicy.Moment, BindingPolicy.Rule
# A policy that binds at one of these moments binds at every later one as well.
ORDER_OF_MOMENTS = (Moment.CLICK, Moment.REGISTRATION, Moment.ORDER)
USUAL_WAY = {
    Moment.CLICK: Way.CLICK,
    Moment.REGISTRATION: Way.REGISTRATION,
    Moment.ORDER: Way.ORDER,
}
LONGEST_REASON = 200


class BindingRefused(Refused):
    """A customer is not bound, or no longer bound, so; nothing was changed."""


class Outcome(StrEnum):
    """What came of a touch."""

    # Nothing is bound at this moment under this policy.
    NOT_NOW = "not_now"
    # This customer may not be bound to this person.
    NOT_ALLOWED = "not_allowed"
    # The customer is theirs already, or has been somebody's since.
    KEPT = "kept"
    # Somebody else's, and protected: noted as an attempt.
    POACHED = "poached"
    BOUND = "bound"


class Touch(NamedTuple):
    """What came of a touch, and the binding that holds after it (None: none)."""

    outcome: Outcome
    binding: Binding | None


@transaction.atomic
def touch_customer(
    *,
    customer: Customer,
    distributor: Distributor,
    moment: Moment,
    at: datetime,
    way: Way | None = None,
    evidence: dict[str, Any] | None = None,
) -> Touch:
    """Let a customer's contact with a distributor bind them, if the policy in force at `at` does.

    `moment`: what happened; `way`: how, where that says more. A touch of before the last binding
    began or ended changes nothing any more. Inside the merchant's scope.
    """
    policy = policy_at(merchant=customer.merchant_id, moment=at)
    if not policy.is_on or not _binds_at(policy, moment):
        return Touch(Outcome.NOT_NOW, None)
    customer = lock_customer(customer)
    if not _may_bind(policy, customer, distributor):
        return Touch(Outcome.NOT_ALLOWED, None)
    way = way or USUAL_WAY[moment]
    last = _last_binding(customer)
    if last is not None and last.holds_at(at):
        return _meet(policy, last, distributor, way, at, evidence or {})
    if last is not None and at < (last.last_moment or last.starts_at):
        return Touch(Outcome.KEPT, binding_at(customer=customer, moment=at))
    bound = _begin(policy, customer, distributor, way, at, evidence=evidence or {})
    return Touch(Outcome.BOUND, bound)


def _binds_at(policy: BindingPolicy, moment: Moment) -> bool:
    return ORDER_OF_MOMENTS.index(moment) >= ORDER_OF_MOMENTS.index(policy.bind_on)


def _meet(
    policy: BindingPolicy,
    current: Binding,
    distributor: Distributor,
    way: Way,
    at: datetime,
    evidence: dict[str, Any],
) -> Touch:
    """Somebody is bound already."""
    if current.distributor_id == distributor.pk:
        return Touch(Outcome.KEPT, current)
    # What was promised when it was bound holds, and so does the rule of today. Nobody is kept for
    # somebody who has left for good.
    has_left = current.distributor.status == Distributor.Status.TERMINATED
    is_held = current.is_protected_at(at) or policy.rule != Rule.LAST_TOUCH
    if is_held and not has_left:
        BindingAttempt.objects.bulk_create(
            [
                BindingAttempt(
                    merchant_id=current.merchant_id,
                    binding=current,
                    distributor=distributor,
                    way=way,
                    at=at,
                    evidence=evidence,
                )
            ],
            ignore_conflicts=True,
        )
        return Touch(Outcome.POACHED, current)
    bound = _begin(
        policy, current.customer, distributor, way, at, ending=Ending.MOVED, evidence=evidence
    )
    return Touch(Outcome.BOUND, bound)


def _begin(
    policy: BindingPolicy,
    customer: Customer,
    distributor: Distributor,
    way: Way,
    at: datetime,
    *,
    ending: Ending = Ending.MOVED,
    **facts: Any,
) -> Binding:
    """Add a binding from `at` on; what is still open ends then, or when it expired."""
    is_open = Binding.objects.filter(customer=customer, ended_at__isnull=True).first()
    if is_open is not None:
        expired = is_open.expires_at is not None and is_open.expires_at <= at
        _end(is_open, is_open.expires_at if expired else at, Ending.EXPIRED if expired else ending)
    return Binding.objects.create(
        merchant_id=customer.merchant_id,
        customer=customer,
        distributor=distributor,
        way=way,
        policy=policy if policy.pk else None,
        starts_at=at,
        protected_until=policy.protected_until(at),
        expires_at=policy.expires_at(at),
        **facts,
    )


def _end(
    binding: Binding,
    at: datetime,
    ending: Ending,
    *,
    reason: str = "",
    actor: User | None = None,
) -> None:
    Binding.objects.filter(pk=binding.pk, ended_at__isnull=True).update(
        ended_at=at, ending=ending, ending_reason=reason, ended_by=actor
    )


def lock_customer(customer: Customer) -> Customer:
    """The customer as they are, locked until commit: nobody binds them meanwhile."""
    return Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)


def _last_binding(customer: Customer) -> Binding | None:
    found = Binding.objects.filter(customer=customer).select_related("customer", "distributor")
    return found.order_by("-starts_at", "-pk").first()


def _may_bind(policy: BindingPolicy, customer: Customer, distributor: Distributor) -> bool:
    """Whether the policy lets this customer be bound to this person at all."""
    fresh = Distributor.objects.filter(
        pk=distributor.pk, merchant=customer.merchant_id, status=Distributor.Status.ACTIVE
    )
    if not fresh.exists():
        return False
    buyer = distributor_known_as(customer)
    if buyer is not None and (buyer.pk == distributor.pk or not policy.binds_distributors):
        return False
    return policy.binds_staff or not _is_staff(customer)


def distributor_known_as(customer: Customer) -> Distributor | None:
    """The distributor who is this customer, by phone or code; None for anybody else."""
    people = Distributor.objects.filter(merchant=customer.merchant_id).order_by("pk")
    known_as = customer.identifier
    if not known_as.startswith("+"):
        return people.filter(code=known_as).first()
    # A code that looks like a phone was kept, as a customer, as the phone it looks like.
    spellings = [known_as, known_as[1:], str(phonenumbers.parse(known_as).national_number)]
    found = people.filter(Q(phone=known_as) | Q(code__in=spellings))
    return next(
        (each for each in found if known_as in (str(each.phone), normalise_phone(each.code))),
        None,
    )


def _is_staff(customer: Customer) -> bool:
    return StaffMembership.objects.filter(
        merchant=customer.merchant_id, user__phone=customer.identifier
    ).exists()


def bind_by_hand(
    *,
    customer: Customer,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    way: Way = Way.OPERATOR,
    evidence: dict[str, Any] | None = None,
) -> Binding:
    """Bind the customer to this person from now on, whoever they belonged to and however protected.

    The policy in force gives its dates. Raises BindingRefused without a reason, for somebody not
    active or of another merchant, for the customer themselves, and when they are bound so already.
    """
    reason = _reason(reason)
    with scope(merchant=customer.merchant), transaction.atomic():
        customer = lock_customer(customer)
        person = Distributor.objects.filter(
            pk=distributor.pk, merchant=customer.merchant_id, status=Distributor.Status.ACTIVE
        ).first()
        if person is None:
            raise BindingRefused(_("Choose an active distributor of this merchant."))
        buyer = distributor_known_as(customer)
        if buyer is not None and buyer.pk == person.pk:
            raise BindingRefused(_("Nobody can be bound to themselves."))
        now = timezone.now()
        current = binding_at(customer=customer, moment=now)
        if current is not None and current.distributor_id == person.pk:
            raise BindingRefused(_("This customer is bound to this person already."))
        policy = policy_at(merchant=customer.merchant_id, moment=now)
        return _begin(
            policy,
            customer,
            person,
            way,
            now,
            ending=Ending.APPEAL if way == Way.APPEAL else Ending.MOVED,
            evidence=evidence or {},
            reason=reason,
            actor=actor,
        )


def end_binding(*, binding: Binding, reason: str, actor: User | None) -> Binding:
    """End a binding now; the customer is nobody's until the next touch.

    Raises BindingRefused without a reason, and when it does not hold any more.
    """
    reason = _reason(reason)
    with scope(merchant=binding.merchant), transaction.atomic():
        lock_customer(binding.customer)
        fresh, now = Binding.objects.get(pk=binding.pk), timezone.now()
        if not fresh.holds_at(now):
            raise BindingRefused(_("This binding has ended already."))
        _end(fresh, now, Ending.OPERATOR, reason=reason, actor=actor)
        return Binding.objects.get(pk=binding.pk)


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise BindingRefused(_("Give a reason."))
    return text[:LONGEST_REASON]


def upline_for_new_distributor(
    *, customer: Customer, at: datetime | None = None
) -> Distributor | None:
    """Under whom a customer who becomes a distributor joins: the one they are bound to at `at`
    (default now), if that person is active. Inside the merchant's scope."""
    binding = binding_at(customer=customer, moment=at or timezone.now())
    return binding.distributor if binding and binding.distributor.is_active else None
