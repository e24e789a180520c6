"""What must be true of the books after every step, and whether a step changed anything at all."""

import sqlite3
from collections import defaultdict
from contextlib import closing

from django.db import connection

from apps.commissions.models import BonusPeriod
from apps.ledger.models import Account
from tests.simulation.facts import Facts, earnings, owed
from tests.simulation.reconciling import Reconciler

# One statement that proves the books from the rows again: independent of `reconcile`, and
# cheap enough for every step. Every row it returns is a fault.
INVARIANTS = """
WITH sale AS (
    SELECT id, amount, beneficiary_id, order_line_id FROM commissions_commission
    WHERE refund_id IS NULL
), taken AS (
    SELECT reverses_id AS id, -SUM(amount) AS amount FROM commissions_commission
    WHERE refund_id IS NOT NULL GROUP BY reverses_id
), posted AS (
    SELECT document_id AS id,
        SUM(CASE WHEN kind IN ('earn', 'restore') THEN amount WHEN kind IN ('reverse', 'debt')
            THEN -amount ELSE 0 END) AS booked,
        SUM(CASE WHEN kind = 'release' THEN amount ELSE 0 END) AS released
    FROM ledger_transfer WHERE document_type = 'commission' GROUP BY document_id
)
SELECT 'a commission that the ledger tells otherwise', commission.id
FROM commissions_commission AS commission LEFT JOIN posted ON posted.id = commission.id
WHERE commission.amount <> COALESCE(posted.booked, 0)
UNION ALL
SELECT 'more taken back than was earned, or less than nothing', sale.id
FROM sale JOIN taken ON taken.id = sale.id WHERE taken.amount < 0 OR taken.amount > sale.amount
UNION ALL
SELECT 'a release that the ledger tells otherwise', release.commission_id
FROM commissions_release AS release LEFT JOIN posted ON posted.id = release.commission_id
WHERE release.amount <> COALESCE(posted.released, 0)
UNION ALL
SELECT 'money moved of a commission there is not', posted.id
FROM posted LEFT JOIN commissions_commission AS commission ON commission.id = posted.id
WHERE commission.id IS NULL
UNION ALL
SELECT 'a line refunded beyond what was paid, or not as its refunds say', line.id
FROM orders_orderline AS line LEFT JOIN (
    SELECT order_line_id, SUM(amount) AS amount FROM orders_refund WHERE status = 'refunded'
    GROUP BY order_line_id
) AS given ON given.order_line_id = line.id
WHERE line.refunded_amount <> COALESCE(given.amount, 0)
   OR COALESCE(given.amount, 0) NOT BETWEEN 0 AND line.paid_amount
UNION ALL
SELECT 'a withdrawal whose payout tells otherwise', withdrawal.id
FROM payouts_withdrawal AS withdrawal
LEFT JOIN payouts_payout AS payout ON payout.withdrawal_id = withdrawal.id
WHERE (withdrawal.status = 'paid') <> (COALESCE(payout.status, '') = 'paid')
   OR (withdrawal.status = 'paying') <> (COALESCE(payout.status, '') = 'waiting')
   OR payout.amount <> withdrawal.amount
UNION ALL
SELECT 'an order booked that nobody paid, or booked and not attributed', booking.order_id
FROM commissions_orderbooking AS booking
JOIN orders_order ON orders_order.id = booking.order_id
LEFT JOIN promotion_attribution AS attribution ON attribution.order_id = booking.order_id
WHERE orders_order.paid_at IS NULL OR attribution.id IS NULL
"""


class Drift(AssertionError):
    """The books are wrong."""


class Shadow:
    """The ledger, added up in Python transfer by transfer as they come."""

    def __init__(self) -> None:
        self.last_id = 0
        self.count = 0
        self.moved: dict[int, int] = defaultdict(int)
        self.accounts: dict[int, tuple[str, str]] = {}
        self.stored: dict[int, int] = {}

    def follow(self) -> None:
        """Take the new transfers in and compare with every stored balance."""
        fresh = rows(
            "SELECT id, debit_account_id, credit_account_id, amount FROM ledger_transfer"
            " WHERE id > %s ORDER BY id",
            [self.last_id],
        )
        for pk, debit, credit, amount in fresh:
            if amount <= 0:
                raise Drift(f"transfer {pk} moves {amount}")
            self.moved[debit] -= amount
            self.moved[credit] += amount
            self.last_id = pk
        self.count += len(fresh)
        [(count,)] = rows("SELECT COUNT(*) FROM ledger_transfer")
        if count != self.count:
            raise Drift(f"{self.count} transfers were posted, {count} are there")
        self._compare()

    def _compare(self) -> None:
        self.accounts, self.stored = {}, {}
        for pk, kind, balance, code in rows(
            "SELECT account.id, account.kind, account.balance, distributor.code"
            " FROM ledger_account AS account"
            " LEFT JOIN ledger_wallet AS wallet ON wallet.id = account.wallet_id"
            " LEFT JOIN distributors_distributor AS distributor"
            " ON distributor.id = wallet.distributor_id"
        ):
            self.accounts[pk] = (code, kind)
            if code is None:
                continue
            self.stored[pk] = balance
            moved = self.moved[pk] * (-1 if kind == Account.Kind.DEBT else 1)
            if balance < 0 or balance != moved:
                raise Drift(f"{code} has {balance} {kind}, its transfers say {moved}")
        if sum(self.moved.values()):
            raise Drift("money came from nowhere")
        for code, each in self.balances_by_code().items():
            if each["available"] and each["debt"]:
                raise Drift(f"{code} owes {each['debt']} and may withdraw {each['available']}")

    def balances_by_code(self) -> dict[str, dict[str, int]]:
        """Code → kind → minor units."""
        result: dict[str, dict[str, int]] = defaultdict(dict)
        for pk, balance in self.stored.items():
            code, kind = self.accounts[pk]
            result[code][kind] = balance
        return result


