"""The demo: a tea merchant in full swing and a small second one, made by the services people use.

The figures are the example files', moved in time so that the season ends today: the same on the
same day.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.accounts.services import get_or_create_user
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import Distributor
from apps.distributors.services.importing import import_distributors, import_levels
from apps.insights.selectors.balances import balances
from apps.insights.services.demo_files import DemoFiles
from apps.insights.services.demo_goods import sell_goods, show_goods
from apps.insights.services.demo_payments import offer_ways_to_pay, pay_as_told
from apps.insights.services.demo_people import enliven_people
from apps.insights.services.demo_promotion import promote
from apps.insights.services.demo_shop import give_coupons, open_the_shops
from apps.merchants.models import Merchant, StaffMembership
from apps.merchants.services import add_staff, create_merchant
from apps.orders.models import Order
from apps.orders.services.importing import import_orders
from apps.orders.services.refund_importing import import_refunds
from apps.orders.services.shop import place_shop_order
from apps.payouts.services import (
    approve_batch,
    approve_withdrawal,
    make_batch,
    mark_payout_failed,
    mark_payout_paid,
    request_withdrawal,
    save_payout_account,
)
from apps.products.models import Sku
from apps.products.services import import_products

EXAMPLES = settings.BASE_DIR / "examples"
MERCHANT_CODE = "tea"
PASSWORD = "fenxiao-2026"
Role = StaffMembership.Role
STAFF = (
    (Role.OWNER, "+8613900000001", "店主"),
    (Role.OPERATOR, "+8613900000002", "运营"),
    (Role.FINANCE, "+8613900000003", "财务"),
    (Role.VIEWER, "+8613900000004", "访客"),
)
PLATFORM_OWNER_EMAIL = "platform@example.com"
SHOPPING_TODAY = (
    ("13700000001", "林小姐", {"T-001": 1, "C-001": 2}, "", "paid twice"),
    ("13700000002", "周先生", {"T-009": 1}, "SPRING-20", "transferred"),
    ("13700000003", "吴女士", {"T-003": 3}, "", "shown"),
    ("13700000004", "郑先生", {"T-002": 1}, "", "called off"),
)


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in to the demo."""

    role: str
    name: str
    sign_in: str
    path: str


@transaction.atomic
def seed_small_demo() -> Merchant:
    """Two merchants with people, goods, orders, commissions and money on its way out."""
    tea = create_merchant(
        code=MERCHANT_CODE, name="云岭茶业", currency="CNY", time_zone="Asia/Shanghai"
    )
    Merchant.objects.filter(pk=tea.pk).update(
        shop_notice="新茶上市，满 200 元包邮",
        payment_instructions="请转账至：云岭茶业 6222 0200 0000 0000（示例银行），附言填写订单号。",
    )
    tea.refresh_from_db()
    staff = {role: _member(tea, role, phone, name) for role, phone, name in STAFF}
    User.objects.create_superuser(email=PLATFORM_OWNER_EMAIL, password=PASSWORD, name="平台")
    files = DemoFiles(EXAMPLES, tea.zone, timezone.now())
    with scope(merchant=tea):
        _import(tea, files)
        show_goods(tea)
        _date_unpaid_orders(tea)
        plan = draft_plan(merchant=tea, content=files.plan)
        activate_plan(
            plan=plan, effective_from=files.season_start, acknowledged_by=str(staff[Role.OWNER]),
            actor=staff[Role.OWNER],
        )  # fmt: skip
        offer_ways_to_pay(tea, staff[Role.OWNER])
        give_coupons(tea)
        _shop_today(tea, staff[Role.OPERATOR])
        open_the_shops(tea, staff[Role.OPERATOR])
        sell_goods(tea)
        run_due(merchant=tea)
        _let_sign_in(tea)
        _pay_some(tea, staff)
        promote(tea)
        enliven_people(tea, owner=staff[Role.OWNER], operator=staff[Role.OPERATOR])
    _second_merchant(staff)
    return tea


def demo_logins() -> list[Login]:
    """Who can sign in to the demo, all with PASSWORD; empty when the demo is not loaded."""
    tea = Merchant.objects.filter(code=MERCHANT_CODE).first()
    if tea is None or not User.objects.filter(email=PLATFORM_OWNER_EMAIL).exists():
        return []
    console, portal = "/console/", "/me/"
    logins = [Login(str(role), name, phone[3:], console) for role, phone, name in STAFF]
    logins.append(Login("platform owner", "平台", PLATFORM_OWNER_EMAIL, console))
    with scope(merchant=tea):
        for distributor in Distributor.objects.filter(user__isnull=False).order_by("code"):
            phone = str(distributor.phone)[3:]
            logins.append(Login("distributor", distributor.name, phone, portal))
    return logins


def demo_shop_path() -> str | None:
    """The shop of the demo's first distributor who can sign in."""
    tea = Merchant.objects.filter(code=MERCHANT_CODE).first()
    if tea is None:
        return None
    with scope(merchant=tea):
        found = Distributor.objects.filter(user__isnull=False).order_by("code").first()
    return f"/s/{found.shop_code}/" if found else None


