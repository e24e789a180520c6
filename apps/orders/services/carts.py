"""A customer's cart at one shop, and whose things a guest's become."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.orders.models import CartLine, Order, SavedAddress
from apps.orders.selectors import sellable
from apps.orders.services.quoting import quote_lines
from apps.orders.services.shop import MAX_LINES, MAX_QUANTITY
from apps.products.models import Sku
from apps.products.selectors import availability


class CartRefused(Refused):
    """The cart was left as it was; the message says what is possible."""


@transaction.atomic
def add_to_cart(
    *, owner: str, shop: Distributor, sku_id: int, quantity: int, buyer: Distributor | None = None
) -> CartLine:
    """Put so many more of a SKU into the owner's cart at this shop, noting today's price.

    Nothing is reserved. Raises CartRefused for a SKU that is not for sale here, more than can be
    had by parcel or at any store, or a cart that is full.
    """
    allowed = sellable(shop.level, "product__")
    sku = (
        Sku.objects.filter(allowed, pk=sku_id, merchant=shop.merchant_id, product__is_listed=True)
        .select_related("product")
        .first()
    )
    if sku is None:
        raise CartRefused(_("Something you chose is no longer for sale: please choose again."))
    line = _locked(owner, shop, sku)
    wanted = quantity + (line.quantity if line else 0)
    _check_quantity(sku, wanted)
    if line is None:
        if CartLine.objects.filter(owner=owner, shop=shop).count() >= MAX_LINES:
            raise CartRefused(_("Please order at most %(max)s kinds at once.") % {"max": MAX_LINES})
        line = CartLine(merchant_id=shop.merchant_id, owner=owner, shop=shop, sku=sku)
    line.quantity, line.seen_price = wanted, _price(sku, wanted, buyer)
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError as error:
        raise CartRefused(_("This has just been put into your cart.")) from error
    return line


@transaction.atomic
def set_cart_quantity(
    *, line: CartLine, quantity: int, buyer: Distributor | None = None
) -> CartLine:
    """Have so many of the line from now on, noting today's price. Raises CartRefused."""
    found = CartLine.objects.select_for_update().filter(pk=line.pk).first()
    if found is None:
        raise CartRefused(_("This is no longer in your cart."))
    sku = Sku.objects.select_related("product").get(pk=found.sku_id)
    _check_quantity(sku, quantity)
    found.quantity, found.seen_price = quantity, _price(sku, quantity, buyer)
    found.save(update_fields=["quantity", "seen_price"])
    return found


def remove_from_cart(*, line: CartLine) -> None:
    """Take a line out of its cart; gone already is as good."""
    CartLine.objects.filter(pk=line.pk).delete()


def empty_cart(*, owner: str, shop: Distributor, sku_ids: list[int]) -> None:
    """Take out what was ordered; what was put in meanwhile stays."""
    CartLine.objects.filter(owner=owner, shop=shop, sku_id__in=sku_ids).delete()


@transaction.atomic
@scopes_disabled()
def adopt_guest(*, guest: str, owner: str) -> None:
    """The guest has signed in: cart, addresses and orders are the person's from now on.

    At every merchant. What both have of a SKU is added up.
    """
    mine = {
        (line.shop_id, line.sku_id): line
        for line in CartLine.objects.filter(owner=owner).select_for_update()
    }
    for line in CartLine.objects.filter(owner=guest).select_for_update():
        same = mine.get((line.shop_id, line.sku_id))
        if same is None:
            line.owner = owner
            line.save(update_fields=["owner"])
            continue
        same.quantity = min(same.quantity + line.quantity, MAX_QUANTITY)
        same.seen_price = line.seen_price
        same.save(update_fields=["quantity", "seen_price"])
        line.delete()
    SavedAddress.objects.filter(owner=guest).update(owner=owner)
    Order.objects.filter(owner=guest).update(owner=owner)


def _price(sku: Sku, quantity: int, buyer: Distributor | None) -> Decimal:
    return quote_lines(skus=[sku], items={sku.pk: quantity}, buyer=buyer)[0].unit_price


def _locked(owner: str, shop: Distributor, sku: Sku) -> CartLine | None:
    lines = CartLine.objects.select_for_update().filter(owner=owner, shop=shop, sku=sku)
    return lines.first()


def _check_quantity(sku: Sku, quantity: int) -> None:
    if not 1 <= quantity <= MAX_QUANTITY:
        raise CartRefused(
            _("A quantity is a whole number from 1 to %(max)s.") % {"max": MAX_QUANTITY}
        )
    left = availability([sku])[sku.pk].most
    if quantity > left:
        raise CartRefused(
            _("Only %(stock)s left in stock.") % {"stock": left}
            if left
            else _("Sold out at the moment.")
        )
