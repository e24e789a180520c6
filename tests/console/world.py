"""Two merchants with one of everything each, and everybody who might open a page."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.commissions.models import Appeal, BonusPeriod, Commission, StageRun
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.simulations import ask_for_simulation, run_simulation
from apps.commissions.services.stages import run_due
from apps.core.attachments import Upload, check_files, keep_files
from apps.distributors.models import BindingAttempt, Distributor, Level, LevelGrace
from apps.distributors.services.bans import ban_distributor
from apps.distributors.services.binding import bind_by_hand
from apps.distributors.services.binding_policy import set_binding_policy
from apps.distributors.services.duplicates import flag_duplicate
from apps.distributors.services.move_requests import propose_move
from apps.distributors.services.standing import change_level
from apps.insights.services.reconciling import reconcile_and_freeze
from apps.insights.services.saving_rankings import save_last_month
from apps.joining.services import Filled, save_policy, submit_application
from apps.ledger.models import Transfer
from apps.merchants.models import Merchant, StaffMembership
from apps.merchants.selectors import current_agreement
from apps.merchants.services import accept_agreement, publish_agreement, save_agreement_draft
from apps.orders.models import Order, RefundFile
from apps.orders.services.coupon_terms import save_coupon
from apps.orders.services.coupon_uses import use_coupon
from apps.orders.services.level_goods import Goods
from apps.orders.services.refunds import request_refund
from apps.orders.services.reviews import decide_review, write_review
from apps.orders.services.shipping_problems import report_problem
from apps.payments.models import Payment, PaymentFlag, PaymentNotice, PaymentRefund
from apps.payments.services.proofs import submit_proof
from apps.payments.services.settings import save_payment_settings
from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.batches import approve_batch, make_batch
from apps.payouts.services.freezing import clear_freeze, freeze_payouts
from apps.payouts.services.withdrawals import approve_withdrawal, request_withdrawal
from apps.payouts.services.write_offs import propose_write_off
from apps.price_control.models import Violation
from apps.price_control.services import appeal_violation, decide_violation, record_violation
from apps.products.models import Category, ProductPicture, Sku, StockMovement, Warehouse
from apps.products.services.campaigns import save_campaign
from apps.products.services.categories import ensure_category
from apps.products.services.places import save_supplier
from apps.products.services.prices import set_level_prices
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    StaffMembershipFactory,
    StoreFactory,
    UserFactory,
)
from tests.payouts.money import incur_debt
from tests.price_control.uploads import picture

PLAN = {
    "name": "Spring",
    "depths": 2,
    "base": "paid",
    "hold_days": 7,
    "rules": [{"depth": 1, "percent": "12.5"}, {"depth": 2, "percent": "5"}],
}
ROLES = ("viewer", "operator", "finance", "owner")


@dataclass
class Kit:
    """One of everything that a merchant can have; `ids` is what addresses are filled with."""

    merchant: Merchant
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, int | str] = field(default_factory=dict)
    sku: Sku | None = None
    distributor: Distributor | None = None


def make_kit(code: str) -> Kit:
    """A merchant whose order was paid, earned, released, withdrawn and put into a batch."""
    kit = Kit(MerchantFactory(code=code, name=code.title()))
    with scope(merchant=kit.merchant):
        for role in ROLES:
            kit.people[role] = StaffMembershipFactory(role=role).user
        _goods_and_people(kit)
        _business(kit)
        kit.ids |= use_a_coupon(kit, "TEA-10")
        _payments(kit)
        _joining(kit)
    return kit


def _goods_and_people(kit: Kit) -> None:
    category: Category = ensure_category(merchant=kit.merchant, path="Tea/Puer")
    level = LevelFactory(name="Gold", code="gold")
    sku = SkuFactory(product__category=category, price=Decimal("100.00"))
    upline = DistributorFactory(level=level)
    distributor = DistributorFactory(parent=upline, user=UserFactory())
    recruit = DistributorFactory(parent=distributor)
    membership = StaffMembership.objects.get(role="viewer")
    kit.people["distributor"] = distributor.user
    kit.sku = sku
    kit.distributor = distributor
    kit.ids |= {
        "user": kit.people["viewer"].pk,
        "merchant": kit.merchant.pk,
        "staffmembership": membership.pk,
        "category": category.pk,
        "product": sku.product_id,
        "sku": sku.pk,
        "level": level.pk,
        "distributor": distributor.pk,
        "treemove": propose_move(
            distributor=recruit,
            parent=upline,
            reason="Brought by them",
            actor=kit.people["operator"],
            request_key="world",
            effective_at=timezone.now() + timedelta(days=30),
        ).pk,
        "store": StoreFactory(keeper=distributor).pk,
        **_goods(sku),
        **_binding(distributor),
        "shop_code": distributor.shop_code,
        **_promotion(distributor, sku),
    }


def _promotion(distributor: Distributor, sku: Sku) -> dict[str, int | str]:
    """A link on a product, with a material that somebody has clicked on."""
    material = save_material(
        merchant=distributor.merchant, kind="image", title="Garden", product=sku.product,
        files=[picture()], is_published=True,
    )  # fmt: skip
    link = ensure_link(
        distributor=distributor, kind="product", target_id=sku.product_id, material=material
    )
    record_click(distributor=distributor, visit=Visit("w", "phone"), target="/x", link=link)
    return {
        "promolink": link.pk,
        "code": link.code,
        "material": material.pk,
        "materialfile": material.files.get().pk,
    }


def _goods(sku: Sku) -> dict[str, int]:
    """A supplier, a picture, a price of the level and a campaign, and the stock's movement."""
    now = timezone.now()
    set_level_prices(sku=sku, prices={Level.objects.get(): Decimal("95.00")})
    campaign = save_campaign(
        merchant=sku.merchant, code="C1", name="Spring", announced_at=now,
        starts_at=now + timedelta(days=40), ends_at=now + timedelta(days=50),
        description="<b>Tea</b>", prices={sku: Decimal("90.00")},
    )  # fmt: skip
    shown = ProductPicture.objects.create(
        merchant=sku.merchant, product=sku.product, position=1, file="products/x.webp",
        width=60, height=40,
    )  # fmt: skip
    return {
        "supplier": save_supplier(merchant=sku.merchant, code="S1", name="Farm").pk,
        "warehouse": Warehouse.objects.get().pk,
        "stockmovement": StockMovement.objects.get().pk,
        "campaign": campaign.pk,
        "productpicture": shown.pk,
    }


