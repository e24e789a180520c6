"""Worked cases on what a line earns: base, rule, rounding, ceiling (points 1, 3, 4 and 6)."""

from tests.reference.case import JANUARY, Case, fixed, percent, plan

SCOPE = frozenset({"scope"})
CEILING = frozenset({"ceiling"})


def under(document: dict) -> list[tuple[str, dict]]:
    return [(JANUARY, document)]


BASES = [
    Case(
        "the discount counts, the shipping does not",
        1,
        # 3 × 33.33 − 0.99 = 99.00
        orders="""order_no, quantity, unit_price, discount, shipping, distributor_code
                  O1,       3,        33.33,      0.99,     12.00,    B""",
        commissions="""
            order_no, line_no, refund_no, beneficiary, kind, depth, base_amount, rate, amount, plan
            O1,       1,       ,          B,           share, 1,    99.00, 10,   9.90, Spring
            O1,       1,       ,          A,           share, 2,    99.00, 5,    4.95, Spring""",
        balances="""code, pending, available, withdrawing, paid, debt, lifetime
                    A,    4.95,    0,         0,           0,    0,    4.95
                    B,    9.90,    0,         0,           0,    0,    9.90""",
    ),
    Case(
        "each line is rounded for itself",
        1,
        # 10 % of 0.05 is half a fen: a fen on each line, where 10 % of 0.10 would be one fen in all
        orders="""order_no, line_no, unit_price, distributor_code
                  O1,       1,       0.05,       B
                  O1,       2,       0.05,       """,
        commissions="""order_no, line_no, beneficiary, depth, amount
                       O1,       1,       B,           1,     0.01
                       O1,       2,       B,           1,     0.01""",
    ),
    Case(
        "base list is the list price when ordered",
        1,
        # paid 2 × 80 − 10 = 150, list 2 × 100
        orders="""order_no, quantity, unit_price, discount, distributor_code
                  O1,       2,        80.00,      10.00,    B""",
        plans=under(plan(base="list")),
        needs=frozenset({"list"}),
        commissions="""order_no, beneficiary, depth, base_amount, amount
                       O1,       B,           1,     200.00,      20.00
                       O1,       A,           2,     200.00,      10.00""",
    ),
    Case(
        "base profit is paid less cost",
        1,
        # 150 − 2 × 60 = 30
        orders="""order_no, quantity, unit_price, discount, distributor_code
                  O1,       2,        80.00,      10.00,    B""",
        plans=under(plan(base="profit")),
        needs=frozenset({"profit"}),
        commissions="""order_no, beneficiary, depth, base_amount, amount
                       O1,       B,           1,     30.00,       3.00
                       O1,       A,           2,     30.00,       1.50""",
    ),
    Case(
        "sold below cost there is no profit and no row",
        1,
        orders="""order_no, unit_price, distributor_code
                  O1,       50.00,      B""",
        plans=under(plan(base="profit")),
        needs=frozenset({"profit"}),
        commissions="order_no",
        balances="code",
        rankings=[
            (
                "2026-03-01",
                "2026-03-31",
                "own_sales",
                """rank, code, own_sales, orders, commission
                   1,    B,    50.00,     1,      0
                   2,    A,    0,         0,      0
                   2,    C,    0,         0,      0
                   2,    D,    0,         0,      0""",
            )
        ],
    ),
]

