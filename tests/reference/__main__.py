"""Print the re-statement's figures for a directory of files as CSV.

Usage: python -m tests.reference commissions|balances|ranking DIRECTORY --from MOMENT
       [--as-of MOMENT] [--first DAY --last DAY --by KEY]
"""

import argparse
import csv
import json
import sys
from pathlib import Path

from tests.reference import restatement
from tests.reference.world import read_world

FILES = ("levels.csv", "distributors.csv", "products.csv", "orders.csv", "refunds.csv")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.reference")
    parser.add_argument("what", choices=("commissions", "balances", "ranking"))
    parser.add_argument("directory", type=Path)
    parser.add_argument("--from", dest="plan_from", required=True, help="when plan.json begins")
    parser.add_argument("--as-of")
    parser.add_argument("--first")
    parser.add_argument("--last")
    parser.add_argument("--by", default="team_sales")
    options = parser.parse_args()
    files = {name: (options.directory / name).read_text(encoding="utf-8") for name in FILES}
    plan = json.loads((options.directory / "plan.json").read_text(encoding="utf-8"))
    world = read_world(files, [(options.plan_from, plan)])
    if options.what == "ranking":
        rows = restatement.ranking(
            world, options.first, options.last, options.by, as_of=options.as_of
        )
    else:
        rows = getattr(restatement, options.what)(world, options.as_of)
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