def _binding(distributor: Distributor) -> dict[str, int]:
    """A customer bound to the distributor, whom somebody tried to poach, and the click before."""
    customer = CustomerFactory()
    set_binding_policy(merchant=distributor.merchant, actor=None, rule="first_touch")
    bound = bind_by_hand(customer=customer, distributor=distributor, reason="Met", actor=None)
    attempt = BindingAttempt.objects.create(
        merchant=distributor.merchant, binding=bound, distributor=distributor.parent, way="click",
        at=timezone.now(),
    )  # fmt: skip
    click = record_click(
        distributor=distributor, visit=Visit("v", "phone", "weibo.com"), target="/s/x/"
    )
    return {
        "customer": customer.pk,
        "binding": bound.pk,
        "bindingattempt": attempt.pk,
        "click": click.pk,
    }


def _business(kit: Kit) -> None:
    now = timezone.now()
    plan = activate_plan(
        plan=draft_plan(merchant=kit.merchant, content=PLAN),
        effective_from=now - timedelta(days=60),
        acknowledged_by="Test",
    )
    draft = draft_plan(merchant=kit.merchant, content=PLAN)
    paid = OrderFactory(
        distributor=kit.distributor, completed=True, placed_at=now - timedelta(days=40)
    )
    line = OrderLineFactory(order=paid, sku=kit.sku)
    pending = OrderFactory(distributor=kit.distributor, pending=True)
    OrderLineFactory(order=pending, sku=kit.sku)
    run_due(merchant=kit.merchant)
    appeal = Appeal.objects.create(
        merchant=kit.merchant, order=paid, distributor=kit.distributor.parent,
        reason="It was mine", deadline=now,
    )  # fmt: skip
    refund = request_refund(order_line=line, amount=Decimal("1.00"), way="goods")
    file = RefundFile(merchant=kit.merchant, refund=refund)
    keep_files([(file, check_files([picture()])[0])])
    review = write_review(order_line=line, stars=4, words="Fine", uploads=[picture()])
    decide_review(review=review, show=True, actor=None)
    submitted, payout = _money_out(kit)
    _levels_changed(kit)
    freeze = freeze_payouts(merchant=kit.merchant, faults=["account 1: a fault"])
    clear_freeze(freeze=freeze, actor=kit.people["owner"], reason="Looked at it")
    proof = reconcile_and_freeze(merchant=kit.merchant)
    kit.ids |= {
        "reconcilerun": proof.pk,
        "rankingsnapshot": save_last_month(merchant=kit.merchant).pk,
        "simulation": _simulation(kit, draft).pk,
        "plan": plan.pk,
        "draft": draft.pk,
        "order": paid.pk,
        "order_no": paid.order_no,
        "pending": pending.pk,
        "shippingproblem": report_problem(order=pending, reason="stock", actor=None).pk,
        "line": line.pk,
        "refund": refund.pk,
        "refundfile": file.pk,
        "review": review.pk,
        "reviewfile": review.files.get().pk,
        "appeal": appeal.pk,
        "commission": Commission.objects.get(depth=1).pk,
        "bonusperiod": note_bonus_period(kit.merchant, plan, now).pk,
        "stagerun": StageRun.objects.get().pk,
        "wallet": kit.distributor.wallet.pk,
        "transfer": Transfer.objects.first().pk,
        "withdrawal": submitted.pk,
        "payout": payout.pk,
        "payoutbatch": payout.batch_id,
        "payoutfreeze": freeze.pk,
        "debtwriteoff": _debt(kit).pk,
        **_conduct(kit),
    }


