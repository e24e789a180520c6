"""Rows for tests. Inside `scope(merchant=…)` a factory uses that merchant, else it makes one."""

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from django_scopes import get_scope, scope

from apps.accounts.models import User
from apps.distributors.models import Customer, Distributor, Level, Store
from apps.distributors.services.registration import register_distributor
from apps.merchants.models import Merchant, StaffMembership
from apps.orders.models import Order, OrderLine, Refund
from apps.products.models import Campaign, CampaignLine, Product, Sku
from apps.products.services.stock import set_total_stock

PASSWORD = "a-long-test-password"


class UserFactory(factory.django.DjangoModelFactory):
    """A person who signs in with PASSWORD."""

    class Meta:
        model = User

    phone = factory.Sequence(lambda n: f"+861390000{n:04d}")
    name = factory.Sequence(lambda n: f"User {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class MerchantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Merchant

    code = factory.Sequence(lambda n: f"merchant-{n}")
    name = factory.Sequence(lambda n: f"Merchant {n}")
    currency = "CNY"
    time_zone = "Asia/Shanghai"


def scope_merchant() -> Merchant:
    """The merchant of the active scope, or a new one."""
    return get_scope().get("merchant") or MerchantFactory()


class MerchantScopedFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    merchant = factory.LazyFunction(scope_merchant)


def same_merchant(factory_class: str | type, **defaults) -> factory.SubFactory:
    """A related row of the same merchant."""
    return factory.SubFactory(
        factory_class, merchant=factory.SelfAttribute("..merchant"), **defaults
    )


class StaffMembershipFactory(MerchantScopedFactory):
    class Meta:
        model = StaffMembership

    user = factory.SubFactory(UserFactory)
    role = StaffMembership.Role.OPERATOR


class LevelFactory(MerchantScopedFactory):
    class Meta:
        model = Level

    code = factory.Sequence(lambda n: f"level-{n}")
    name = factory.Sequence(lambda n: f"Level {n}")
    rank = factory.Sequence(lambda n: n + 1)


class DistributorFactory(MerchantScopedFactory):
    """Goes through `register_distributor`; `user`, `status` and `shop_code` are set afterwards."""

    class Meta:
        model = Distributor

    code = factory.Sequence(lambda n: f"D{n:04d}")
    name = factory.Sequence(lambda n: f"Distributor {n}")
    phone = factory.Sequence(lambda n: f"+861380000{n:04d}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        after = {
            name: kwargs.pop(name) for name in ("user", "status", "shop_code") if name in kwargs
        }
        distributor = register_distributor(**kwargs)
        if after:
            model_class.objects.with_scopes_disabled().filter(pk=distributor.pk).update(**after)
            for name, value in after.items():
                setattr(distributor, name, value)
        return distributor


class StoreFactory(MerchantScopedFactory):
    class Meta:
        model = Store

    code = factory.Sequence(lambda n: f"S{n:03d}")
    name = factory.Sequence(lambda n: f"Store {n}")
    keeper = same_merchant(DistributorFactory)


class CustomerFactory(MerchantScopedFactory):
    class Meta:
        model = Customer

    identifier = factory.Sequence(lambda n: f"+861370000{n:04d}")
    name = factory.Sequence(lambda n: f"Customer {n}")


class ProductFactory(MerchantScopedFactory):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"P-{n:03d}")
    name = factory.Sequence(lambda n: f"Product {n}")


class SkuFactory(MerchantScopedFactory):
    class Meta:
        model = Sku

    product = same_merchant(ProductFactory)
    code = factory.Sequence(lambda n: f"T-{n:03d}")
    price = Decimal("100.00")
    cost = Decimal("40.00")
    stock = 1000

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        stock = kwargs.pop("stock")
        sku = super()._create(model_class, *args, **kwargs)
        if stock:
            with scope(merchant=sku.merchant):
                set_total_stock(merchant=sku.merchant, totals={sku.pk: stock}, reason="opening")
            sku.stock = stock
        return sku


class CampaignFactory(MerchantScopedFactory):
    """One that runs from yesterday to tomorrow, without goods and without an extra commission."""

    class Meta:
        model = Campaign

    code = factory.Sequence(lambda n: f"C{n}")
    name = factory.SelfAttribute("code")
    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    announced_at = factory.SelfAttribute("starts_at")


class CampaignLineFactory(MerchantScopedFactory):
    class Meta:
        model = CampaignLine

    campaign = same_merchant(CampaignFactory)
    sku = same_merchant(SkuFactory)
    price = Decimal(1)


class OrderFactory(MerchantScopedFactory):
    """A paid order without lines."""

    class Meta:
        model = Order

    class Params:
        pending = factory.Trait(status=Order.Status.PENDING, paid_at=None)
        completed = factory.Trait(
            status=Order.Status.COMPLETED,
            completed_at=factory.LazyAttribute(lambda order: order.paid_at + timedelta(days=3)),
        )

    source = Order.Source.CSV
    order_no = factory.Sequence(lambda n: f"O{n:05d}")
    customer = same_merchant(CustomerFactory)
    distributor = None
    status = Order.Status.PAID
    placed_at = factory.LazyFunction(timezone.now)
    paid_at = factory.SelfAttribute("placed_at")


class OrderLineFactory(MerchantScopedFactory):
    """One line; `paid_amount` follows from price, quantity and discount."""

    class Meta:
        model = OrderLine

    order = same_merchant(OrderFactory)
    line_no = 1
    sku = same_merchant(SkuFactory)
    title = factory.LazyAttribute(lambda line: line.sku.product.name)
    quantity = 1
    unit_price = factory.SelfAttribute("sku.price")
    discount = Decimal("0.00")
    list_price = factory.SelfAttribute("sku.price")
    unit_cost = factory.SelfAttribute("sku.cost")
    paid_amount = factory.LazyAttribute(
        lambda line: line.unit_price * line.quantity - line.discount
    )


class RefundFactory(MerchantScopedFactory):
    """A refund that has been paid back. `OrderLine.refunded_amount` is the service's business."""

    class Meta:
        model = Refund

    refund_no = factory.Sequence(lambda n: f"R{n:05d}")
    order_line = same_merchant(OrderLineFactory)
    amount = Decimal("10.00")
    status = Refund.Status.REFUNDED
    refunded_at = factory.LazyFunction(timezone.now)
