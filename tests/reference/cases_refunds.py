"""Worked cases on release, refunds and debt (points 7 and 8).

Unless a case says otherwise O1 is B's, 100.00, paid on 10 March, completed on the 15th at noon and
released on the 22nd at noon: 10.00 for B, 5.00 for A.
"""

from tests.reference.case import JANUARY, Case, percent, plan

WITHDRAWALS = frozenset({"withdrawals"})
COMPLETED = """order_no, distributor_code, completed_at
               O1,       B,                2026-03-15T12:00:00"""


def refunds(*rows: str) -> str:
    return "\n".join(["refund_no, order_no, amount, refunded_at", *rows])


RELEASES = [
    Case(
        "released at the very moment",
        7,
        orders=COMPLETED,
        as_of="2026-03-22T12:00:00",
        commissions="""
            order_no, beneficiary, amount, state,    earned_at,           release_at
            O1,       B,           10.00,  released, 2026-03-10T12:00:00, 2026-03-22T12:00:00
            O1,       A,           5.00,   released, 2026-03-10T12:00:00, 2026-03-22T12:00:00""",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    0,       5.00,      0,           0,    0,    5.00
                    B,    0,       10.00,     0,           0,    0,    10.00""",
    ),
    Case(
        "pending one second before",
        7,
        orders=COMPLETED,
        as_of="2026-03-22T11:59:59",
        commissions="""order_no, beneficiary, amount, state,   release_at
                       O1,       B,           10.00,  pending, 2026-03-22T12:00:00
                       O1,       A,           5.00,   pending, 2026-03-22T12:00:00""",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    5.00,    0,         0,           0,    0,    5.00
                    B,    10.00,   0,         0,           0,    0,    10.00""",
    ),
    Case(
        "the same moment told in UTC",
        7,
        orders="""order_no, distributor_code, completed_at
                  O1,       B,                2026-03-15T04:00:00Z""",
        as_of="2026-03-22T12:00:00+08:00",
        commissions="""order_no, beneficiary, state,    release_at
                       O1,       B,           released, 2026-03-22T12:00:00
                       O1,       A,           released, 2026-03-22T12:00:00""",
    ),
    Case(
        "not completed, never released",
        7,
        orders="""order_no, distributor_code, status
                  O1,       B,                paid
                  O2,       B,                shipped""",
        commissions="""order_no, beneficiary, amount, state,   release_at
                       O1,       B,           10.00,  pending,
                       O1,       A,           5.00,   pending,
                       O2,       B,           10.00,  pending,
                       O2,       A,           5.00,   pending, """,
        balances="""code, pending, available, lifetime
                    A,    10.00,   0,         10.00
                    B,    20.00,   0,         20.00""",
    ),
    Case(
        "no hold: released when completed",
        7,
        orders=COMPLETED,
        plans=[(JANUARY, plan(hold_days=0))],
        as_of="2026-03-15T12:00:00",
        commissions="""order_no, beneficiary, state,    release_at
                       O1,       B,           released, 2026-03-15T12:00:00
                       O1,       A,           released, 2026-03-15T12:00:00""",
    ),
    Case(
        "what comes after the moment has not happened yet",
        7,
        # O2 is paid, O1 completed and refunded later than the moment
        orders="""order_no, distributor_code, paid_at,             completed_at
                  O1,       B,                2026-03-10T12:00:00, 2026-03-15T12:00:00
                  O2,       B,                2026-03-12T12:00:01, 2026-03-16T12:00:00""",
        refunds=refunds("R1, O1, 40.00, 2026-03-12T12:00:01"),
        as_of="2026-03-12T12:00:00",
        commissions="""order_no, refund_no, beneficiary, amount, state,   release_at
                       O1,       ,          B,           10.00,  pending,
                       O1,       ,          A,           5.00,   pending, """,
        balances="""code, pending, available, lifetime
                    A,    5.00,    0,         5.00
                    B,    10.00,   0,         10.00""",
    ),
]

