"""A progress bar on standard error."""

import sys

WIDTH = 20
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Counts steps: a bar that redraws itself at a terminal, a line per step elsewhere."""

    def __init__(self, total: int):
        self.total = total
        self.done = 0
        self.is_terminal = sys.stderr.isatty()

    def begin(self, label: str) -> str:
        """Show that a step begins; returns the text shown, for the step to add its own to."""
        filled = WIDTH * self.done // self.total
        bar = "#" * filled + "." * (WIDTH - filled)
        self.done += 1
        text = f"[{bar}] {self.done}/{self.total} {label}"
        _write(f"{CLEAR_LINE}{text}" if self.is_terminal else f"{text}\n")
        return text

    def close(self) -> None:
        """Take the bar away."""
        if self.is_terminal:
            _write(CLEAR_LINE)


def show_count(text: str, done: int, total: int) -> None:
    """Redraw a step's text with how far it has come; only at a terminal."""
    if sys.stderr.isatty():
        _write(f"{CLEAR_LINE}{text}: {done:,}/{total:,}")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
