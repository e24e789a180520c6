"""Every task delivered up to five times, in any order, and again while it runs: nothing twice."""

import inspect
import json
import os
import signal
import uuid
from collections.abc import Iterator
from itertools import combinations

import psycopg
import pytest
from kombu import Connection
from redis import Redis

from distribution_site.celery import app
from tests.faults.books import difference, digest
from tests.faults.deliveries import VISIBILITY_TIMEOUT, transport_options
from tests.faults.processes import manage, run, start
from tests.faults.season import Season

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

SEASONS = [Season(code, people=60, orders=1000, refund_every=10) for code in ("tea", "ware")]
MESSAGES_OF_EACH_KIND = 3
SECONDS = 120


@pytest.fixture
def broker() -> str:
    return os.environ["TEST_REDIS_URL"]


@pytest.fixture
def prefix(broker) -> Iterator[str]:
    prefix = f"faults-{uuid.uuid4().hex}:"
    yield prefix
    with Redis.from_url(broker) as client:
        if keys := list(client.scan_iter(f"{prefix}*")):
            client.delete(*keys)


def messages(rehearsals: list[list[int]]) -> list[tuple[str, list]]:
    """Every task of ours, with the arguments that it may be sent."""
    app.loader.import_default_modules()
    sent = {
        (): [[]],
        ("merchant_id",): [[merchant_id] for merchant_id, _simulation_id in rehearsals],
        ("merchant_id", "simulation_id"): rehearsals,
    }
    found = []
    for name in sorted(app.tasks):
        if name.startswith("apps."):
            declared = inspect.signature(app.tasks[name].run).parameters.values()
            parameters = tuple(each.name for each in declared if each.default is each.empty)
            assert parameters in sent, f"Tell this test what {name} is sent."
            found += [(name, arguments) for arguments in sent[parameters]]
    return found


def drain(client: Redis, prefix: str, expected: int) -> list[dict]:
    """What the workers told until nothing was waiting or under way any more."""
    told: list[dict] = []
    for _ in range(SECONDS):
        while answer := client.brpop([f"{prefix}done"], timeout=1):
            told.append(json.loads(answer[1]))
        is_idle = not (client.llen(f"{prefix}celery") or client.hlen(f"{prefix}unacked"))
        if len(told) >= expected and is_idle:
            return told
    pytest.fail(f"After {SECONDS} s of silence: {told}")


def overlap(one: dict, other: dict) -> bool:
    return one["from"] < other["to"] and other["from"] < one["to"]


def test_delivered_again_and_again_nothing_is_done_twice(
    new_database, tmp_path, chance, broker, prefix
):
    noisy = new_database(None)
    imports = [line for season in SEASONS for line in season.write(tmp_path, chance)]
    manage(noisy, "migrate --verbosity 0", *imports)
    rehearsals = json.loads(run(noisy, "rehearsals"))
    calm = new_database(noisy)
    manage(calm, "run_due")
    expected = run(calm, "books")
    deliveries = [
        (name, arguments, f"{name}-{arguments}-{number}")
        for name, arguments in messages(rehearsals)
        for number in range(MESSAGES_OF_EACH_KIND)
        for _copy in range(chance.randint(1, 5))
    ]
    chance.shuffle(deliveries)

    with Connection(broker, transport_options=transport_options(prefix)) as connection:
        for name, arguments, task_id in deliveries:
            app.send_task(name, arguments, task_id=task_id, connection=connection)
    workers = [
        start(noisy, "deliveries", json.dumps({"broker": broker, "prefix": prefix, "name": name}))
        for name in ("one", "two")
    ]
    try:
        with Redis.from_url(broker) as client:
            told = drain(client, prefix, len(deliveries))
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(timeout=60) for worker in workers] == [0, 0]

    assert {each["state"] for each in told} == {"SUCCESS"}
    # It was what it says: messages came back while their task was running, and tasks of one
    # merchant ran on both workers at once.
    assert [each for each in told if each["again"]]
    runs = [each for each in told if each["task"].endswith(".run_due_for_merchant")]
    long = [each for each in runs if each["to"] - each["from"] > VISIBILITY_TIMEOUT]
    assert [
        (one, other)
        for one, other in combinations(long, 2)
        if one["args"] == other["args"] and one["worker"] != other["worker"] and overlap(one, other)
    ]
    with psycopg.connect(noisy) as connection:
        done = connection.execute("SELECT status FROM commissions_simulation").fetchall()
    assert done == [("done",)] * len(rehearsals)
    books = run(noisy, "books")
    assert expected.count("\ncommission ") > 2 * 2800
    assert digest(books.splitlines()) == digest(expected.splitlines()), "\n".join(
        difference(expected, books)
    )
    assert manage(noisy, "reconcile") == ""
