"""The embedded broker: messages wait in files, whole, in order, across restarts."""

import os
import threading
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from distribution_site.celery import app

QUEUE = Queue("celery")


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str]:
    """Transport options for a queue directory of this test."""
    for name in ("messages", "control", "processed"):
        (tmp_path / name).mkdir()
    return {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
        "processed_folder": str(tmp_path / "processed"),
        "store_processed": False,
    }


def connect(options: dict[str, str]) -> Connection:
    """A process's own connection."""
    return Connection("filesystem://localhost/", transport_options=options)


def send(options: dict[str, str], *bodies: int) -> None:
    with connect(options) as connection:
        producer = connection.Producer(serializer="json")
        for body in bodies:
            producer.publish({"n": body}, routing_key="celery", declare=[QUEUE])


def receive(options: dict[str, str], count: int) -> list[int]:
    got = []
    with connect(options) as connection:
        queue = connection.SimpleQueue("celery")
        for _ in range(count):
            message = queue.get(block=False)
            got.append(message.payload["n"])
            message.ack()
    return got


def test_messages_wait_on_disk_and_arrive_in_order(options):
    send(options, 1, 2)
    send(options, 3)

    assert len(list(Path(options["data_folder_in"]).iterdir())) == 3
    assert receive(options, 3) == [1, 2, 3]
    assert list(Path(options["data_folder_in"]).iterdir()) == []


def test_a_message_taken_but_not_acknowledged_comes_back(options):
    send(options, 7)
    with connect(options) as connection:
        connection.SimpleQueue("celery").get(block=False)

    assert receive(options, 1) == [7]


def test_an_unfinished_file_is_not_a_message(options):
    send(options)
    draft = Path(options["data_folder_in"]) / ".00000000000000000001_x.celery.msg.draft"
    draft.write_text("")
    send(options, 5)

    assert receive(options, 1) == [5]


def test_many_senders_at_once_lose_and_double_nothing(options):
    threads = [
        threading.Thread(target=send, args=(options, *range(start, start + 25)))
        for start in (0, 25, 50, 75)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(receive(options, 100)) == list(range(100))


def test_the_site_queues_json_and_acknowledges_late():
    assert app.conf.task_acks_late is True
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result is True
    assert [entry["task"] for entry in app.conf.beat_schedule.values()] == [
        "apps.commissions.tasks.run_due_stages",
        "apps.payments.tasks.sweep_all_payments",
        "apps.commissions.tasks.run_waiting_simulations",
        "apps.core.tasks.refresh_database_statistics",
        "apps.insights.tasks.reconcile_all",
        "apps.insights.tasks.save_closed_rankings",
        "apps.promotion.tasks.tidy_promotion",
    ]


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - set(app.tasks) == set()


@pytest.mark.redis
def test_a_task_travels_through_redis():
    queue = f"test-{uuid.uuid4().hex}"
    with Connection(os.environ["TEST_REDIS_URL"]) as connection:
        app.send_task(
            "apps.commissions.tasks.run_due_stages",
            connection=connection,
            queue=queue,
            serializer="json",
        )
        message = connection.SimpleQueue(queue).get(block=True, timeout=5)
        message.ack()

    assert message.headers["task"] == "apps.commissions.tasks.run_due_stages"


@pytest.mark.redis
def test_a_redis_that_is_not_there_is_an_error_not_a_silence():
    with pytest.raises(OperationalError), Connection("redis://127.0.0.1:1/0") as connection:
        app.send_task("x", connection=connection, queue="x", retry=False)
