"""A worker killed with -9 again and again leaves the books of one that was left in peace."""

import json
import re

from django.conf import settings

from tests.faults.books import difference, digest
from tests.faults.processes import manage, run
from tests.faults.season import AS_OF, Season

ON_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
# SQLite has one writer at a time and no second server process: a small season is enough.
SEASON = Season("tea", people=200, orders=3500 if ON_POSTGRESQL else 350, refund_every=16)
KILLS = 100 if ON_POSTGRESQL else 10
COMMISSIONS = 10_000 if ON_POSTGRESQL else 1_000


def test_killed_a_hundred_times_the_books_are_the_same(new_database, tmp_path, chance, seed):
    killed = new_database(None)
    manage(killed, "migrate --verbosity 0", *SEASON.write(tmp_path, chance))
    calm = new_database(killed)
    order = {"merchant": SEASON.code, "as_of": AS_OF, "kills": 0}

    peace = json.loads(run(calm, "killing", json.dumps(order)))
    order |= {"kills": KILLS, "seed": seed, "calm": peace}
    told = json.loads(run(killed, "killing", json.dumps(order)))

    print(peace, told)
    assert sum(told["deaths"].values()) == KILLS
    # Not all in one place.
    assert {"booked", "settled"} <= told["deaths"].keys()
    expected, books = run(calm, "books"), run(killed, "books")
    assert expected.count("\ncommission ") > COMMISSIONS
    assert digest(books.splitlines()) == digest(expected.splitlines()), "\n".join(
        difference(expected, books)
    )
    assert manage(killed, f"reconcile --merchant {SEASON.code}") == ""
    again = manage(killed, f"run_due --merchant {SEASON.code} --as-of {AS_OF}")
    assert re.fullmatch(r"tea:( \w+=0)+\n", again), again
