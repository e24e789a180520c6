"""Room for a chunk's pages is given back afterwards."""

import pytest
from django.db import connection

from apps.core.bulk import room_for_many_pages

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


def pragma(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]


def room() -> tuple[int, int]:
    return pragma("cache_size"), pragma("wal_autocheckpoint")


def test_the_room_is_there_for_a_while_also_when_it_fails():
    before = room()
    with pytest.raises(ZeroDivisionError), room_for_many_pages():
        assert room() == (-32000, 16000)
        raise ZeroDivisionError

    assert room() == before
