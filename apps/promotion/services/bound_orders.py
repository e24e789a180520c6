"""Orders that name nobody, and whose customer was bound when they were paid."""

from collections.abc import Sequence

from django.db.models import F, OuterRef, Q, Subquery

from apps.core.bulk import any_of
from apps.distributors.models import BindingPolicy
from apps.orders.models import Order
from apps.orders.services.claiming import SoldOrder


def name_bound(orders: Sequence[SoldOrder]) -> Sequence[SoldOrder]:
    """The orders, those without a distributor under the one their customer was bound to when they
    were paid, where the merchant's policy of that moment says so. At most one query."""
    nameless = [order.pk for order in orders if order.distributor is None]
    if not nameless:
        return orders
    found = {
        pk: (distributor, {"binding": binding, "policy": version})
        for pk, distributor, binding, version in _bound(nameless)
    }
    if not found:
        return orders
    return [_named(order, *found[order.pk]) if order.pk in found else order for order in orders]


def _named(order: SoldOrder, distributor: int, evidence: dict[str, int]) -> SoldOrder:
    return order._replace(
        distributor=distributor, how=Order.Bringing.BINDING.value, evidence=evidence
    )


def _bound(nameless: Sequence[int]):
    policies = BindingPolicy.objects.filter(
        merchant=OuterRef("merchant"), effective_from__lte=OuterRef("paid_at")
    ).order_by("-version")
    bindings = "customer__bindings__"
    return (
        Order.objects.filter(
            Q(**{f"{bindings}ended_at__isnull": True})
            | Q(**{f"{bindings}ended_at__gt": F("paid_at")}),
            Q(**{f"{bindings}expires_at__isnull": True})
            | Q(**{f"{bindings}expires_at__gt": F("paid_at")}),
            **{f"{bindings}starts_at__lte": F("paid_at"), "pk__in": any_of(nameless)},
        )
        .annotate(
            is_covered=Subquery(policies.values("covers_files")[:1]),
            policy_version=Subquery(policies.values("version")[:1]),
        )
        .filter(is_covered=True)
        .values_list("pk", f"{bindings}distributor", f"{bindings}pk", "policy_version")
    )