THIRDS = refunds(
    "R1, O1, 33.33, 2026-03-16T09:00:00",
    "R2, O1, 33.33, 2026-03-18T09:00:00",
    "R3, O1, 33.34, 2026-03-25T09:00:00",
)
REFUNDS = [
    Case(
        "three partial refunds, before and after release, leave exactly zero",
        8,
        # B: 3.333, 6.666, 10.00; A: 1.6665, 3.333, 5.00; rounded, then the differences
        orders=COMPLETED,
        refunds=THIRDS,
        commissions="""
            order_no, refund_no, beneficiary, depth, amount, state,    earned_at
            O1,       ,          B,           1,     10.00,  released, 2026-03-10T12:00:00
            O1,       R1,        B,           1,     -3.33,  released, 2026-03-16T09:00:00
            O1,       R2,        B,           1,     -3.34,  released, 2026-03-18T09:00:00
            O1,       R3,        B,           1,     -3.33,  released, 2026-03-25T09:00:00
            O1,       ,          A,           2,     5.00,   released, 2026-03-10T12:00:00
            O1,       R1,        A,           2,     -1.67,  released, 2026-03-16T09:00:00
            O1,       R2,        A,           2,     -1.66,  released, 2026-03-18T09:00:00
            O1,       R3,        A,           2,     -1.67,  released, 2026-03-25T09:00:00""",
        balances="code",
    ),
    Case(
        "before release a reversal is pending like its sale",
        8,
        orders=COMPLETED,
        refunds=THIRDS,
        as_of="2026-03-20T00:00:00",
        commissions="""order_no, refund_no, beneficiary, amount, state
                       O1,       ,          B,           10.00,  pending
                       O1,       R1,        B,           -3.33,  pending
                       O1,       R2,        B,           -3.34,  pending
                       O1,       ,          A,           5.00,   pending
                       O1,       R1,        A,           -1.67,  pending
                       O1,       R2,        A,           -1.66,  pending""",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    1.67,    0,         0,           0,    0,    1.67
                    B,    3.33,    0,         0,           0,    0,    3.33""",
    ),
    Case(
        "a refund counts from its very second on",
        8,
        orders=COMPLETED,
        refunds=THIRDS,
        as_of="2026-03-16T09:00:00",
        commissions="""order_no, refund_no, beneficiary, amount
                       O1,       ,          B,           10.00
                       O1,       R1,        B,           -3.33
                       O1,       ,          A,           5.00
                       O1,       R1,        A,           -1.67""",
    ),
    Case(
        "refunded before release: the rest is released",
        8,
        orders=COMPLETED,
        refunds=refunds("R1, O1, 30.00, 2026-03-16T09:00:00"),
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    0,       3.50,      0,           0,    0,    3.50
                    B,    0,       7.00,      0,           0,    0,    7.00""",
    ),
    Case(
        "refunded after release: taken from what is available",
        8,
        orders=COMPLETED,
        refunds=refunds("R1, O1, 50.00, 2026-03-25T09:00:00"),
        commissions="""order_no, refund_no, beneficiary, amount, state,    earned_at
                       O1,       ,          B,           10.00,  released, 2026-03-10T12:00:00
                       O1,       R1,        B,           -5.00,  released, 2026-03-25T09:00:00
                       O1,       ,          A,           5.00,   released, 2026-03-10T12:00:00
                       O1,       R1,        A,           -2.50,  released, 2026-03-25T09:00:00""",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    0,       2.50,      0,           0,    0,    2.50
                    B,    0,       5.00,      0,           0,    0,    5.00""",
    ),
    Case(
        "refunded at the very moment of release and one second later",
        8,
        orders=COMPLETED,
        refunds=refunds("R1, O1, 30.00, 2026-03-22T12:00:00", "R2, O1, 30.00, 2026-03-22T12:00:01"),
        commissions="""order_no, refund_no, beneficiary, amount, state
                       O1,       ,          B,           10.00,  released
                       O1,       R1,        B,           -3.00,  released
                       O1,       R2,        B,           -3.00,  released
                       O1,       ,          A,           5.00,   released
                       O1,       R1,        A,           -1.50,  released
                       O1,       R2,        A,           -1.50,  released""",
        balances="""code, pending, available, debt, lifetime
                    A,    0,       2.00,      0,    2.00
                    B,    0,       4.00,      0,    4.00""",
    ),
    Case(
        "a reversal of nothing makes no row",
        8,
        # one fen earned on ten: refunded 0.04 is 0.4 fen, 0.05 is 0.5, 0.10 the whole fen
        orders="""order_no, unit_price, distributor_code
                  O1,       0.10,       A""",
        refunds=refunds(
            "R1, O1, 0.04, 2026-03-11T09:00:00",
            "R2, O1, 0.01, 2026-03-12T09:00:00",
            "R3, O1, 0.05, 2026-03-13T09:00:00",
        ),
        commissions="""order_no, refund_no, beneficiary, amount
                       O1,       ,          A,           0.01
                       O1,       R2,        A,           -0.01""",
        balances="code",
    ),
    Case(
        "the share reversed is of what was paid, whatever the base",
        8,
        # profit 30 of 150 paid; half the money back is half the commission
        orders="""order_no, quantity, unit_price, discount, distributor_code
                  O1,       2,        80.00,      10.00,    B""",
        refunds=refunds("R1, O1, 75.00, 2026-03-12T09:00:00"),
        plans=[(JANUARY, plan(base="profit"))],
        needs=frozenset({"profit"}),
        commissions="""order_no, refund_no, beneficiary, amount
                       O1,       ,          B,           3.00
                       O1,       ,          A,           1.50
                       O1,       R1,        B,           -1.50
                       O1,       R1,        A,           -0.75""",
    ),
    Case(
        "a refund touches its own line only",
        8,
        orders="""order_no, line_no, sku,   unit_price, distributor_code
                  O1,       1,       T-001, 100.00,     A
                  O1,       2,       T-002, 50.00,      """,
        refunds="""refund_no, order_no, line_no, quantity, amount, refunded_at
                   R1,        O1,       2,       1,        50.00,  2026-03-11T09:00:00""",
        commissions="""order_no, line_no, refund_no, beneficiary, amount
                       O1,       1,       ,          A,           10.00
                       O1,       2,       ,          A,           5.00
                       O1,       2,       R1,        A,           -5.00""",
    ),
]

UNDONE = """refund_no, order_no, amount, refunded_at,         undoes
            R1,        O1,       33.33,  2026-03-16T09:00:00,
            R2,        O1,       33.33,  2026-03-17T09:00:00,
            U1,        O1,       33.33,  2026-03-18T09:00:00, R1
            R3,        O1,       66.67,  2026-03-25T09:00:00,"""
RETURNS_OF_RETURNS = [
    Case(
        "a refund undone between others: what was taken back is counted from the beginning",
        8,
        orders=COMPLETED,
        refunds=UNDONE,
        commissions="""order_no, refund_no, beneficiary, depth, amount
                       O1,       ,          B,           1,     10.00
                       O1,       R1,        B,           1,     -3.33
                       O1,       R2,        B,           1,     -3.34
                       O1,       U1,        B,           1,     3.34
                       O1,       R3,        B,           1,     -6.67
                       O1,       ,          A,           2,     5.00
                       O1,       R1,        A,           2,     -1.67
                       O1,       R2,        A,           2,     -1.66
                       O1,       U1,        A,           2,     1.66
                       O1,       R3,        A,           2,     -3.33""",
        balances="code, pending, available, withdrawing, paid, debt, lifetime",
    ),
    Case(
        "undone before the release: pending again",
        8,
        orders=COMPLETED,
        refunds=UNDONE,
        as_of="2026-03-18T09:00:00",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    3.33,    0,         0,           0,    0,    3.33
                    B,    6.67,    0,         0,           0,    0,    6.67""",
    ),
    Case(
        "undone after it had become a debt: the debt is repaid, the rest is available",
        8,
        orders=COMPLETED,
        refunds="""refund_no, order_no, amount, refunded_at,         undoes
                   R1,        O1,       50.00,  2026-03-25T09:00:00,
                   U1,        O1,       50.00,  2026-03-28T09:00:00, R1""",
        withdrawals=[("B", "7.00", "2026-03-23T12:00:00")],
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    0,       5.00,      0,           0,    0,    5.00
                    B,    0,       3.00,      0,           7.00, 0,    10.00""",
        rankings=[
            (
                "2026-03-28",
                "2026-03-28",
                "own_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    B,    50.00,     50.00,      0,      5.00
                   2,    A,    0.00,      50.00,      0,      2.50
                   2,    C,    0.00,      0.00,       0,      0.00
                   2,    D,    0.00,      0.00,       0,      0.00""",
            )
        ],
    ),
]

