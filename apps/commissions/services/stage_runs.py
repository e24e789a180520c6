"""How a pass over the stages is recorded: who, when, how far, what it did, and what went wrong.

Recording costs nothing that can be felt: a pass that found nothing leaves no row, one that is over
within a second is written once, and a longer one about once a second, outside of its chunks'
transactions. What has been done lies in the chunks' own rows; a run only tells of it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from django.db import DatabaseError
from django.utils import timezone

from apps.commissions.models import StageRun

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_SAVES = 1.0
Total = int | Callable[[], int]


class RecordedRun:
    """One pass over one merchant's stages, and its row.

        with RecordedRun(merchant=merchant, as_of=as_of, names=STAGES) as run:
            run.start_stage("book", total=orders_to_book)
            run.advance({"booked": 500, "commissions": 1500})

    Leaving the block finishes the row, or notes the error and lets it through. A process that is
    killed leaves `finished_at` empty; `StageRun.state_at` calls that interrupted.
    """

    def __init__(
        self,
        *,
        merchant,
        as_of: datetime,
        names: Sequence[str] = (),
        origin: str = StageRun.Origin.WORKER,
        actor=None,
        on_progress: Callable[[StageRun], None] | None = None,
        row: StageRun | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`names`: what is counted, in the order to tell it. `row`: a run asked for before, whose
        row is filled in even if there is nothing to do. `on_progress` is told after every chunk."""
        now = timezone.now()
        self.row = row or StageRun(merchant=merchant, origin=origin, actor=actor)
        self.row.as_of, self.row.started_at, self.row.seen_at = as_of, now, now
        self.counts: Counter = Counter(dict.fromkeys(names, 0))
        self._on_progress = on_progress
        self._clock = clock
        self._saved_at = clock()
        self._total: Total = 0

    def start_stage(self, name: str, total: Total = 0) -> None:
        """The next stage begins, with `total` to do; 0: nobody knows.

        A function that counts what is still to do is asked only once the run takes long enough to
        be watched.
        """
        self.row.stage, self.row.done, self.row.total = name, 0, 0
        self._total = total
        if self.row.pk:
            self._save()

    def advance(self, counts: Mapping[str, int], done: int | None = None) -> None:
        """A chunk is committed: what it made, by name, and how many of the stage's total that was
        (default: the first of the counts)."""
        self.counts.update(counts)
        self.row.counts = dict(self.counts)
        self.row.done += next(iter(counts.values()), 0) if done is None else done
        if self._clock() - self._saved_at >= SECONDS_BETWEEN_SAVES:
            self._count_what_is_left()
            self._save()
        self.row.total = self.row.total and max(self.row.total, self.row.done)
        if self._on_progress:
            self._on_progress(self.row)

    def finish(self) -> None:
        """All stages are through. Leaves no row when there was nothing to do and nobody asked."""
        if self.row.pk or any(self.counts.values()):
            self._close("")

    def fail(self, error: BaseException) -> None:
        """The run ended here; what its chunks had committed stays."""
        self._close(f"{type(error).__name__}: {error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
            return
        try:
            self.fail(error)
        except DatabaseError:
            # The error that is on its way matters more: it may be the very reason.
            logger.exception("A failed stage run could not be recorded.")

    def _count_what_is_left(self) -> None:
        if callable(self._total):
            self._total = self.row.done + self._total()
        self.row.total = self._total

    def _close(self, error: str) -> None:
        self.row.finished_at = timezone.now()
        self.row.counts, self.row.error = dict(self.counts), error
        self._save()

    def _save(self) -> None:
        self.row.seen_at = timezone.now()
        self.row.save()
        self._saved_at = self._clock()


def ask_for_run(*, merchant, actor) -> StageRun:
    """A run somebody asked for on the console; `run_due` with this row takes it up.

    The row is there at once, so that whoever asked can watch it. Raises nothing: any number of
    runs may be asked for, each finds what the others left.
    """
    return StageRun.objects.create(
        merchant=merchant, origin=StageRun.Origin.CONSOLE, actor=actor, as_of=timezone.now()
    )
