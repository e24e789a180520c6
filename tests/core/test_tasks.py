"""Upkeep of the database."""

import pytest
from django.conf import settings
from django.db import connection

from apps.core.tasks import refresh_database_statistics
from tests.factories import MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.sqlite_only
def test_sqlite_is_told_how_large_its_tables_are():
    for _each in range(3):
        MerchantFactory()

    refresh_database_statistics()

    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'merchants_merchant'")
        assert cursor.fetchone()[0].split()[0] == "3"


def test_it_is_told_every_hour():
    entry = settings.CELERY_BEAT_SCHEDULE["refresh-database-statistics"]
    assert entry["task"] == refresh_database_statistics.name
    assert entry["schedule"].total_seconds() == 3600
    refresh_database_statistics()
