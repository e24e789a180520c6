"""All that was booked, as sorted lines without ids and recording times.

    python -m tests.faults.books

Two databases with the same lines hold the same books, whatever their rows are numbered.
"""

import hashlib
from collections.abc import Iterable, Iterator

import django


def digest(lines: Iterable[str]) -> str:
    """One fingerprint for all the lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def difference(one: str, other: str) -> list[str]:
    """The first lines that only one of two books has."""
    before, after = set(one.splitlines()), set(other.splitlines())
    return [f"- {line}" for line in sorted(before - after)[:20]] + [
        f"+ {line}" for line in sorted(after - before)[:20]
    ]


def main() -> None:
    django.setup()
    from django_scopes import scopes_disabled

    with scopes_disabled():
        print("\n".join(sorted(lines())))


def lines() -> Iterator[str]:
    """Every row, told by business columns."""
    commissions = dict(commission_names())
    withdrawals = dict(withdrawal_names())
    for table, rows in (
        ("commission", commissions.values()),
        ("release", releases(commissions)),
        ("withdrawal", withdrawals.values()),
        ("transfer", transfers({"commission": commissions, "withdrawal": withdrawals})),
        ("attribution", attributions()),
        ("order", orders()),
        ("refund", refunds()),
        ("balance", balances()),
        ("stop", stops()),
    ):
        for row in rows:
            yield f"{table} {row}"


def commission_names() -> Iterator[tuple[int, tuple]]:
    from apps.commissions.models import Commission

    rows = Commission.objects.values_list(
        "pk", "merchant__code", "order_line__order__order_no", "order_line__line_no",
        "beneficiary__code", "kind", "depth", "plan__version", "base_amount", "rate", "amount",
        "earned_at", "refund__refund_no", "reverses__order_line__order__order_no",
        "reverses__order_line__line_no", "reverses__beneficiary__code", "reverses__kind",
        "reverses__depth",
    )  # fmt: skip
    return ((pk, tuple(map(str, row))) for pk, *row in rows.iterator())


def releases(commissions: dict) -> Iterator[tuple]:
    from apps.commissions.models import Release

    for commission_id, *row in Release.objects.values_list(
        "commission", "amount", "released_at"
    ).iterator():
        yield (*commissions[commission_id], *map(str, row))


def withdrawal_names() -> Iterator[tuple[int, tuple]]:
    from apps.payouts.models import Withdrawal

    rows = Withdrawal.objects.values_list(
        "pk", "merchant__code", "distributor__code", "request_key", "amount", "status"
    )
    return ((pk, tuple(map(str, row))) for pk, *row in rows.iterator())


def transfers(documents: dict[str, dict[int, tuple]]) -> Iterator[tuple]:
    from apps.ledger.models import Transfer

    for document_type, document_id, key, effective_at, *row in Transfer.objects.values_list(
        "document_type", "document_id", "key", "effective_at", "merchant__code", "kind", "amount",
        "debit_account__kind", "debit_account__wallet__distributor__code",
        "credit_account__kind", "credit_account__wallet__distributor__code",
    ).iterator():  # fmt: skip
        prefix = f"{document_type}:{document_id}:"
        assert key.startswith(prefix), key
        # A withdrawal takes place when somebody asks, a commission when its order says.
        moment = "" if document_type == "withdrawal" else str(effective_at)
        name = documents[document_type][document_id]
        yield (key.removeprefix(prefix), *map(str, row), moment, document_type, *name)


def attributions() -> Iterator[tuple]:
    from apps.promotion.models import Attribution

    for chain, *row in Attribution.objects.values_list(
        "chain", "merchant__code", "order__order_no", "distributor__code", "method"
    ).iterator():
        uplines = [{name: each[name] for name in sorted(each) if name != "id"} for each in chain]
        yield (*map(str, row), str(uplines))


def orders() -> Iterator[tuple]:
    from apps.orders.models import OrderLine

    rows = OrderLine.objects.values_list(
        "order__merchant__code", "order__order_no", "line_no", "paid_amount", "refunded_amount",
        "order__status", "order__booking__plan__version", "order__booking__facts",
    )  # fmt: skip
    return (tuple(map(str, row)) for row in rows.iterator())


def refunds() -> Iterator[tuple]:
    from django.db.models import Count

    from apps.orders.models import Refund

    rows = Refund.objects.annotate(bookings=Count("booking")).values_list(
        "merchant__code", "refund_no", "order_line__order__order_no", "order_line__line_no",
        "amount", "status", "refunded_at", "bookings",
    )  # fmt: skip
    return (tuple(map(str, row)) for row in rows.iterator())


def balances() -> Iterator[tuple]:
    from apps.ledger.models import Account

    rows = Account.objects.values_list(
        "merchant__code", "wallet__distributor__code", "kind", "currency", "balance"
    )
    return (tuple(map(str, row)) for row in rows.iterator())


def stops() -> Iterator[tuple]:
    """Payouts stopped by a reconciling that believed to have found a fault."""
    from apps.payouts.models import PayoutFreeze

    rows = PayoutFreeze.objects.values_list("merchant__code", "faults")
    return (tuple(map(repr, row)) for row in rows.iterator())


if __name__ == "__main__":
    main()
