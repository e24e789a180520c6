"""One of the clients of a server that keeps crashing.

    python -m tests.faults.load '{"merchant": …, "accounts": true}'
    python -m tests.faults.load '{"merchant": …, "orders": [file, …]}'
    python -m tests.faults.load '{"merchant": …, "refunds": [[order, amount, number, time], …]}'
    python -m tests.faults.load '{"merchant": …, "withdrawals": [[person, amount, key], …]}'
    python -m tests.faults.load '{"merchant": …, "stages": true}'

Says `ready`, waits for a line, then does one thing after the other. When the connection is lost,
nobody knows whether it was done, so it is asked for again, under the same number, until there is an
answer. Tells of each `done` and `lost`, and when it `ended`. The stages are woken up again and
again, until standard input is closed.
"""

import io
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

import django
from django.core.management import call_command

from tests.faults.chunks import shrink_chunks


def main() -> None:
    order = json.loads(sys.argv[1])
    code = order.pop("merchant")
    (role,) = order
    try:
        work_as(role, code, order)
    finally:
        tell(role, "ended")


def tell(role: str, what: str) -> None:
    # At once: the clients speak through one pipe.
    os.write(sys.stdout.fileno(), f"{role} {what}\n".encode())


def work_as(role: str, code: str, order: dict) -> None:
    django.setup()
    from django_scopes import scope

    from apps.merchants.models import Merchant

    shrink_chunks()
    merchant = Merchant.objects.get(code=code)
    tell(role, "ready")
    sys.stdin.readline()
    with scope(merchant=merchant):
        for step in steps(merchant, order):
            do(step, role)


def do(step: Callable[[], None], role: str) -> None:
    """Until there is an answer."""
    from django.db import InterfaceError, OperationalError, close_old_connections

    while True:
        # As Django does around a request, and Celery around a task.
        close_old_connections()
        try:
            step()
        except (OperationalError, InterfaceError):
            tell(role, "lost")
            # The server is starting; a client comes back a little later.
            time.sleep(0.05)
        else:
            tell(role, "done")
            return


def steps(merchant, order: dict) -> Iterator[Callable[[], None]]:
    if "accounts" in order:
        yield open_accounts
    for path in order.get("orders", ()):
        yield partial(take_in, merchant, path)
    for refund in order.get("refunds", ()):
        yield partial(give_back, *refund)
    for withdrawal in order.get("withdrawals", ()):
        yield partial(withdraw, *withdrawal)
    while order.get("stages") and not select.select([sys.stdin], [], [], 0)[0]:
        yield partial(wake_stages, merchant)


def open_accounts() -> None:
    from apps.distributors.models import Distributor
    from tests.payouts.conftest import add_account

    for person in Distributor.objects.all():
        add_account(person)


def take_in(merchant, path: str) -> None:
    call_command("import_orders", path, merchant=merchant.code, stdout=io.StringIO())


def give_back(order_no: str, amount: str, refund_no: str, moment: str) -> None:
    from datetime import datetime

    from apps.orders.models import OrderLine, Refund
    from apps.orders.services.refunds import RefundRefused, record_refund

    line = OrderLine.objects.get(order__order_no=order_no)
    try:
        record_refund(
            order_line=line,
            amount=Decimal(amount),
            refund_no=refund_no,
            refunded_at=datetime.fromisoformat(moment),
        )
    except RefundRefused:
        # An answer too, if it is because the lost one had been recorded.
        if not Refund.objects.filter(order_line=line, refund_no=refund_no).exists():
            raise


def withdraw(code: str, amount: str, key: str) -> None:
    from apps.distributors.models import Distributor
    from apps.payouts.services import request_withdrawal

    person = Distributor.objects.get(code=code)
    request_withdrawal(distributor=person, amount=amount, request_key=key)


def wake_stages(merchant) -> None:
    from apps.commissions.tasks import run_due_for_merchant

    run_due_for_merchant(merchant.pk)


if __name__ == "__main__":
    main()