def use_a_coupon(kit: Kit, code: str) -> dict[str, int]:
    """A coupon for the kit's goods, and an order that waits for money and was placed with it."""
    coupon = save_coupon(
        merchant=kit.merchant, code=code, name="Spring", amount=Decimal("10.00"),
        shop=kit.distributor, goods=Goods(products=[kit.sku.product]),
    )  # fmt: skip
    order = OrderFactory(distributor=kit.distributor, pending=True)
    off = {"discount": coupon.amount, "coupon_discount": coupon.amount}
    OrderLineFactory(order=order, sku=kit.sku, **off)
    use = use_coupon(coupon=coupon, order=order, discount=coupon.amount)
    return {"coupon": coupon.pk, "couponuse": use.pk}


def _payments(kit: Kit) -> None:
    """Money that came for an order confirmed by hand could not be given back; and a proof."""
    save_payment_settings(
        merchant=kit.merchant,
        actor=kit.people["owner"],
        transfer_on=True,
        bank_name="Bank",
        account_name="Tea Ltd",
        account_number="6225 0000",
    )
    proof = submit_proof(
        order=Order.objects.get(pk=kit.ids["pending"]), files=[picture()], request_key="world"
    )
    kit.ids |= note_stray_payment(kit, Order.objects.get(pk=kit.ids["order"]), "world") | {
        "transferproof": proof.pk,
        "prooffile": proof.files.get().pk,
    }


def note_stray_payment(kit: Kit, order: Order, key: str) -> dict[str, int]:
    """A payment that its order did not wait for, its notice, its flag, and a refund that failed."""
    now = timezone.now()
    of = {"merchant": kit.merchant}
    number = f"{kit.merchant.code}-{key}"
    payment = Payment.objects.create(
        **of, order=order, provider="wechat", way="native", number=number, amount=Decimal("100.00"),
        status="paid", transaction_id=number, expires_at=now, paid_at=now,
    )  # fmt: skip
    notice = PaymentNotice.objects.create(
        **of, provider="wechat", event_id=number, payment=payment, number=number,
        verdict="flagged", reason="stray", digest="0" * 64, body="{}",
    )  # fmt: skip
    flag = PaymentFlag.objects.create(
        **of, kind="double", key=number, provider="wechat", payment=payment, number=number,
        transaction_id=number, amount=Decimal("100.00"),
    )  # fmt: skip
    refund = PaymentRefund.objects.create(
        **of, payment=payment, flag=flag, number=number, amount=Decimal("100.00"), status="failed",
        finished_at=now, last_error="NOT_ENOUGH",
    )  # fmt: skip
    return {
        "payment": payment.pk,
        "paymentnotice": notice.pk,
        "paymentflag": flag.pk,
        "paymentrefund": refund.pk,
    }


def _joining(kit: Kit) -> None:
    """An agreement that the distributor accepted, a draft of the next, and an applicant."""
    agreement = publish_agreement(
        agreement=save_agreement_draft(merchant=kit.merchant, title="Agreement", text="First"),
        actor=kit.people["owner"],
    )
    accepted = accept_agreement(
        agreement=agreement,
        user=kit.distributor.user,
        address="203.0.113.7",
        user_agent="MicroMessenger iPhone",
    )
    draft = save_agreement_draft(merchant=kit.merchant, title="Agreement", text="Second")
    save_policy(
        merchant=kit.merchant,
        way="application",
        ask_ability="optional",
        ask_attachments="optional",
        ask_id_number="optional",
    )
    submission = apply_at(kit, kit.ids["shop_code"]).submissions.get()
    kit.ids |= {
        "agreement": draft.pk,
        "published_agreement": agreement.pk,
        "agreementacceptance": accepted.pk,
        "application": submission.application_id,
        "submission": submission.pk,
        "attachment": submission.attachments.get().pk,
        "duplicateflag": flag_duplicate(
            distributor=kit.distributor, other=kit.distributor.parent, kind="id_number"
        ).pk,
    }


def apply_at(kit: Kit, key: str, phone: str = "13555550000"):
    """Somebody, invited by the distributor, applies with an ID number and a PDF."""
    return submit_application(
        merchant=kit.merchant,
        phone=phone,
        filled=Filled(
            name="Applicant",
            is_adult=True,
            answers={"ability": "Much"},
            id_number="11010519491231002X",
            agreement=current_agreement(kit.merchant).pk,
            files=[Upload("proof.pdf", b"%PDF-1.7 %%EOF")],
        ),
        request_key=f"{kit.merchant.code}-{key}",
        inviter=kit.distributor,
    )


