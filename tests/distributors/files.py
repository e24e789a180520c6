"""Rows of a distributor file, as `read_rows` would give them."""

from collections.abc import Iterable, Mapping

from apps.core.csv_files import Problems, Row
from apps.distributors.services.importing import DISTRIBUTOR_COLUMNS


def rows_of(people: Iterable[Mapping[str, str]]) -> list[Row]:
    """One row each; columns left out are empty."""
    problems, empty = Problems(), dict.fromkeys(DISTRIBUTOR_COLUMNS, "")
    return [Row(line, {**empty, **each}, problems) for line, each in enumerate(people, start=2)]
