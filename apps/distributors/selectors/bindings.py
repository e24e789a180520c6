"""Whose customer somebody was at a moment, and under which policy."""

from datetime import datetime

from apps.core.phones import normalise_phone
from apps.distributors.models import Binding, BindingPolicy, Customer, Distributor

# A merchant who has never chosen: nothing is bound, an order goes to the shop it was placed in.
NO_POLICY = BindingPolicy(version=0)


def policy_at(*, merchant, moment: datetime) -> BindingPolicy:
    """The merchant's policy in force at `moment`; `NO_POLICY` before the first. One query."""
    policies = BindingPolicy.objects.filter(merchant=merchant, effective_from__lte=moment)
    return policies.order_by("-version").first() or NO_POLICY


def customer_of(*, merchant, phone_or_identifier: str) -> Customer | None:
    """The customer known by this phone, in any spelling, or other identifier."""
    identifier = normalise_phone(phone_or_identifier) or phone_or_identifier
    return Customer.objects.filter(merchant=merchant, identifier=identifier).first()


def binding_at(*, customer: Customer, moment: datetime) -> Binding | None:
    """The binding that held for the customer at `moment`, with its distributor. One query."""
    found = Binding.objects.filter(customer=customer).in_force_at(moment)
    return found.select_related("distributor").order_by("-starts_at", "-pk").first()


def bound_distributor(*, merchant, phone_or_identifier: str, at: datetime) -> Distributor | None:
    """To whom the customer of this phone or identifier was bound at `at`, whatever that person's
    standing now; None for a customer who is unknown or was not bound. Inside the merchant's scope.
    """
    customer = customer_of(merchant=merchant, phone_or_identifier=phone_or_identifier)
    binding = binding_at(customer=customer, moment=at) if customer else None
    return binding.distributor if binding else None
