"""A real Celery worker whose messages come back while it still works on them.

    python -m tests.faults.deliveries '{"broker": …, "prefix": …, "name": …}'

After each task it notes in Redis, in the list `<prefix>done`, what it did and when.
"""

import json
import os
import sys
import time

import django
from celery.signals import task_postrun, task_prerun
from redis import Redis

# Seconds; a task here takes longer.
VISIBILITY_TIMEOUT = 0.5


def transport_options(prefix: str) -> dict:
    """How worker and sender speak with Redis, apart from everybody else's keys."""
    return {
        "global_keyprefix": prefix,
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 0.2,
        "unacked_restore_throttle": 1,
    }


def main() -> None:
    order = json.loads(sys.argv[1])
    django.setup()
    from distribution_site.celery import app
    from tests.faults.chunks import shrink_chunks

    app.conf.broker_transport_options = transport_options(order["prefix"])
    # Celery prefers this variable to its own setting, and the settings of the tests have set it.
    os.environ["CELERY_BROKER_URL"] = order["broker"]
    begun: dict[str, float] = {}

    @task_prerun.connect
    def begin(task_id, **_):
        shrink_chunks()
        begun[task_id] = time.time()

    @task_postrun.connect
    def note(task_id, task, args, state, **_):
        told = {
            "task": task.name,
            "args": args,
            "state": state,
            "worker": order["name"],
            "process": os.getpid(),
            "again": bool(task.request.delivery_info.get("redelivered")),
            "from": begun.pop(task_id),
            "to": time.time(),
        }
        with Redis.from_url(order["broker"]) as client:
            client.lpush(f"{order['prefix']}done", json.dumps(told))

    app.worker_main(
        ["worker", f"--hostname={order['name']}@localhost", "--concurrency=2", "--loglevel=WARNING",
         "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip


if __name__ == "__main__":
    main()