def _member(merchant: Merchant, role: str, phone: str, name: str) -> User:
    user = get_or_create_user(phone=phone, name=name)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    add_staff(merchant=merchant, user=user, role=role)
    return user


def _import(merchant: Merchant, files: DemoFiles) -> None:
    import_levels(merchant=merchant, rows=files.rows("levels"))
    import_distributors(merchant=merchant, rows=files.rows("distributors"))
    import_products(merchant=merchant, rows=files.rows("products"))
    import_orders(merchant=merchant, rows=files.rows("orders"))
    import_refunds(merchant=merchant, rows=files.rows("refunds"))


def _date_unpaid_orders(merchant: Merchant) -> None:
    """Give unpaid orders, which the file does not date, the time of the order before them."""
    earlier = None
    for order in Order.objects.filter(merchant=merchant).order_by("order_no"):
        if order.paid_at is None and earlier is not None:
            Order.objects.filter(pk=order.pk).update(placed_at=earlier)
        earlier = order.paid_at or earlier


def _shop_today(merchant: Merchant, operator: User) -> None:
    sellers = Distributor.objects.filter(merchant=merchant, status=Distributor.Status.ACTIVE)
    skus = {sku.code: sku.pk for sku in Sku.objects.filter(merchant=merchant)}
    for seller, (phone, name, basket, coupon, story) in zip(
        sellers.order_by("code"), SHOPPING_TODAY, strict=False
    ):
        order = place_shop_order(
            merchant=merchant, distributor=seller,
            items={skus[code]: quantity for code, quantity in basket.items()},
            recipient_name=name, recipient_phone=phone, region="浙江省/杭州市/西湖区",
            address="文三路 100 号", request_key=f"demo-{phone}",
            coupon_code=coupon,
        )  # fmt: skip
        pay_as_told(order, story, operator)


def _let_sign_in(merchant: Merchant) -> None:
    """The best earner and one of their team can sign in."""
    best = max(balances(merchant=merchant), key=lambda row: row.lifetime)
    leader = Distributor.objects.get(pk=best.distributor_id)
    member = leader.get_children().filter(status=Distributor.Status.ACTIVE).first()
    for distributor in filter(None, (leader, member)):
        user = get_or_create_user(phone=str(distributor.phone), name=distributor.name)
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        distributor.user = user
        Distributor.objects.filter(pk=distributor.pk).update(user=user)


def _pay_some(merchant: Merchant, staff: dict[str, User]) -> None:
    """Withdrawals in every state: paid, failed, in a batch, approved, awaiting review."""
    rich = sorted(balances(merchant=merchant), key=lambda row: -row.available)[:7]
    withdrawals = [_withdraw(row.distributor_id, row.available) for row in rich]
    finance, owner = staff[Role.FINANCE], staff[Role.OWNER]
    for withdrawal in withdrawals[:5]:
        approve_withdrawal(withdrawal=withdrawal, actor=finance)
    done = make_batch(merchant=merchant, withdrawals=withdrawals[:2], actor=finance)
    approve_batch(batch=done, actor=owner)
    first, second = done.payouts.order_by("pk")
    mark_payout_paid(payout=first, actor=finance)
    mark_payout_failed(payout=second, actor=finance, reason="收款账号与户名不符")
    make_batch(merchant=merchant, withdrawals=withdrawals[2:4], actor=finance)


def _withdraw(distributor_id: int, available: Decimal):
    distributor = Distributor.objects.get(pk=distributor_id)
    save_payout_account(
        distributor=distributor, method="bank", holder_name=distributor.name, bank_name="示例银行",
        number=f"622202{distributor_id:013d}",
    )  # fmt: skip
    amount = (available / 2).quantize(Decimal("1"))
    return request_withdrawal(
        distributor=distributor, amount=amount, request_key=f"demo-{distributor_id}"
    )


def _second_merchant(staff: dict[str, User]) -> None:
    """A neighbour whose rows must never be seen from the tea merchant's side, nor the other way."""
    ware = create_merchant(code="ware", name="景云瓷坊", currency="CNY", time_zone="Asia/Shanghai")
    add_staff(merchant=ware, user=staff[Role.OWNER], role=Role.OWNER)
    files = DemoFiles.of_texts(
        {
            "levels": "code,name,rank\nmaker,匠人,1\n",
            "distributors": "code,parent_code,name,phone,level,joined_at,status\n"
            "P001,,柳青,13600000001,maker,2026-01-05,\nP002,P001,方圆,13600000002,maker,2026-02-10,\n",
            "products": "sku,name,category,price,cost,stock\n"
            "V-001,青花梅瓶,瓷器/瓶,680.00,320.00,20\nV-002,影青茶盏,瓷器/盏,128.00,52.00,200\n",
        },
        ware.zone,
    )
    with scope(merchant=ware):
        import_levels(merchant=ware, rows=files.rows("levels"))
        import_distributors(merchant=ware, rows=files.rows("distributors"))
        import_products(merchant=ware, rows=files.rows("products"))