RULES = [
    Case(
        "the beneficiary's level beats any level",
        3,
        orders="""order_no, distributor_code
                  O1,       B
                  O2,       D""",
        plans=under(
            plan(
                percent(1, "10"),
                percent(2, "5"),
                percent(1, "12", level="silver"),
                percent(2, "6", level="gold"),
                percent(1, "30", level="gold"),
            )
        ),
        commissions="""order_no, beneficiary, depth, rate, amount
                       O1,       B,           1,     12,   12.00
                       O1,       A,           2,     6,    6.00
                       O2,       D,           1,     10,   10.00
                       O2,       C,           2,     5,    5.00""",
    ),
    Case(
        "scope beats level: a SKU rule for any level before a category rule for the level",
        3,
        # 茶具 is not below 茶
        orders="""order_no, line_no, sku,   unit_price, distributor_code
                  O1,       1,       T-001, 100.00,     B
                  O1,       2,       T-002, 50.00,
                  O1,       3,       C-001, 30.00,      """,
        plans=under(
            plan(
                percent(1, "10"),
                percent(1, "20", level="silver", category="茶"),
                percent(1, "8", sku="T-001"),
            )
        ),
        needs=SCOPE,
        commissions="""order_no, line_no, beneficiary, depth, rate, amount
                       O1,       1,       B,           1,     8,    8.00
                       O1,       2,       B,           1,     20,   10.00
                       O1,       3,       B,           1,     10,   3.00""",
    ),
    Case(
        "the nearest category up the path wins",
        3,
        orders="""order_no, line_no, sku,   unit_price, distributor_code
                  O1,       1,       T-001, 100.00,     B
                  O1,       2,       T-002, 50.00,      """,
        plans=under(
            plan(
                percent(1, "30", level="silver", category="茶"),
                percent(1, "18", category="茶/普洱"),
            )
        ),
        needs=SCOPE,
        commissions="""order_no, line_no, rate, amount
                       O1,       1,       18,   18.00
                       O1,       2,       30,   15.00""",
    ),
    Case(
        "a SKU rule for another level is no rule; the product's comes next",
        3,
        orders="""order_no, distributor_code
                  O1,       B
                  O2,       A""",
        plans=under(
            plan(
                percent(1, "10", level="silver"),
                percent(1, "15", category="茶"),
                percent(1, "9", product="T-001"),
                percent(1, "20", sku="T-001", level="gold"),
            )
        ),
        needs=SCOPE,
        commissions="""order_no, beneficiary, depth, rate, amount
                       O1,       B,           1,     9,    9.00
                       O2,       A,           1,     20,   20.00""",
    ),
    Case(
        "a rule of zero ends the search",
        3,
        orders="""order_no, distributor_code
                  O1,       B""",
        plans=under(plan(percent(1, "10"), percent(2, "5"), percent(1, "0", sku="T-001"))),
        needs=SCOPE,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       A,           2,     5.00""",
    ),
    Case(
        "a rule of zero for the level ends the search before any level",
        3,
        orders="""order_no, distributor_code
                  O1,       B
                  O2,       C""",
        plans=under(plan(percent(1, "10"), percent(2, "5"), percent(2, "0", level="silver"))),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     10.00
                       O1,       A,           2,     5.00
                       O2,       C,           1,     10.00""",
    ),
    Case(
        "no rule for a depth, no row",
        3,
        orders="""order_no, distributor_code
                  O1,       C""",
        plans=under(plan(percent(1, "10"), percent(2, "5", level="gold"))),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       C,           1,     10.00""",
    ),
]

ROUNDING = [
    Case(
        "a half fen goes up, less makes no row",
        4,
        # 0.4, 0.5, 1.5, 2.4 and 2.5 fen
        orders="""order_no, line_no, unit_price, distributor_code
                  O1,       1,       0.04,       A
                  O1,       2,       0.05,
                  O1,       3,       0.15,
                  O1,       4,       0.24,
                  O1,       5,       0.25,       """,
        commissions="""order_no, line_no, beneficiary, depth, amount
                       O1,       2,       A,           1,     0.01
                       O1,       3,       A,           1,     0.02
                       O1,       4,       A,           1,     0.02
                       O1,       5,       A,           1,     0.03""",
    ),
    Case(
        "rates have two decimals",
        4,
        # 12.55 % of 49.99 = 6.273745, of 50.00 = 6.275; 0.01 % of them = 0.4999 and 0.5 fen
        orders="""order_no, line_no, unit_price, distributor_code
                  O1,       1,       49.99,      B
                  O1,       2,       50.00,      """,
        plans=under(plan(percent(1, "12.55"), percent(2, "0.01"))),
        commissions="""order_no, line_no, beneficiary, depth, rate,  amount
                       O1,       1,       B,           1,     12.55, 6.27
                       O1,       2,       B,           1,     12.55, 6.28
                       O1,       2,       A,           2,     0.01,  0.01""",
    ),
    Case(
        "a fixed amount is per unit",
        4,
        orders="""order_no, quantity, distributor_code
                  O1,       3,        B""",
        plans=under(plan(percent(1, "10"), percent(2, "5"), fixed(1, "8.00", sku="T-001"))),
        needs=frozenset({"fixed", "scope"}),
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     24.00
                       O1,       A,           2,     15.00""",
    ),
]

