"""A progress bar for commands that may take long: on standard error, and only at a terminal."""

from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

# A watching thread would outlive the bar, and our steps are short.
tqdm.monitor_interval = 0


class Progress:
    """One bar: `show` says which part is being done and how far it has come.

    Use it as a context manager: it leaves the line free for what is printed next. Into a file or a
    pipe it writes nothing at all, so a command's output is the same wherever it goes.

        with Progress(self.stderr) as progress:
            for done, rows in enumerate(chunks, start=1):
                ...
                progress.show("book", done=done, total=len(chunks))
    """

    def __init__(self, stream: Any) -> None:
        # Django's wrapper ends every write with a line feed; a bar must not.
        self._stream = getattr(stream, "_out", stream)
        self._bar: tqdm | None = None
        self._part = ""

    @property
    def is_shown(self) -> bool:
        """Whether somebody can see the bar."""
        return bool(self._stream.isatty())

    def show(self, part: str, *, done: int, total: int | None = None) -> None:
        """`done` of `total` steps of `part`; without a total the bar counts. Costs next to nothing
        when called often: it is drawn at most ten times a second."""
        if not self.is_shown:
            return
        if self._bar is None or part != self._part:
            self.close()
            self._part = part
            self._bar = tqdm(desc=part, total=total, file=self._stream, dynamic_ncols=True)
        self._bar.total = None if total is None else max(total, done)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar's line."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
