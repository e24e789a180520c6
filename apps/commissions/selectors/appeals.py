"""Which orders a distributor knows of, and may therefore appeal about by their number alone."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.commissions.models import Commission
from apps.distributors.models import Binding, Distributor
from apps.orders.models import Order
from apps.promotion.models import Attribution


def orders_known_to(distributor: Distributor) -> QuerySet[Order]:
    """Orders brought by them or given to them, placed in their shop, earning them something, or of
    a customer bound to them at the time. In their merchant's scope."""
    orders = {"order": OuterRef("pk"), "distributor": distributor}
    earned = Commission.objects.filter(order_line__order=OuterRef("pk"), beneficiary=distributor)
    bound = Binding.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("placed_at")),
        customer=OuterRef("customer"),
        distributor=distributor,
        starts_at__lte=OuterRef("placed_at"),
    )
    return Order.objects.filter(
        Q(distributor=distributor)
        | Q(shop=distributor)
        | Exists(Attribution.objects.filter(**orders))
        | Exists(earned)
        | Exists(bound)
    )
