"""Worked cases on which plan, which day, which rank (points 9 and 10)."""

from tests.reference.case import JANUARY, Case, percent, plan

APRIL_FIRST = "2026-04-01T00:00:00"
ALONE = plan(percent(1, "10"))
FOUR_ROOTS = """
code, parent_code, level
A,    ,            gold
B,    ,            silver
C,    ,            bronze
D,    ,            bronze
"""

PERIODS = [
    Case(
        "the plan active when the order was paid, to the second",
        9,
        orders="""order_no, distributor_code, paid_at
                  O1,       A,                2026-03-31T23:59:59
                  O2,       A,                2026-03-31T16:00:00Z""",
        plans=[(JANUARY, ALONE), (APRIL_FIRST, plan(percent(1, "20"), name="Summer"))],
        needs=frozenset({"plans"}),
        commissions="""order_no, beneficiary, rate, amount, plan
                       O1,       A,           10,   10.00,  Spring
                       O2,       A,           20,   20.00,  Summer""",
    ),
    Case(
        "a refund later than a new plan still follows the sale",
        9,
        orders="""order_no, distributor_code, paid_at
                  O1,       A,                2026-03-31T23:59:59""",
        refunds="""refund_no, order_no, amount, refunded_at
                   R1,        O1,       25.00,  2026-04-02T10:00:00""",
        plans=[(JANUARY, ALONE), (APRIL_FIRST, plan(percent(1, "20"), name="Summer"))],
        needs=frozenset({"plans"}),
        commissions="""order_no, refund_no, beneficiary, amount
                       O1,       ,          A,           10.00
                       O1,       R1,        A,           -2.50""",
    ),
    Case(
        "paid before the first plan: no commission, but it counts in the ranking",
        9,
        orders="""order_no, distributor_code, paid_at
                  O1,       A,                2026-03-10T11:59:59
                  O2,       A,                2026-03-10T12:00:00""",
        plans=[("2026-03-10T12:00:00", ALONE)],
        commissions="""order_no, beneficiary, amount
                       O2,       A,           10.00""",
        rankings=[
            (
                "2026-03-10",
                "2026-03-10",
                "team_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    A,    200.00,    200.00,     2,      10.00
                   2,    B,    0,         0,          0,      0
                   2,    C,    0,         0,          0,      0
                   2,    D,    0,         0,          0,      0""",
            )
        ],
    ),
    Case(
        "days end at midnight of the merchant, not of UTC; a refund counts on its own day",
        9,
        # 15:59:59Z is the last second of the day in Shanghai
        orders="""order_no, distributor_code, unit_price, paid_at
                  O1,       B,                100.00,     2026-03-31T15:59:59Z
                  O2,       B,                200.00,     2026-03-31T16:00:00Z""",
        refunds="""refund_no, order_no, amount, refunded_at
                   R1,        O1,       20.00,  2026-04-30T15:59:59Z
                   R2,        O1,       10.00,  2026-04-30T16:00:00Z""",
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "team_sales",
                """rank, code, name, level,  own_sales, team_sales, orders, commission
                   1,    A,    A,    gold,   0,         100.00,     0,      5.00
                   1,    B,    B,    silver, 100.00,    100.00,     1,      10.00
                   3,    C,    C,    bronze, 0,         0,          0,      0
                   3,    D,    D,    bronze, 0,         0,          0,      0""",
            ),
            (
                "2026-04-01",
                "2026-04-30",
                "commission",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    B,    180.00,    180.00,     1,      18.00
                   2,    A,    0,         180.00,     0,      9.00
                   3,    C,    0,         0,          0,      0
                   3,    D,    0,         0,          0,      0""",
            ),
            (
                "2026-05-01",
                "2026-05-31",
                "team_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    C,    0,         0,          0,      0
                   1,    D,    0,         0,          0,      0
                   3,    A,    0,         -10.00,     0,      -0.50
                   3,    B,    -10.00,    -10.00,     0,      -1.00""",
            ),
        ],
    ),
    Case(
        "pending and cancelled orders earn nothing and are no sales",
        9,
        orders="""order_no, distributor_code, paid_at,             status
                  O1,       A,                ,                    pending
                  O2,       A,                ,                    cancelled
                  O3,       A,                2026-03-10T12:00:00, cancelled
                  O4,       A,                2026-03-10T12:00:00, shipped""",
        commissions="""order_no, beneficiary, amount
                       O4,       A,           10.00""",
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "orders",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    A,    100.00,    100.00,     1,      10.00
                   2,    B,    0,         0,          0,      0
                   2,    C,    0,         0,          0,      0
                   2,    D,    0,         0,          0,      0""",
            )
        ],
    ),
]

FIGURES = [
    Case(
        "equal figures share a rank and stand by code",
        10,
        orders="""order_no, distributor_code, unit_price
                  O1,       C,                300.00
                  O2,       A,                100.00
                  O3,       A,                100.00
                  O4,       B,                200.00
                  O5,       D,                100.00""",
        people=FOUR_ROOTS,
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "own_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    C,    300.00,    300.00,     1,      30.00
                   2,    A,    200.00,    200.00,     2,      20.00
                   2,    B,    200.00,    200.00,     1,      20.00
                   4,    D,    100.00,    100.00,     1,      10.00""",
            ),
            (
                "2026-03-01",
                "2026-03-31",
                "orders",
                """rank, code, orders
                   1,    A,    2
                   2,    B,    1
                   2,    C,    1
                   2,    D,    1""",
            ),
        ],
    ),
    Case(
        "the team is oneself and everybody below; the terminated keep their place",
        10,
        # O1: D 10.00, C nothing; O2: C nothing, B 2.50; O3: A 3.00
        orders="""order_no, distributor_code, unit_price
                  O1,       D,                100.00
                  O2,       C,                50.00
                  O3,       A,                30.00""",
        people="""code, parent_code, level,  status
                  A,    ,            gold,   active
                  B,    A,           silver, active
                  C,    B,           bronze, terminated
                  D,    C,           bronze, active""",
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "team_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    A,    30.00,     180.00,     1,      3.00
                   2,    B,    0,         150.00,     0,      2.50
                   2,    C,    50.00,     150.00,     1,      0
                   4,    D,    100.00,    100.00,     1,      10.00""",
            ),
            (
                "2026-03-01",
                "2026-03-31",
                "commission",
                """rank, code, commission
                   1,    D,    10.00
                   2,    A,    3.00
                   3,    B,    2.50
                   4,    C,    0""",
            ),
        ],
    ),
    Case(
        "an order refunded whole is still an order",
        10,
        orders="""order_no, line_no, sku,   unit_price, distributor_code
                  O1,       1,       T-001, 100.00,     A
                  O1,       2,       C-001, 30.00,      """,
        refunds="""refund_no, order_no, line_no, amount, refunded_at
                   R1,        O1,       1,       100.00, 2026-03-12T09:00:00
                   R2,        O1,       2,       30.00,  2026-03-12T09:00:00""",
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "orders",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    A,    0,         0,          1,      0
                   2,    B,    0,         0,          0,      0
                   2,    C,    0,         0,          0,      0
                   2,    D,    0,         0,          0,      0""",
            )
        ],
    ),
]

CASES = PERIODS + FIGURES
