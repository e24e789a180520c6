"""What every test gets, and which tests can run on this machine."""

import importlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django_scopes import scope

from apps.merchants.models import Merchant
from tests.factories import MerchantFactory

pytest_plugins = ["tests.payments.peer_fixtures"]

guards = importlib.import_module("apps.ledger.migrations.0002_guards")
stock_guards = importlib.import_module("apps.products.migrations.0003_stock_ledger")

CHROMIUM = os.environ.get("CHROMIUM_PATH") or next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What cannot turn out differently on another database is not run again there.
ONE_DATABASE_IS_ENOUGH = (
    "tests/reference/",
    "tests/simulation/",
    "tests/properties/",
    "tests/test_architecture.py",
    "tests/test_docs.py",
    "tests/console/test_permissions.py",
    "tests/core/templatetags/",
    "tests/core/test_csv_",
    "tests/core/test_money.py",
    "tests/commissions/test_engine.py",
    "tests/commissions/test_plan_document.py",
    "tests/distribution_site/test_supervisor.py",
    "tests/browser/test_imports.py",
    "tests/browser/test_look.py",
    "tests/browser/test_ranking.py",
    "tests/browser/test_sign_in.py",
)
ON_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")

# Playwright's loop runs in the test's thread, where Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips, with the reason, what needs a database, server or browser that is not here."""
    unavailable = {
        "postgres": None if ON_POSTGRESQL else "needs PostgreSQL (TEST_DATABASE_URL)",
        "sqlite_only": "needs SQLite" if ON_POSTGRESQL else None,
        "redis": None if os.environ.get("TEST_REDIS_URL") else "needs Redis (TEST_REDIS_URL)",
        "browser": None if CHROMIUM else "needs Chromium",
    }
    if not CHROMIUM and os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError("REQUIRE_BROWSER=1, but there is no Chromium.")
    if ON_POSTGRESQL:
        items[:] = [each for each in items if not is_enough_on_one(each)]
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker("browser")
        for marker, reason in unavailable.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def is_enough_on_one(item: pytest.Item) -> bool:
    """Whether the test is run on SQLite only."""
    path = item.path.relative_to(item.config.rootpath).as_posix()
    return path.startswith(ONE_DATABASE_IS_ENOUGH)


@pytest.fixture(autouse=True, scope="session")
def _flush_past_ledger_guards() -> Iterator[None]:
    # A transactional test ends with a flush, which the ledger's triggers would refuse: they are
    # lifted for the flush alone, so that every test body meets them.
    flush = TransactionTestCase._fixture_teardown

    def flush_without_guards(test_case: TransactionTestCase) -> None:
        with connection.schema_editor() as editor:
            guards.remove_guards(None, editor)
            stock_guards.remove_guards(None, editor)
        try:
            flush(test_case)
        finally:
            with connection.schema_editor() as editor:
                guards.install_guards(None, editor)
                stock_guards.install_guards(None, editor)

    TransactionTestCase._fixture_teardown = flush_without_guards
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture
def no_guards(db):
    """Without the triggers that would keep a test from bending what was computed or posted."""
    commissions = importlib.import_module("apps.commissions.migrations.0003_guards")
    ledger = importlib.import_module("apps.ledger.migrations.0002_guards")
    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    commissions.remove(None, editor)
    ledger.remove_guards(None, editor)


@pytest.fixture
def merchant(db: None) -> Iterator[Merchant]:
    """A merchant, with the test running in its scope."""
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def transaction_each(db):
    """A context that is rolled back at its end; gives a merchant and runs in its scope.

    For hypothesis, which runs many examples in one test: each leaves nothing behind.
    """

    @contextmanager
    def rolled_back():
        with transaction.atomic():
            merchant = MerchantFactory()
            with scope(merchant=merchant):
                yield merchant
            transaction.set_rollback(True)

    return rolled_back


@pytest.fixture(autouse=True)
def _sign_in_limits_start_afresh(request: pytest.FixtureRequest) -> None:
    # Tests inside a transaction roll the cache table back; the others would share its counters.
    if {"transactional_db", "live_server"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db")
        cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium instead of a downloaded one."""
    return {"executable_path": CHROMIUM, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A Chinese customer's phone, unless a test says otherwise."""
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
