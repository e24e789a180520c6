"""Fifty of everything, to see whether a page costs more queries than with one."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Appeal, Plan, Simulation, StageRun
from apps.commissions.services.plans import draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import BindingAttempt, BindingPolicy, TreeMove
from apps.distributors.services.binding import bind_by_hand
from apps.distributors.services.binding_policy import set_binding_policy
from apps.distributors.services.standing import change_level
from apps.insights.models import ReconcileRun
from apps.insights.services.saving_rankings import save_ranking
from apps.merchants.models import Agreement, AgreementAcceptance
from apps.orders.services.refunds import request_refund
from apps.orders.services.reviews import write_review
from apps.payments.models import TransferProof
from apps.payouts.models import PayoutFreeze
from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.batches import make_batch
from apps.payouts.services.withdrawals import approve_withdrawal, request_withdrawal
from apps.payouts.services.write_offs import propose_write_off
from apps.price_control.services import decide_violation
from apps.products.models import ProductPicture
from apps.products.services.campaigns import save_campaign
from apps.products.services.categories import ensure_category, save_category
from apps.products.services.places import save_supplier, save_warehouse
from apps.products.services.prices import set_level_prices
from apps.products.services.stock import ensure_warehouse, transfer_stock
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from tests.console.world import (
    PLAN,
    Kit,
    apply_at,
    note_bonus_period,
    note_grace,
    note_stray_payment,
    note_violation,
    use_a_coupon,
)
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    StaffMembershipFactory,
    UserFactory,
)
from tests.payouts.money import incur_debt

MANY = 49


def make_crowd(kit: Kit) -> None:
    """MANY more rows of every kind at this merchant."""
    with scope(merchant=kit.merchant):
        now = timezone.now()
        StageRun.objects.bulk_create(
            StageRun(merchant=kit.merchant, as_of=now, finished_at=now) for _each in range(MANY)
        )
        Simulation.objects.bulk_create(
            Simulation(merchant=kit.merchant, plan_id=kit.ids["draft"], date_from=now, date_to=now)
            for _each in range(MANY)
        )
        ReconcileRun.objects.bulk_create(
            ReconcileRun(merchant=kit.merchant, finished_at=now) for _each in range(MANY)
        )
        PayoutFreeze.objects.bulk_create(
            PayoutFreeze(merchant=kit.merchant, faults="a fault", cleared_at=now)
            for _each in range(MANY)
        )
        plan = Plan.objects.get(pk=kit.ids["plan"])
        for number in range(MANY):
            day = now.date() - timedelta(days=number + 2)
            save_ranking(merchant=kit.merchant, date_from=day, date_to=day)
        for number in range(MANY):
            note_bonus_period(kit.merchant, plan, now - timedelta(days=31 * number + 31))
        lines = [_one(kit, number, now) for number in range(MANY)]
        _stock(kit, now)
        _apply(kit, now)
        for number in range(MANY):
            use_a_coupon(kit, f"CODE-{number:02d}")
        run_due(merchant=kit.merchant)
        for line in lines:
            request_refund(order_line=line, amount=Decimal("1.00"))
            write_review(order_line=line, stars=5)
            _withdraw(kit, line.order.distributor)
            _owe(kit, line.order.distributor)
            note_stray_payment(kit, line.order, str(line.pk))
            TransferProof.objects.create(
                merchant=kit.merchant, order=line.order, request_key=str(line.pk)
            )
        for number in range(MANY):
            _misbehave(kit, number)


def _stock(kit: Kit, now) -> None:
    """MANY suppliers, warehouses, movements, prices, pictures and campaigns of one SKU."""
    main = ensure_warehouse(merchant=kit.merchant)
    for number in range(MANY):
        name = f"{number:02d}"
        save_supplier(merchant=kit.merchant, code=f"S-{name}", name=name)
        place = save_warehouse(merchant=kit.merchant, code=f"W-{name}", name=name, rank=2)
        transfer_stock(sku=kit.sku, source=main, target=place, quantity=1, request_key=name)
        set_level_prices(sku=kit.sku, prices={LevelFactory(): Decimal("90.00")})
        save_category(merchant=kit.merchant, name=f"Category {name}")
        save_campaign(
            merchant=kit.merchant, code=f"C-{name}", name=name, announced_at=now,
            starts_at=now, ends_at=now + timedelta(days=1), prices={kit.sku: Decimal("90.00")},
        )  # fmt: skip
    ProductPicture.objects.bulk_create(
        ProductPicture(
            merchant=kit.merchant, product_id=kit.ids["product"], position=number + 2,
            file="products/x.webp", width=60, height=40,
        )
        for number in range(MANY)
    )  # fmt: skip


def _apply(kit: Kit, now) -> None:
    """MANY applicants, versions of the agreement and people who accepted the first."""
    published = Agreement.objects.get(pk=kit.ids["published_agreement"])
    for number in range(MANY):
        apply_at(kit, str(number), phone=f"135555511{number:02d}")
        user = UserFactory()
        AgreementAcceptance.objects.create(merchant=kit.merchant, agreement=published, user=user)
    Agreement.objects.bulk_create(
        Agreement(
            merchant=kit.merchant,
            number=number + 2,
            title="Agreement",
            text="x",
            published_at=now,
            published_by=kit.people["owner"],
        )
        for number in range(MANY)
    )


def _one(kit: Kit, number: int, now):
    level = LevelFactory()
    draft_plan(merchant=kit.merchant, content=PLAN)
    StaffMembershipFactory()
    category = ensure_category(merchant=kit.merchant, path=f"Tea/Kind {number}")
    sku = SkuFactory(product__category=category)
    person = DistributorFactory(parent=kit.distributor, level=level)
    change_level(distributor=person, level=LevelFactory(), actor=kit.people["owner"], reason="Fair")
    note_grace(person, level)
    order = OrderFactory(distributor=person, completed=True, placed_at=now - timedelta(days=40))
    _bound(kit, person, order, now)
    TreeMove.objects.create(
        merchant=kit.merchant,
        distributor=person,
        old_parent=kit.distributor,
        reason="Alone",
        team_size=1,
        requested_by=kit.people["operator"],
        request_key=f"crowd-{number}",
    )
    return OrderLineFactory(order=order, sku=sku)


def _bound(kit: Kit, person, order, now) -> None:
    """A customer bound, clicked for and fought over; one more version of the policy."""
    merchant = kit.merchant
    bound = bind_by_hand(customer=order.customer, distributor=person, reason="x", actor=None)
    BindingAttempt.objects.create(
        merchant=merchant, binding=bound, distributor=kit.distributor, way="click", at=now
    )
    material = save_material(merchant=merchant, kind="text", title="Words", text="x")
    link = ensure_link(distributor=person, kind="shop", material=material)
    visit = Visit(f"v{person.pk}", "phone")
    record_click(distributor=person, visit=visit, target="/", link=link)
    last = BindingPolicy.objects.order_by("-version").first()
    set_binding_policy(merchant=merchant, actor=None, appeal_days=last.appeal_days + 1)
    Appeal.objects.create(
        merchant=merchant, order=order, distributor=kit.distributor, reason="x", deadline=now
    )


def _withdraw(kit: Kit, person) -> None:
    save_payout_account(
        distributor=person,
        method="bank",
        holder_name=person.name,
        bank_name="Bank",
        number="6222020200112233445",
    )
    withdrawal = request_withdrawal(distributor=person, amount="2.00", request_key="a")
    approve_withdrawal(withdrawal=withdrawal, actor=kit.people["finance"])
    make_batch(merchant=kit.merchant, withdrawals=[withdrawal], actor=kit.people["finance"])


def _owe(kit: Kit, person) -> None:
    incur_debt(person, "3.00")
    propose_write_off(
        distributor=person, amount="1.00", reason="Small", actor=kit.people["finance"]
    )


def _misbehave(kit: Kit, number: int) -> None:
    violation = note_violation(kit, kit.distributor, f"crowd-{number}")
    decide_violation(violation=violation, action="warn", reason="Seen", actor=None)