CEILINGS = [
    Case(
        "equal remainders: the left-over fen goes to the smaller depth",
        6,
        # 10 + 10 + 10 over a limit of 10.00: 333 1/3 fen each
        orders="""order_no, distributor_code
                  O1,       D""",
        plans=under(
            plan(
                percent(1, "10"),
                percent(2, "10"),
                percent(3, "10"),
                depths=3,
                ceiling={"of": "paid", "percent": "10"},
            )
        ),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, rate, amount
                       O1,       D,           1,     10,   3.34
                       O1,       C,           2,     10,   3.33
                       O1,       B,           3,     10,   3.33""",
    ),
    Case(
        "the left-over fen goes to the largest remainder",
        6,
        # 10 + 7 over 10.00: 588.235… and 411.764… fen; a refund of half takes half of each
        orders="""order_no, distributor_code
                  O1,       B""",
        refunds="""refund_no, order_no, amount, refunded_at
                   R1,        O1,       50.00,  2026-03-12T09:00:00""",
        plans=under(
            plan(percent(1, "10"), percent(2, "7"), ceiling={"of": "paid", "percent": "10"})
        ),
        needs=CEILING,
        commissions="""order_no, refund_no, beneficiary, depth, amount
                       O1,       ,          B,           1,     5.88
                       O1,       ,          A,           2,     4.12
                       O1,       R1,        B,           1,     -2.94
                       O1,       R1,        A,           2,     -2.06""",
    ),
    Case(
        "two fen are left over, one each",
        6,
        # 10 + 5 + 2 over 15.50: 911.76…, 455.88…, 182.35… fen; floors make 1548
        orders="""order_no, distributor_code
                  O1,       D""",
        plans=under(
            plan(
                percent(1, "10"),
                percent(2, "5"),
                percent(3, "2"),
                depths=3,
                ceiling={"of": "paid", "percent": "15.5"},
            )
        ),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       D,           1,     9.12
                       O1,       C,           2,     4.56
                       O1,       B,           3,     1.82""",
    ),
    Case(
        "a ceiling of profit; the limit is rounded down",
        6,
        # profit 39.99, 33 % = 13.1967 → 13.19; 10.00 + 5.00: 879.33… and 439.66… fen
        orders="""order_no, unit_price, distributor_code
                  O1,       99.99,      B""",
        plans=under(plan(ceiling={"of": "profit", "percent": "33"})),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, base_amount, amount
                       O1,       B,           1,     99.99,       8.79
                       O1,       A,           2,     99.99,       4.40""",
    ),
    Case(
        "a total equal to the limit stays as it is",
        6,
        orders="""order_no, distributor_code
                  O1,       B""",
        plans=under(plan(ceiling={"of": "paid", "percent": "15"})),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     10.00
                       O1,       A,           2,     5.00""",
    ),
    Case(
        "a total below the limit is never scaled up",
        6,
        orders="""order_no, distributor_code
                  O1,       B""",
        plans=under(plan(ceiling={"of": "paid", "percent": "15.01"})),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     10.00
                       O1,       A,           2,     5.00""",
    ),
    Case(
        "what is scaled down to zero makes no row",
        6,
        # 1 + 1 fen over a limit of 1 fen
        orders="""order_no, unit_price, distributor_code
                  O1,       0.10,       B""",
        plans=under(plan(ceiling={"of": "paid", "percent": "10"})),
        needs=CEILING,
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     0.01""",
    ),
    Case(
        "no profit, a limit of zero, no rows",
        6,
        orders="""order_no, unit_price, distributor_code
                  O1,       55.00,      B""",
        plans=under(plan(ceiling={"of": "profit", "percent": "90"})),
        needs=CEILING,
        commissions="order_no",
        balances="code",
    ),
    Case(
        "fixed amounts and percentages share one ceiling",
        6,
        # 2 × 8.00 and 5 % of 40.00 over 12.00: 1066.66… and 133.33… fen
        orders="""order_no, quantity, unit_price, distributor_code
                  O1,       2,        20.00,      B""",
        plans=under(
            plan(fixed(1, "8.00"), percent(2, "5"), ceiling={"of": "paid", "percent": "30"})
        ),
        needs=CEILING | {"fixed"},
        commissions="""order_no, beneficiary, depth, amount
                       O1,       B,           1,     10.67
                       O1,       A,           2,     1.33""",
    ),
]

CASES = BASES + RULES + ROUNDING + CEILINGS
