"""The embedded message broker: kombu's filesystem transport, with files that appear whole.

The stock transport opens a message file and then writes it, so a consumer may pick up an empty
one and stop; the same with the table of queues when worker and scheduler start together.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes beside the queue and moves into it: a message is either absent or complete."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        # Wall-clock first in the name: queues are read in name order, also across a reboot.
        name = f"{time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f".{name}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        os.replace(draft, folder / name)

    def get_table(self, exchange: str) -> list[Any]:
        with self._table_lock():
            return super().get_table(exchange)

    def _queue_bind(self, exchange: str, *args: Any, **kwargs: Any) -> None:
        with self._table_lock():
            super()._queue_bind(exchange, *args, **kwargs)

    @contextmanager
    def _table_lock(self) -> Iterator[None]:
        with (Path(self.control_folder) / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """What `CELERY_BROKER_URL=filesystem://` means here."""

    Channel = Channel


def register() -> None:
    """Makes kombu use this transport for `filesystem://`."""
    TRANSPORT_ALIASES["filesystem"] = "distribution_site.broker:Transport"
