"""Orders that customers place in a distributor's shop."""

import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.phones import normalise_phone
from apps.distributors.models import Customer, Distributor, Store
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine
from apps.orders.selectors import sellable
from apps.orders.selectors.delivery import shipping_rules
from apps.orders.services.coupon_rules import check_coupon
from apps.orders.services.coupon_uses import lock_coupon, use_coupon
from apps.orders.services.lines import build_line, category_paths
from apps.orders.services.prices import discounted_buyer, own_discount
from apps.orders.services.quoting import OrderQuote, OrderRefused, quote_order
from apps.orders.services.stock import reserve_for
from apps.products.models import Sku
from apps.products.services.refusals import StockShort

__all__ = [
    "MAX_LINES",
    "MAX_QUANTITY",
    "Brought",
    "OrderRefused",
    "TotalChanged",
    "discounted_buyer",
    "own_discount",
    "place_shop_order",
]

MAX_QUANTITY = 999
MAX_LINES = 50
ORDER_NO_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ORDER_NO_RANDOM_LENGTH = 10


class TotalChanged(OrderRefused):
    """The order would cost something else than the customer saw; nothing was placed."""


class Brought(NamedTuple):
    """Who brought an order, how that was found, and on what evidence."""

    distributor: Distributor
    how: Order.Bringing = Order.Bringing.NAMED
    evidence: dict[str, Any] | None = None


def new_order_no() -> str:
    """A date for people and 48 random bits: the order's page is reached by this number alone."""
    random_part = "".join(secrets.choice(ORDER_NO_ALPHABET) for _ in range(ORDER_NO_RANDOM_LENGTH))
    return f"{timezone.localdate():%y%m%d}{random_part}"


@transaction.atomic
def place_shop_order(
    *,
    merchant: Merchant,
    distributor: Distributor,
    items: Mapping[int, int],
    recipient_name: str,
    recipient_phone: str,
    address: str = "",
    region: str = "",
    store: Store | None = None,
    note: str = "",
    request_key: str,
    owner: str = "",
    expected_total: Decimal | None = None,
    buyer: Distributor | None = None,
    coupon_code: str = "",
    find_bringer: Callable[[Customer], Brought] | None = None,
) -> Order:
    """Place an order awaiting payment in `distributor`'s shop and take its goods from stock.

    `items` maps SKU id → quantity; prices are for `quote_order` to say. `buyer` is the distributor
    who is signed in: an active one of this merchant buys for themselves, whoever receives it, at
    their level's prices; anybody else's word for it is ignored. Picked up at `store`, an order
    needs no address and ships for nothing; else the merchant's fee for `region` is added. `owner`
    may act on the order from the shop. `coupon_code` takes something off, and counts as used by
    this order until that is cancelled. `find_bringer` is asked, once the customer is known, who
    brought the order; without it that is the shop's distributor. The same `request_key` again
    returns the order it made before, unchanged. Raises OrderRefused (nothing written) for a closed
    shop or store, goods that are not for sale here or not in stock, a region that is not delivered
    to, or contact details that cannot be used; CouponRefused, which is one, for a coupon that does
    not work here; TotalChanged when `expected_total` (major units) is given and the order costs
    something else.
    """
    phone = normalise_phone(recipient_phone)
    if phone is None:
        raise OrderRefused(_("This is not a phone number: please check it."))
    request_key = _checked("request_key", request_key)
    buyer = discounted_buyer(merchant, buyer)
    identifier = str(buyer.phone or buyer.code) if buyer else phone
    # First: of two presses at once the second waits here, and then finds the first one's order.
    coupon = lock_coupon(merchant=merchant, code=coupon_code) if coupon_code else None
    if earlier := _earlier_order(request_key, distributor, identifier):
        return earlier
    shop = _open_shop(merchant, distributor)
    skus = _skus(items, shop)
    if coupon is not None:
        check_coupon(coupon, shop=shop, at=timezone.now())
    if store is not None:
        store, region, address = _open_store(merchant, store), "", ""
    quote = quote_order(
        skus=skus,
        items=items,
        buyer=buyer,
        rules=shipping_rules(merchant),
        region=_checked("region", region, required=False),
        store=store,
        coupon=coupon,
    )
    if expected_total is not None and quote.total != expected_total:
        raise TotalChanged(_("Price or shipping has changed: please look at the new total."))
    order = Order(
        merchant=merchant,
        source=Order.Source.SHOP,
        order_no=new_order_no(),
        request_key=request_key,
        shop=distributor,
        store=store,
        owner=owner,
        shipping_amount=quote.shipping,
        recipient_phone=phone,
        recipient_name=_checked("recipient_name", recipient_name),
        recipient_address=_checked("recipient_address", address, required=store is None),
        region=_checked("region", region, required=False),
        note=_checked("note", note, required=False),
    )
    order.customer = _customer(merchant, identifier, buyer.name if buyer else order.recipient_name)
    brought = find_bringer(order.customer) if find_bringer else Brought(distributor)
    order.distributor, order.brought_how, order.brought_evidence = brought
    if not _save_first(order):
        return _earlier_order(request_key, distributor, identifier)
    if coupon is not None:
        use_coupon(coupon=coupon, order=order, discount=quote.coupon)
    _reserve_stock(order, items)
    _write_lines(order, quote)
    return order


