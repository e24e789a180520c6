"""The table of worked cases: every point of the rules, computed with pencil and paper.

Each case holds the files to import, the plans, the moment, and the rows expected; the same table is
run through the re-statement here and can be run through the command line.
"""

from tests.reference import cases_amounts, cases_people, cases_ranking, cases_refunds

CASES = sorted(
    cases_amounts.CASES + cases_people.CASES + cases_refunds.CASES + cases_ranking.CASES,
    key=lambda case: case.point,
)
