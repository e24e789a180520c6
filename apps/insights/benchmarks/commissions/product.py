"""The product's own path, measured. Where the stages change shape, this module follows."""

import time
from contextlib import contextmanager

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.commissions.models import Commission, StageRun
from apps.commissions.services import booking
from apps.commissions.services.booking import Booked, Plans, book_orders
from apps.commissions.services.stages import ORDERS_PER_CHUNK, run_due
from apps.distributors.models import Customer, Distributor
from apps.distributors.services.registration import register_distributor
from apps.insights.benchmarks.bulk import analyze
from apps.insights.benchmarks.commissions.scale import MERCHANT_CODE, START, as_of
from apps.insights.benchmarks.progress import show_count
from apps.insights.benchmarks.steps import peak_memory
from apps.ledger.models import Transfer
from apps.ledger.services import open_wallets
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine
from apps.orders.services.claiming import claim_orders, set_stage
from apps.products.models import Sku
from apps.promotion.services import attribute_orders

Stage = Order.Stage


@contextmanager
def bench_merchant():
    merchant = Merchant.objects.get(code=MERCHANT_CODE)
    with scope(merchant=merchant):
        yield merchant


def run_stages(*, label: str, orders: int) -> dict:
    """Everything from paid orders to balances, as a worker does it: seconds, peak bytes, counts."""

    def show(run: StageRun) -> None:
        show_count(label, run.counts["booked"], orders)

    with bench_merchant() as merchant:
        started = time.perf_counter()
        counts = run_due(merchant=merchant, as_of=as_of(orders), on_progress=show)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "memory": peak_memory(), "counts": counts}


def attribute(*, label: str, orders: int) -> None:
    """Only attribution, to start from where commissions alone are measured."""
    attribute_all(orders=orders)
    analyze()


def attribute_all(*, orders: int) -> None:
    """Every order up to that number, left as if no plan had covered it yet."""
    with bench_merchant() as merchant:
        while _attribute_chunk(merchant, as_of(orders)):
            pass


@transaction.atomic
def _attribute_chunk(merchant, moment) -> int:
    orders = claim_orders(
        merchant=merchant, stage=Stage.NEW, as_of=moment, limit=ORDERS_PER_CHUNK, since=None
    )
    if orders:
        attributed = attribute_orders(
            merchant=merchant, orders=orders, self_purchase_at=Plans(merchant).self_purchase_at
        )
        set_stage(orders=list(attributed), stage=Stage.ATTRIBUTED)
    return len(orders)


def book_without_ledger(*, label: str, orders: int) -> dict:
    """Only the commission rows: computed and written; no transfers, bookings or marks on orders."""
    # The process and its database are thrown away: only there may commissions stand alone.
    write = booking.insert_rows
    booking.insert_rows = lambda model, *rows: write(model, *rows) if model is Commission else 0
    booking.post_transfers = lambda **_: 0
    booking.set_stage = lambda **_: None
    booking.earning = lambda *_, **__: None
    commissions = 0
    with bench_merchant() as merchant:
        started = time.perf_counter()
        after = None
        while True:
            booked = book_chunk(merchant, Stage.ATTRIBUTED, as_of(orders), after)
            after = booked.last
            if after is None:
                break
            commissions += booked.commissions
        seconds = time.perf_counter() - started
        if Transfer.objects.exists():
            raise RuntimeError("Booking posts to the ledger in another way now: follow it here.")
    return {"seconds": seconds, "rows": commissions}


def book_chunk(merchant, stage: Stage, moment, after=None) -> Booked:
    """One chunk, as the stages take it."""
    return book_orders(
        merchant=merchant, as_of=moment, stage=stage, limit=ORDERS_PER_CHUNK, after=after
    )


def book_one_order(*, label: str, orders: int) -> dict:
    """One order of somebody three levels deep, from paid to booked: the SQL statements it took.

    Everybody in its chain has earned before; a first wallet costs a few statements more, once.
    """
    with bench_merchant() as merchant:
        moment = as_of(orders)
        seller = None
        for number in range(3):
            parent = seller or Distributor.objects.filter(parent=None, status="active").first()
            seller = register_distributor(
                merchant=merchant,
                code=f"new-{number}",
                name="New",
                parent=parent,
                joined_at=START,
            )
        chain = seller.get_ancestors(include_self=True).values_list("pk", flat=True)
        open_wallets(merchant=merchant, distributor_ids=chain)
        _paid_order(merchant, seller, moment)
        with CaptureQueriesContext(connection) as captured:
            book_chunk(merchant, Stage.NEW, moment)
        beneficiaries = Commission.objects.filter(order_line__order__order_no="online").count()
    edges = ("BEGIN", "BEGIN IMMEDIATE", "COMMIT")
    statements = [each for each in captured.captured_queries if each["sql"] not in edges]
    return {
        "statements": len(statements),
        "commissions": beneficiaries,
    }


def _paid_order(merchant, seller: Distributor, moment) -> None:
    order = Order.objects.create(
        merchant=merchant,
        source=Order.Source.SHOP,
        order_no="online",
        customer=Customer.objects.create(merchant=merchant, identifier="online"),
        distributor=seller,
        status=Order.Status.PAID,
        placed_at=moment,
        paid_at=moment,
    )
    sku = Sku.objects.order_by("code").last()
    OrderLine.objects.create(
        merchant=merchant,
        order=order,
        line_no=1,
        sku=sku,
        title="Goods",
        quantity=1,
        unit_price=sku.price,
        list_price=sku.price,
        unit_cost=sku.cost,
        paid_amount=sku.price,
    )
