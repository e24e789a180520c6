"""Worked cases on who earns: chain, self-purchase, standing, compression (points 2 and 5)."""

from tests.reference.case import JANUARY, Case, percent, plan

MARCH = ("2026-03-01", "2026-03-31")
COMPRESSION = frozenset({"compression"})
THREE = plan(percent(1, "10"), percent(2, "5"), percent(3, "2"), depths=3)


def with_status(**standing: str) -> str:
    """The chain A, B, C, D with these standings."""
    rows = [("A", "", "gold"), ("B", "A", "silver"), ("C", "B", "bronze"), ("D", "C", "bronze")]
    lines = [f"{code}, {parent}, {level}, {standing.get(code, '')}" for code, parent, level in rows]
    return "\n".join(["code, parent_code, level, status", *lines])


CHAINS = [
    Case(
        "three depths: the seller, the parent, the grandparent",
        2,
        orders="""order_no, distributor_code
                  O1,       D""",
        plans=[(JANUARY, THREE)],
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     10.00
                       O1,       C,           2,     5.00
                       O1,       B,           3,     2.00""",
    ),
    Case(
        "a chain shorter than the plan pays whom there is",
        2,
        orders="""order_no, distributor_code
                  O1,       A""",
        plans=[(JANUARY, THREE)],
        commissions="""order_no, beneficiary, depth, amount
                       O1,       A,           1,     10.00""",
    ),
    Case(
        "self-purchase off: by phone, the order is the parent's",
        2,
        orders="""order_no, distributor_code, customer
                  O1,       D,                13800000004""",
        commissions="""order_no, beneficiary, depth, amount
                       O1,       C,           1,     10.00
                       O1,       B,           2,     5.00""",
        rankings=[
            (
                *MARCH,
                "own_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    C,    100.00,    100.00,     1,      10.00
                   2,    A,    0,         100.00,     0,      0
                   2,    B,    0,         100.00,     0,      5.00
                   2,    D,    0,         0,          0,      0""",
            )
        ],
    ),
    Case(
        "self-purchase off: without a parent the order is nobody's",
        2,
        orders="""order_no, distributor_code, customer
                  O1,       A,                A""",
        commissions="order_no",
        balances="code",
        rankings=[
            (
                *MARCH,
                "team_sales",
                """rank, code, own_sales, team_sales, orders, commission
                   1,    A,    0,         0,          0,      0
                   1,    B,    0,         0,          0,      0
                   1,    C,    0,         0,          0,      0
                   1,    D,    0,         0,          0,      0""",
            )
        ],
    ),
    Case(
        "self-purchase on: the order is the buyer's own",
        2,
        orders="""order_no, distributor_code, customer
                  O1,       D,                D
                  O2,       A,                13800000001""",
        plans=[(JANUARY, plan(self_purchase=True))],
        needs=frozenset({"self_purchase"}),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     10.00
                       O1,       C,           2,     5.00
                       O2,       A,           1,     10.00""",
    ),
    Case(
        "a buyer who is another distributor changes nothing",
        2,
        orders="""order_no, distributor_code, customer
                  O1,       D,                13800000001""",
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     10.00
                       O1,       C,           2,     5.00""",
    ),
    Case(
        "an order without a distributor earns nobody anything",
        2,
        orders="""order_no, distributor_code, customer
                  O1,       ,                 13800000004""",
        commissions="order_no",
        balances="code",
    ),
]

STANDING = [
    Case(
        "compression off: the share of a suspended upline stays with the merchant",
        5,
        orders="""order_no, distributor_code
                  O1,       D""",
        people=with_status(C="suspended"),
        plans=[(JANUARY, THREE)],
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     10.00
                       O1,       B,           3,     2.00""",
    ),
    Case(
        "compression on: the next active upline takes the depth, at his own level's rate",
        5,
        orders="""order_no, distributor_code
                  O1,       C""",
        people=with_status(B="suspended"),
        plans=[
            (
                JANUARY,
                plan(
                    percent(1, "10"),
                    percent(2, "5"),
                    percent(2, "6", level="gold"),
                    compression=True,
                ),
            )
        ],
        needs=COMPRESSION,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       C,           1,     10.00
                       O1,       A,           2,     6.00""",
    ),
    Case(
        "compression on: two in a row are skipped and the chain ends early",
        5,
        orders="""order_no, distributor_code
                  O1,       D""",
        people=with_status(C="suspended", B="terminated"),
        plans=[(JANUARY, THREE | {"compression": True})],
        needs=COMPRESSION,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     10.00
                       O1,       A,           2,     5.00""",
    ),
    Case(
        "compression off: a terminated seller earns nothing, the parent the second depth",
        5,
        orders="""order_no, distributor_code
                  O1,       D""",
        people=with_status(D="terminated"),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       C,           2,     5.00""",
    ),
    Case(
        "compression on: a terminated seller's parent takes the first depth",
        5,
        orders="""order_no, distributor_code
                  O1,       D""",
        people=with_status(D="terminated"),
        plans=[(JANUARY, plan(compression=True))],
        needs=COMPRESSION,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       C,           1,     10.00
                       O1,       B,           2,     5.00""",
        rankings=[
            (
                *MARCH,
                "own_sales",
                """rank, code, own_sales, orders, commission
                   1,    D,    100.00,    1,      0
                   2,    A,    0,         0,      0
                   2,    B,    0,         0,      5.00
                   2,    C,    0,         0,      10.00""",
            )
        ],
    ),
    Case(
        "a self-purchase moved up to a suspended parent stays there",
        5,
        orders="""order_no, distributor_code, customer
                  O1,       D,                D""",
        people=with_status(C="suspended"),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           2,     5.00""",
        rankings=[
            (
                *MARCH,
                "own_sales",
                """rank, code, own_sales, orders
                   1,    C,    100.00,    1
                   2,    A,    0,         0
                   2,    B,    0,         0
                   2,    D,    0,         0""",
            )
        ],
    ),
]

CASES = CHAINS + STANDING