def _levels_changed(kit: Kit) -> None:
    """The upline's level was pinned by hand, and they are in a grace."""
    upline = kit.distributor.parent
    change_level(
        distributor=upline,
        level=upline.level,
        actor=kit.people["owner"],
        reason="Fair",
        pinned_until=timezone.now().date() + timedelta(days=9),
    )
    kit.ids["levelchange"] = upline.level_changes.get().pk
    kit.ids["levelgrace"] = note_grace(upline, upline.level).pk


def note_grace(person, level) -> LevelGrace:
    """A grace that runs, with the figures it began with."""
    condition = {
        "kind": "own_sales", "period": "month", "days": None, "from": "2026-02-01",
        "to": "2026-02-28", "needed": "100.00", "reached": "40.00", "met": False,
    }  # fmt: skip
    since = date(2026, 3, 1)
    return LevelGrace.objects.create(
        merchant=person.merchant, distributor=person, level=level, since=since,
        until=since + timedelta(days=30),
        explanation={"level": level.code, "combine": "all", "conditions": [condition]},
    )  # fmt: skip


def note_bonus_period(merchant, plan, ends_at) -> BonusPeriod:
    """A settled period in which one person reached a step and one was not active."""
    person = {
        "net_sales": "100.00", "step": {"reach": "50.00", "percent": "1.00"}, "active": True,
        "bonus": "1.00", "after_pool": "1.00", "paid": "1.00",
    }  # fmt: skip
    nothing = {"active": False, "bonus": "0.00", "after_pool": "0.00", "paid": "0.00"}
    fixed = {"step": {"reach": "50.00", "amount": "3.00"}}
    return BonusPeriod.objects.create(
        merchant=merchant, plan=plan, number=1, starts_at=ends_at - timedelta(days=30),
        ends_at=ends_at,
        figures={
            "of": "team", "period": "month", "pool": None, "lines": 2, "sales": "200.00",
            "bonus": "1.00", "paid": "1.00",
            "people": [person | {"code": "A"}, person | nothing | fixed | {"code": "B"}],
        },
    )  # fmt: skip


def _simulation(kit: Kit, draft):
    """The draft rehearsed over all the orders there are."""
    today = timezone.now().date()
    asked = ask_for_simulation(
        merchant=kit.merchant,
        plan=draft,
        date_from=today - timedelta(days=60),
        date_to=today,
        actor=kit.people["operator"],
    )
    run_simulation(simulation_id=asked.pk)
    return asked


def _debt(kit: Kit):
    """The upline owes ¥3.00, and finance proposes to give ¥1.00 of it up."""
    incur_debt(kit.distributor.parent, "3.00")
    return propose_write_off(
        distributor=kit.distributor.parent,
        amount="1.00",
        reason="Cannot be found",
        actor=kit.people["finance"],
    )


def _conduct(kit: Kit) -> dict[str, int]:
    """A violation that was warned about and appealed, and somebody who is banned."""
    violation = note_violation(kit, kit.distributor, "a", files=[picture()])
    decide_violation(violation=violation, action="warn", reason="Seen", actor=None)
    appeal = appeal_violation(
        violation=violation, distributor=kit.distributor, statement="Not me", actor=None,
        request_key="a",
    )  # fmt: skip
    banned = DistributorFactory(name="Banned")
    ban = ban_distributor(distributor=banned, reason="Forged orders", actor=None)
    return {
        "violation": violation.pk,
        "violationfile": violation.files.get().pk,
        "violationappeal": appeal.pk,
        "ban": ban.pk,
        "banned": banned.pk,
    }


def note_violation(kit: Kit, distributor: Distributor, key: str, **values) -> Violation:
    """Sold too cheap, a moment ago."""
    return record_violation(
        **{
            "distributor": distributor,
            "kind": "low_price",
            "description": "Too cheap",
            "links": "https://shop.example/1",
            "happened_at": timezone.now(),
            "actor": kit.people["operator"],
            "request_key": key,
        }
        | values
    )


def _money_out(kit: Kit):
    save_payout_account(
        distributor=kit.distributor,
        method="bank",
        holder_name=kit.distributor.name,
        bank_name="Bank",
        number="6222020200112233445",
    )
    first, second = (
        request_withdrawal(distributor=kit.distributor, amount="2.00", request_key=key)
        for key in "ab"
    )
    approve_withdrawal(withdrawal=first, actor=kit.people["finance"])
    batch = make_batch(merchant=kit.merchant, withdrawals=[first], actor=kit.people["finance"])
    approve_batch(batch=batch, actor=kit.people["owner"])
    return second, batch.payouts.get()
