"""What a shop shows of orders: carts, what was sold, and what customers said."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.distributors.models import Distributor
from apps.orders.models import (
    PAID_STATUSES,
    CartLine,
    Order,
    OrderLine,
    Review,
    SavedAddress,
)
from apps.products.models import Product, Sku
from apps.products.selectors import Availability

SORTS = {
    "new": ("-created_at", "-pk"),
    "cheap": ("to_pay", "-pk"),
    "dear": ("-to_pay", "-pk"),
    "sold": ("-sold", "-pk"),
}


def with_sold(products: QuerySet[Product]) -> QuerySet[Product]:
    """Each product with `sold`: how many pieces of it stand on paid orders."""
    lines = OrderLine.objects.filter(
        sku__product=OuterRef("pk"), order__status__in=PAID_STATUSES
    ).order_by()
    total = lines.values("sku__product").annotate(pieces=Sum("quantity")).values("pieces")
    return products.annotate(sold=Coalesce(Subquery(total), 0))


def cart_lines(owner: str, shop: Distributor) -> QuerySet[CartLine]:
    """The owner's cart at this shop in the order of adding, with SKUs and products."""
    lines = CartLine.objects.filter(owner=owner, shop=shop) if owner else CartLine.objects.none()
    return lines.select_related("sku__product").order_by("added_at", "pk")


def cart_pieces(owner: str, shop: Distributor) -> int:
    """How many pieces lie in the cart; no query for somebody who has none yet."""
    if not owner:
        return 0
    lines = CartLine.objects.filter(owner=owner, shop=shop)
    return lines.aggregate(sum=Sum("quantity"))["sum"] or 0


@dataclass(frozen=True, slots=True)
class CartItem:
    """A cart line as it stands now: what it costs (major units), and what has changed since."""

    line: CartLine
    price: Decimal
    discount: Decimal
    stock: Availability
    is_gone: bool

    @property
    def sku(self) -> Sku:
        """What it is."""
        return self.line.sku

    @property
    def amount(self) -> Decimal:
        """What the line costs today, before discounts."""
        return self.price * self.line.quantity

    @property
    def is_price_changed(self) -> bool:
        """Whether it costs something else than its owner saw."""
        return not self.is_gone and self.price != self.line.seen_price

    @property
    def is_short(self) -> bool:
        """Whether fewer can be had, in whatever way, than are wanted."""
        return not self.is_gone and self.stock.most < self.line.quantity

    @property
    def is_sent(self) -> bool:
        """Whether as many as are wanted can be sent."""
        return self.stock.delivery >= self.line.quantity

    @property
    def store_ids(self) -> set[int]:
        """The stores with pieces of their own where as many as are wanted can be picked up."""
        return {pk for pk in self.stock.in_store if self.stock.at(pk) >= self.line.quantity}

    @property
    def is_orderable(self) -> bool:
        """Whether it can be ordered as it is."""
        return not self.is_gone and not self.is_short


def saved_addresses(merchant, owner: str) -> QuerySet[SavedAddress]:
    """The owner's addresses at this merchant, the last used first; nobody has none."""
    if not owner:
        return SavedAddress.objects.none()
    return SavedAddress.objects.filter(merchant=merchant, owner=owner).order_by("-used_at", "-pk")


def orders_of(owner: str, shop: Distributor) -> QuerySet[Order]:
    """The owner's orders placed in this shop, newest first, with `total` and their lines."""
    if not owner:
        return Order.objects.none()
    found = Order.objects.filter(owner=owner, shop=shop, source=Order.Source.SHOP)
    return found.prefetch_related("lines__sku__product").order_by("-placed_at", "-pk")


def reviews_of(product: Product) -> QuerySet[Review]:
    """What others may read about a product, newest first, with the pictures."""
    shown = Review.objects.filter(product=product, status=Review.Status.SHOWN)
    return shown.prefetch_related("files").order_by("-written_at", "-pk")


def stars_of(product: Product) -> dict[str, Decimal | int | None]:
    """How many reviews are shown, and their average. One query."""
    shown = Review.objects.filter(product=product, status=Review.Status.SHOWN).order_by()
    return shown.aggregate(count=Count("pk"), average=Avg(F("stars") * 1.0))