def _write_lines(order: Order, quote: OrderQuote) -> None:
    paths = category_paths()
    OrderLine.objects.bulk_create(
        build_line(
            order=order,
            line_no=number,
            sku=line.sku,
            category_paths=paths,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            coupon=line.coupon,
        )
        for number, line in enumerate(quote.lines, start=1)
    )


def _open_store(merchant: Merchant, store: Store) -> Store:
    found = Store.objects.filter(pk=store.pk, merchant=merchant, is_active=True).first()
    if found is None:
        raise OrderRefused(_("Nothing can be picked up at this store now: choose another."))
    return found


def _open_shop(merchant: Merchant, distributor: Distributor) -> Distributor:
    """The shop's distributor as they are now. Raises OrderRefused where the shop is closed."""
    shops = Distributor.objects.filter(pk=distributor.pk, merchant=merchant)
    shop = shops.filter(status=Distributor.Status.ACTIVE).select_related("level").first()
    if shop is None or not merchant.is_active:
        raise OrderRefused(_("This shop is closed at the moment; no order can be placed."))
    return shop


def _checked(field: str, value: str, *, required: bool = True) -> str:
    """`value` without surrounding blanks, if it fits the order's field."""
    value = value.strip()
    model_field = Order._meta.get_field(field)
    if required and not value:
        raise OrderRefused(_("Please fill in: %(field)s.") % {"field": model_field.verbose_name})
    if len(value) > model_field.max_length or "\x00" in value:
        raise OrderRefused(
            _("%(field)s: please use at most %(max)s characters.")
            % {"field": model_field.verbose_name, "max": model_field.max_length}
        )
    return value


def _customer(merchant: Merchant, identifier: str, name: str) -> Customer:
    customer, _created = Customer.objects.get_or_create(
        merchant=merchant, identifier=identifier, defaults={"name": name}
    )
    return customer


def _skus(items: Mapping[int, int], shop: Distributor) -> list[Sku]:
    """The SKUs of `items` in id order, all for sale in this shop, in quantities one may order."""
    if not items:
        raise OrderRefused(_("Please choose something to buy."))
    if len(items) > MAX_LINES:
        raise OrderRefused(_("Please order at most %(max)s kinds at once.") % {"max": MAX_LINES})
    for quantity in items.values():
        if not 1 <= quantity <= MAX_QUANTITY:
            raise OrderRefused(
                _("A quantity is a whole number from 1 to %(max)s.") % {"max": MAX_QUANTITY}
            )
    skus = Sku.objects.filter(
        sellable(shop.level, "product__"), pk__in=items, product__is_listed=True
    )
    skus = list(skus.select_related("product").order_by("pk"))
    if len(skus) != len(items):
        raise OrderRefused(_("Something you chose is no longer for sale: please choose again."))
    return skus


def _earlier_order(request_key: str, distributor: Distributor, customer: str) -> Order | None:
    """The order this key made before, if any; another person's key is no way to their order."""
    earlier = Order.objects.filter(request_key=request_key).select_related("customer").first()
    if earlier is None:
        return None
    shop_id = earlier.shop_id or earlier.distributor_id
    if (shop_id, earlier.customer.identifier) != (distributor.pk, customer):
        raise OrderRefused(_("This form was used before: please open the shop again."))
    return earlier


def _save_first(order: Order) -> bool:
    """Whether this call made the order: of two at once, the constraint lets one through."""
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:
        if not Order.objects.filter(request_key=order.request_key).exists():
            raise
        return False
    return True


def _reserve_stock(order: Order, items: Mapping[int, int]) -> None:
    try:
        reserve_for(order, items)
    except StockShort as short:
        # There may be enough where it does not help: what a store has is not sent.
        lies_elsewhere = short.sku.stock >= items[short.sku.pk]
        reason = (
            _("“%(name)s”: so many are only in a store; pick it up where it is, or order fewer.")
            if lies_elsewhere
            else _("“%(name)s”: not enough in stock, please order fewer.")
        )
        raise OrderRefused(reason % {"name": short.sku.product.name}) from short
