"""A bar at a terminal, nothing anywhere else."""

import io

from django.core.management.base import OutputWrapper

from apps.core.management.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_written_into_a_file():
    stream = io.StringIO()
    with Progress(OutputWrapper(stream)) as progress:
        progress.show("book", done=1, total=2)
    assert not progress.is_shown
    assert stream.getvalue() == ""


def test_a_terminal_shows_each_part_and_how_far_it_has_come():
    terminal = Terminal()
    with Progress(OutputWrapper(terminal)) as progress:
        progress.show("attribute", done=500, total=500)
        progress.show("book", done=500, total=2000)
        progress.show("book", done=1000, total=2000)
    lines = [line.split("\r")[-1] for line in terminal.getvalue().rstrip("\n").split("\n")]
    assert [line.split("|")[0] for line in lines] == ["attribute: 100%", "book:  50%"]
    assert "1000/2000" in lines[1]


def test_more_than_was_expected_is_no_error():
    terminal = Terminal()
    with Progress(terminal) as progress:
        progress.show("book", done=3, total=2)
    assert "3/3" in terminal.getvalue()


def test_without_a_total_it_counts():
    terminal = Terminal()
    with Progress(terminal) as progress:
        progress.show("settle", done=7)
    assert "settle: 7it" in terminal.getvalue()
