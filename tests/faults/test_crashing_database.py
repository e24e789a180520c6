"""PostgreSQL crashes twenty times under load: every event happened, and happened once."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from subprocess import PIPE, Popen

import pytest

from tests.faults.books import difference, digest
from tests.faults.cluster import Cluster, server_binaries
from tests.faults.processes import manage, run, start
from tests.faults.season import AS_OF, START, Season, make_orders, write_csv

pytestmark = pytest.mark.postgres

CRASHES = 20
SEASON = Season("tea", people=40, orders=400)
WITHDRAWALS, REFUNDS, FILES, ORDERS_PER_FILE = 300, 150, 30, 20


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    binaries = server_binaries()
    if binaries is None:
        reason = "needs the programs of a PostgreSQL server (initdb, pg_ctl)"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"REQUIRE_SERVICES=1, but this {reason}.")
        pytest.skip(reason)
    with Cluster(binaries) as cluster:
        yield cluster


@pytest.fixture
def events(tmp_path, chance) -> list[dict]:
    """What each client of the server is to do."""
    rows = make_orders(chance, "later", FILES * ORDERS_PER_FILE, SEASON.people)
    files = [tmp_path / f"orders-{number}.csv" for number in range(FILES)]
    for number, path in enumerate(files):
        write_csv(path, rows[number * ORDERS_PER_FILE :][:ORDERS_PER_FILE])
    return [
        {"orders": list(map(str, files))},
        {"refunds": make_refunds(chance)},
        {"withdrawals": make_withdrawals(chance, "a")},
        {"withdrawals": make_withdrawals(chance, "b")},
    ]


def make_refunds(chance: Random) -> list[tuple]:
    """After the release, of orders that have been settled: from what is available."""
    moment = START + timedelta(days=100)
    numbers = chance.sample(range(SEASON.orders), REFUNDS)
    return [
        (f"{SEASON.code}-{number:05d}", f"{chance.randint(1, 4550) / 100:.2f}", f"R{number}",
         f"{moment.isoformat()}+08:00")
        for number in numbers
    ]  # fmt: skip


def make_withdrawals(chance: Random, client: str) -> list[tuple]:
    """By the upper third of the tree, who have more than they will ask for."""
    people = chance.choices(range(SEASON.people // 3), k=WITHDRAWALS // 2)
    return [
        (f"P{number:04d}", f"{chance.randint(100, 200) / 100:.2f}", f"{client}-{place}")
        for place, number in enumerate(people)
    ]


def client(database: str, work: dict, stdout: int) -> Popen:
    order = json.dumps({"merchant": SEASON.code} | work)
    return start(database, "load", order, stdin=PIPE, stdout=stdout)


def count(told: Counter, what: str) -> int:
    """How often any client told this."""
    return sum(times for words, times in told.items() if words.endswith(what))


def crash_under_load(cluster: Cluster, database: str, events: list[dict]) -> Counter:
    """Let all clients work at once, crash the server again and again; how often each told what."""
    heard, told_by = os.pipe()
    clients = [client(database, work, told_by) for work in [*events, {"stages": True}]]
    os.close(told_by)
    total = sum(len(work[role]) for work in events for role in work)
    told: Counter = Counter()
    crashes = 0
    with os.fdopen(heard) as lines:
        for line in lines:
            told[line.strip()] += 1
            if line.endswith("ready\n") and count(told, "ready") == len(clients):
                for each in clients:
                    each.stdin.write("go\n")
                    each.stdin.flush()
                for each in clients[:-1]:
                    each.stdin.close()
            answered = count(told, "done") - told["stages done"]
            if crashes < CRASHES and answered > total * crashes / CRASHES:
                cluster.crash()
                crashes += 1
            if count(told, "ended") == len(events) and not clients[-1].stdin.closed:
                clients[-1].stdin.close()
    assert [each.wait() for each in clients] == [0] * len(clients)
    assert crashes == CRASHES
    return told


def test_crashed_twenty_times_everything_happened_once(cluster, tmp_path, chance, events):
    stormy = cluster.new_database("stormy")
    settle = f"run_due --merchant {SEASON.code} --as-of {AS_OF}"
    manage(stormy, "migrate --verbosity 0", *SEASON.write(tmp_path, chance), settle)
    run(stormy, "load", json.dumps({"merchant": SEASON.code, "accounts": True}))
    calm = cluster.new_database("calm", template="stormy")
    for work in events:
        run(calm, "load", json.dumps({"merchant": SEASON.code} | work))
    manage(calm, settle)
    expected = run(calm, "books")
    assert expected.count("\nwithdrawal ") == WITHDRAWALS
    assert expected.count("\nrefund ") == REFUNDS
    assert expected.count("\norder ") == SEASON.orders + FILES * ORDERS_PER_FILE

    told = crash_under_load(cluster, stormy, events)

    print(told)
    # Each crash tore at least one client from what it was doing, and nobody gave up.
    assert count(told, "lost") >= CRASHES
    assert {role: told[f"{role} done"] for role in ("orders", "refunds", "withdrawals")} == {
        "orders": FILES, "refunds": REFUNDS, "withdrawals": WITHDRAWALS
    }  # fmt: skip
    manage(stormy, settle)
    books = run(stormy, "books")
    assert digest(books.splitlines()) == digest(expected.splitlines()), "\n".join(
        difference(expected, books)
    )
    assert manage(stormy, f"reconcile --merchant {SEASON.code}") == ""