def rows(sql: str, parameters: list | None = None) -> list[tuple]:
    """The rows of a statement, as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def check_invariants(shadow: Shadow) -> None:
    """Raises Drift when anything of what is cheap to prove is not true."""
    shadow.follow()
    if faults := rows(INVARIANTS):
        raise Drift("; ".join(f"{what}: {pk}" for what, pk in faults))


def check_reconcile(reconciler: Reconciler) -> None:
    """Raises Drift when the product's own `reconcile` finds anything."""
    if faults := reconciler.faults():
        raise Drift("; ".join(faults))


class Progress:
    """What the stages have got done, which the facts are told: only that it is, not what it came
    to."""

    def __init__(self) -> None:
        self._booking = self._period = 0

    def follow(self, facts: Facts) -> None:
        """Tell the facts what was computed and settled since the last time."""
        computed = rows(
            "SELECT booking.id, o.order_no FROM commissions_orderbooking AS booking"
            " JOIN orders_order AS o ON o.id = booking.order_id WHERE booking.id > %s"
            " ORDER BY booking.id",
            [self._booking],
        )
        for pk, number in computed:
            self._booking = pk
            facts.note_computed(number)
        settled = BonusPeriod.objects.filter(pk__gt=self._period).order_by("pk")
        for pk, number, end in settled.values_list("pk", "number", "ends_at"):
            self._period = pk
            facts.note_settled(number, end)


def check_bonus_periods(facts: Facts, as_of) -> None:
    """Raises Drift unless every period that ended was settled, once, and no other."""
    found = sorted(BonusPeriod.objects.values_list("number", "ends_at"))
    expected = sorted(facts.bonus_ends(as_of))
    if found != expected:
        raise Drift(f"bonus periods: the rules say {expected}, found {found}")


def check_owed(facts: Facts, shadow: Shadow, as_of) -> None:
    """Raises Drift unless everybody has what the second reading of the rules gives them.

    To be called when all is settled as of the moment and no refund is open.
    """
    found: dict[tuple, list] = {}
    for order_no, line_no, code, kind, depth, is_sale, amount, released in rows(
        "SELECT o.order_no, line.line_no, distributor.code, commission.kind, commission.depth,"
        " commission.refund_id IS NULL, commission.amount, release.id IS NOT NULL"
        " FROM commissions_commission AS commission"
        " JOIN orders_orderline AS line ON line.id = commission.order_line_id"
        " JOIN orders_order AS o ON o.id = line.order_id"
        " JOIN distributors_distributor AS distributor"
        " ON distributor.id = commission.beneficiary_id"
        " LEFT JOIN commissions_release AS release ON release.commission_id = commission.id"
    ):
        sale = found.setdefault((order_no, line_no, code, kind, depth), [0, 0, False])
        if is_sale:
            sale[0], sale[2] = amount, bool(released)
        else:
            sale[1] -= amount
    expected = {key: list(each) for key, each in earnings(facts, as_of).items()}
    _compare("earned, taken back, released", expected, found)
    balances = shadow.balances_by_code()
    _compare(
        "balances",
        {code: vars(each) for code, each in owed(facts, as_of).items() if any(vars(each).values())},
        {code: each for code, each in balances.items() if any(each.values())},
    )


def _compare(what: str, expected: dict, found: dict) -> None:
    wrong = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
    if wrong:
        lines = [
            f"{key}: the rules say {expected.get(key)}, found {found.get(key)}" for key in wrong
        ]
        raise Drift(f"{what}: " + "; ".join(lines[:10]))


def picture() -> bytes:
    """The whole database as it is, byte for byte, what is not committed included (SQLite)."""
    return connection.connection.serialize()


def same_rows(before: bytes, after: bytes) -> bool:
    """Whether two pictures hold the same rows: a page that was split and put together again by a
    roll-back may differ in bytes that nobody reads."""
    return _all_rows(before) == _all_rows(after)


def _all_rows(database: bytes) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(":memory:")) as copy:
        # Two bytes of the header say that there is a write-ahead log; a copy has none.
        copy.deserialize(database[:18] + b"\x01\x01" + database[20:])
        tables = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: sorted(copy.execute(f'SELECT * FROM "{name}"'), key=repr) for (name,) in tables
        }