LATER = """order_no, distributor_code, unit_price, paid_at,             completed_at
           O1,       B,                100.00,     2026-03-10T12:00:00, 2026-03-15T12:00:00
           O2,       B,                60.00,      2026-03-20T12:00:00, 2026-03-25T12:00:00
           O3,       B,                90.00,      2026-03-21T12:00:00, 2026-03-28T12:00:00"""
ALONE = [(JANUARY, plan(percent(1, "10")))]
TAKEN = [("B", "10.00", "2026-03-23T12:00:00")]
BACK = refunds("R1, O1, 100.00, 2026-03-30T12:00:00")
DEBTS = [
    Case(
        "refunded after it was paid out: a debt",
        8,
        orders=COMPLETED,
        refunds=refunds("R1, O1, 100.00, 2026-03-25T09:00:00"),
        withdrawals=TAKEN,
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid,  debt,  lifetime
                    B,    0,       0,         0,           10.00, 10.00, 0""",
    ),
    Case(
        "available bears what it can, the rest is debt",
        8,
        orders=COMPLETED,
        refunds=refunds("R1, O1, 50.00, 2026-03-25T09:00:00"),
        withdrawals=[("B", "7.00", "2026-03-23T12:00:00")],
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    0,       2.50,      0,           0,    0,    2.50
                    B,    0,       0,         0,           7.00, 2.00, 5.00""",
    ),
    Case(
        "what is only pending pays no debt",
        8,
        orders=LATER,
        refunds=BACK,
        plans=ALONE,
        as_of="2026-04-01T11:59:59",
        withdrawals=TAKEN,
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid,  debt,  lifetime
                    B,    15.00,   0,         0,           10.00, 10.00, 15.00""",
    ),
    Case(
        "the next release repays the debt first",
        8,
        orders=LATER,
        refunds=BACK,
        plans=ALONE,
        as_of="2026-04-01T12:00:00",
        withdrawals=TAKEN,
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid,  debt, lifetime
                    B,    9.00,    0,         0,           10.00, 4.00, 15.00""",
    ),
    Case(
        "what is left once the debt is repaid is available",
        8,
        orders=LATER,
        refunds=BACK,
        plans=ALONE,
        withdrawals=TAKEN,
        needs=WITHDRAWALS,
        balances="""code, pending, available, withdrawing, paid,  debt, lifetime
                    B,    0,       5.00,      0,           10.00, 0,    15.00""",
    ),
]

CASES = RELEASES + REFUNDS + RETURNS_OF_RETURNS + DEBTS
