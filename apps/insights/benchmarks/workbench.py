"""What a benchmark works with: databases of its own, fresh processes, a progress bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from apps.insights.benchmarks.databases import own_databases
from apps.insights.benchmarks.progress import Progress
from apps.insights.benchmarks.steps import run_step


class Workbench:
    """Leave it by `close`: it drops every database it made."""

    def __init__(self, steps: int):
        self._databases = own_databases()
        self._progress = Progress(steps)

    def create(self) -> str:
        """A new database without tables."""
        return self._databases.create()

    def copy(self, database: str) -> str:
        """A database that starts in exactly the state of another."""
        return self._databases.copy(database)

    def drop(self, database: str) -> None:
        self._databases.drop(database)

    @contextmanager
    def a_copy_of(self, database: str) -> Iterator[str]:
        """A copy for one measurement."""
        name = self.copy(database)
        yield name
        self.drop(name)

    def run(self, database: str, label: str, function: Callable[..., Any], **arguments) -> Any:
        """One step on a database, in a fresh process; see `run_step`."""
        return run_step(database, function, self._progress.begin(label), arguments)

    def close(self) -> None:
        self._progress.close()
        self._databases.close()
