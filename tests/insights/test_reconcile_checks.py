"""The checks from order to commission and from wallet to bank: bend one thing, see it named."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Commission, OrderBooking, Release
from apps.insights.selectors.check_words import PATTERNS
from apps.insights.selectors.reconcile import CHECKS, check_name, reconcile
from apps.insights.selectors.reconcile_coupons import COUPON_CHECKS
from apps.insights.selectors.reconcile_orders import ORDER_CHECKS
from apps.insights.selectors.reconcile_stock import STOCK_CHECKS
from apps.insights.selectors.reconcile_wallets import WALLET_CHECKS
from apps.ledger.models import Account, Transfer, Wallet
from apps.orders.models import Coupon, Order, OrderLine, Refund
from apps.payouts.models import PayoutAccount, Withdrawal
from apps.products.models import Sku
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)
from tests.insights.conftest import START
from tests.orders.coupon_shop import buy, make_coupon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guards")]


def first_order() -> Order:
    return Order.objects.order_by("pk").first()


def sale() -> Commission:
    """The commission that was released in full."""
    return Commission.objects.get(refund=None, reversals=None, release__isnull=False)


def post(kind: str, debit: str, credit: str, document: str, number: int, amount="1.00") -> None:
    """A transfer that no service wrote, with the balances that fit it."""
    accounts = {each.kind: each for each in Account.objects.all()}
    Transfer.objects.create(
        merchant=accounts[debit].merchant,
        key=f"bent:{document}:{number}",
        kind=kind,
        debit_account=accounts[debit],
        credit_account=accounts[credit],
        amount=Decimal(amount),
        effective_at=timezone.now(),
        document_type=document,
        document_id=number,
    )
    for name, change in ((debit, -Decimal(amount)), (credit, Decimal(amount))):
        account = accounts[name]
        if account.balance is not None:
            Account.objects.filter(pk=account.pk).update(balance=account.balance + change)


def claim_a_stage_too_much() -> tuple[str, str]:
    order = first_order()
    OrderBooking.objects.filter(order=order).delete()
    Order.objects.filter(pk=order.pk).update(stage=2)
    return f"order {order.pk} ({order.order_no})", "stage 2, but it was attributed"


def book_under_a_plan_not_in_force() -> tuple[str, str]:
    order = first_order()
    Order.objects.filter(pk=order.pk).update(paid_at=START - timedelta(seconds=1))
    return (
        f"order {order.pk} ({order.order_no})",
        "was booked under plan v1, which was not in force, or was not sold",
    )


def earn_at_another_time() -> tuple[str, str]:
    Commission.objects.filter(pk=sale().pk).update(earned_at=START + timedelta(days=1))
    return f"commission {sale().pk}", "does not belong to the booking of its order"


def earn_at_another_rate() -> tuple[str, str]:
    Commission.objects.filter(pk=sale().pk).update(rate=Decimal("11.00"))
    return (
        f"order line {sale().order_line.order.order_no}/1",
        "rate of S, share 1: stored 11.00, recomputed 10.00",
    )


def reverse_at_another_time() -> tuple[str, str]:
    Refund.objects.update(refunded_at=START + timedelta(days=2))
    reversal = Commission.objects.exclude(refund=None).get()
    return f"commission {reversal.pk}", "does not fit the sale and the refund that it names"


def release_too_much() -> tuple[str, str]:
    release = Release.objects.get(commission__reversals__isnull=False)
    Release.objects.filter(pk=release.pk).update(amount=Decimal("10.00"))
    return f"commission {release.commission_id}", "released 10.00, was left with 5.00"


def release_too_early() -> tuple[str, str]:
    release = Release.objects.get(commission=sale())
    too_early = release.released_at - timedelta(seconds=1)
    Release.objects.filter(pk=release.pk).update(released_at=too_early)
    return f"commission {release.commission_id}", "was released before its hold was over"


def lose_an_account() -> tuple[str, str]:
    Account.objects.filter(kind="debt").delete()
    return "distributor S", "has 4 accounts, the lowest stands at 0.00"


def post_a_release_twice() -> tuple[str, str]:
    post("release", "pending", "available", "commission", sale().pk)
    return f"commission {sale().pk}", "was posted 2 times as release"


def earn_twice() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX commissions_sale_once")
    again = sale()
    again.pk = None
    again.save(force_insert=True)
    return f"order line {again.order_line_id}", "earns S share at depth 1 2 times"


def give_away_available_money() -> tuple[str, str]:
    post("earn", "commission_expense", "available", "gift", 1, "3.00")
    return "distributor S", "released 15.00, balances 18.00"


def pay_to_somebody_elses_account() -> tuple[str, str]:
    PayoutAccount.objects.update(distributor=DistributorFactory(code="T"))
    withdrawal = Withdrawal.objects.get()
    return f"withdrawal {withdrawal.pk}", "its payout is paid, but the rows behind it do not fit"


def pay_without_a_payout() -> tuple[str, str]:
    Account.objects.filter(kind="withdrawing").update(balance=Decimal("2.00"))
    post("pay", "withdrawing", "paid", "withdrawal", 0, "2.00")
    transfer = Transfer.objects.get(document_id=0)
    return f"transfer {transfer.pk}", "pays out 2.00 without a payout"


def hold_more_than_moved() -> tuple[str, str]:
    sku = SkuFactory(code="S", stock=5)
    sku.warehouse_stocks.update(quantity=6)
    Sku.objects.filter(pk=sku.pk).update(stock=6)
    return "stock S@MAIN", "holds 6, movements 5"


def say_more_than_is_held() -> tuple[str, str]:
    sku = SkuFactory(code="S", stock=0)
    Sku.objects.filter(pk=sku.pk).update(stock=1)
    return "stock S", "says 1, warehouses 0"


def count_a_use_too_many() -> tuple[str, str]:
    make_coupon(first_order().merchant)
    Coupon.objects.update(used=3)
    return "coupon TEA-20", "counts 3 uses, 0 stand"


BENDS: dict[str, Callable[[], tuple[str, str]]] = {
    "stages_equal_rows": claim_a_stage_too_much,
    "bookings_follow_plans": book_under_a_plan_not_in_force,
    "commissions_follow_bookings": earn_at_another_time,
    "commissions_equal_plans": earn_at_another_rate,
    "reversals_follow_sales": reverse_at_another_time,
    "releases_equal_sales": release_too_much,
    "releases_wait_for_the_hold": release_too_early,
    "balances_stay_above_zero": lose_an_account,
    "facts_post_once": post_a_release_twice,
    "rows_are_there_once": earn_twice,
    "released_equals_balances": give_away_available_money,
    "payouts_name_withdrawals": pay_to_somebody_elses_account,
    "payments_have_payouts": pay_without_a_payout,
    "stock_equals_movements": hold_more_than_moved,
    "stock_equals_warehouses": say_more_than_is_held,
    "coupons_equal_orders": count_a_use_too_many,
}


def found(merchant, check: str) -> list[tuple[str, str]]:
    return [
        (each.subject, each.detail) for each in reconcile(merchant=merchant) if each.check == check
    ]


@pytest.mark.parametrize("check", BENDS)
def test_what_was_bent_is_named(merchant, seller, check):
    assert found(merchant, check) == []
    expected = BENDS[check]()
    assert found(merchant, check) == [expected]
    for fault in reconcile(merchant=merchant):
        assert any(pattern.fullmatch(fault.detail) for pattern, _text in PATTERNS), fault


def test_every_check_here_is_bent():
    assert list(BENDS) == [
        check_name(each) for each in (*ORDER_CHECKS, *WALLET_CHECKS, *STOCK_CHECKS, *COUPON_CHECKS)
    ]
    names = [check_name(each) for each in CHECKS]
    assert len(set(names)) == len(names)


def test_a_stage_that_tells_too_little_is_named_too(merchant, seller):
    order = first_order()
    Order.objects.filter(pk=order.pk).update(stage=0)
    assert found(merchant, "stages_equal_rows") == [
        (f"order {order.pk} ({order.order_no})", "stage 0, but it was booked")
    ]


def test_an_order_that_is_merely_due_is_no_fault(merchant, seller):
    """Its payment is confirmed late, with a time before the last run: the next one books it."""
    OrderFactory(distributor=seller, placed_at=first_order().paid_at)
    assert list(reconcile(merchant=merchant)) == []


def test_a_transfer_through_the_wall_is_named(merchant, seller):
    other = MerchantFactory()
    with scope(merchant=other):
        theirs = Wallet.objects.create(merchant=other, distributor=DistributorFactory())
        account = Account.objects.create(
            merchant=other, wallet=theirs, kind="available", currency="CNY", balance=0
        )
    transfer = Transfer.objects.order_by("pk").last()
    Transfer.objects.filter(pk=transfer.pk).update(credit_account=account)
    assert found(merchant, "transfers_stay_inside_walls") == [
        (f"transfer {transfer.pk}", "its accounts belong to another merchant or currency")
    ]


@pytest.fixture
def used(merchant):
    """An order that was placed with a coupon."""
    make_coupon(merchant)
    order = buy(DistributorFactory(), {SkuFactory(): 1}, "TEA-20")
    assert found(merchant, "coupons_equal_orders") == []
    return order


def test_what_a_coupon_took_off_is_what_the_lines_share(merchant, used):
    OrderLine.objects.filter(order=used).update(coupon_discount=Decimal("19.99"))
    assert found(merchant, "coupons_equal_orders") == [
        (f"order {used.pk} ({used.order_no})", "its coupon took off 20.00, its lines 19.99")
    ]


def test_a_share_without_a_coupon_is_named(merchant):
    line = OrderLineFactory(discount=Decimal("5.00"), coupon_discount=Decimal("5.00"))
    assert found(merchant, "coupons_equal_orders") == [
        (
            f"order {line.order.pk} ({line.order.order_no})",
            "its coupon took off 0.00, its lines 5.00",
        )
    ]


def test_a_cancelled_order_that_kept_its_coupon_is_named(merchant, used):
    Order.objects.filter(pk=used.pk).update(status="cancelled")
    assert found(merchant, "coupons_equal_orders") == [
        (f"order {used.pk} ({used.order_no})", "the use of its coupon does not fit it")
    ]


def test_the_neighbours_faults_are_not_mine(merchant, seller):
    other = MerchantFactory()
    with scope(merchant=other):
        assert list(reconcile(merchant=other)) == []
        order = OrderFactory(distributor=DistributorFactory())
        OrderLineFactory(order=order)
        Order.objects.filter(pk=order.pk).update(stage=2)
        assert len(list(reconcile(merchant=other))) == 1
    assert list(reconcile(merchant=merchant)) == []
