"""A worker killed with -9 anywhere in `run_due`: running it again gives the same books.

Real processes on a database of their own, with the tea merchant's example files.
"""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
AS_OF = "2026-06-15T00:00:00"
KILLS = 6


def make_copier(tmp_path: Path) -> Iterator[Callable[[str | None], str]]:
    """A function giving the URL of a new database, empty or a copy of another one."""
    url = os.environ.get("TEST_DATABASE_URL", "") if on_postgresql() else ""
    if not url:
        yield lambda source: copy_file(source, tmp_path / f"{uuid.uuid4().hex}.sqlite3")
        return
    made: list[str] = []
    yield lambda source: copy_database(url, source, made)
    for name in made:
        subprocess.run(["dropdb", "--force", f"--maintenance-db={url}", name], check=True)


def on_postgresql() -> bool:
    from django.conf import settings

    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


def copy_file(source: str | None, target: Path) -> str:
    if source:
        shutil.copy(source.removeprefix("sqlite:///"), target)
    return f"sqlite:///{target}"


def copy_database(url: str, source: str | None, made: list[str]) -> str:
    name = f"interruption_{uuid.uuid4().hex}"
    template = ["--template", urlsplit(source).path.lstrip("/")] if source else []
    subprocess.run(["createdb", f"--maintenance-db={url}", *template, name], check=True)
    made.append(name)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def run(database: str, *command: str) -> subprocess.CompletedProcess:
    environment = os.environ | {
        "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "distribution_site.settings_test",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True
    )


def manage(database: str, *command: str) -> str:
    done = run(database, "manage.py", *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def killed(database: str, statement: int) -> subprocess.CompletedProcess:
    return run(
        database, "-m", "tests.flows.kill_at_statement", str(statement), "run_due", "--merchant",
        "tea", "--as-of", AS_OF,
    )  # fmt: skip


def books(database: str) -> tuple[str, str, str]:
    """Everything the books say, and that they are in order."""
    assert manage(database, "reconcile", "--merchant", "tea") == ""
    return (
        manage(database, "export_commissions", "--merchant", "tea"),
        manage(database, "export_balances", "--merchant", "tea"),
        manage(database, "export_balances", "--merchant", "tea", "--as-of", "2026-04-15T00:00:00"),
    )


@pytest.fixture
def new_database(tmp_path) -> Iterator[Callable[[str | None], str]]:
    yield from make_copier(tmp_path)


@pytest.fixture
def imported(new_database) -> str:
    database = new_database(None)
    manage(database, "migrate", "--verbosity", "0")
    manage(database, "create_merchant", "tea", "--name", "Tea")
    for kind in ("levels", "distributors", "products", "orders", "refunds"):
        manage(database, f"import_{kind}", "--merchant", "tea", str(EXAMPLES / f"{kind}.csv"))
    manage(
        database, "import_plan", "--merchant", "tea", str(EXAMPLES / "plan.json"), "--activate",
        "--from", "2026-03-01T00:00:00", "--acknowledge", "Owner",
    )  # fmt: skip
    return database


def test_killed_anywhere_and_run_again_the_books_are_the_same(imported, new_database):
    undisturbed = new_database(imported)
    done = killed(undisturbed, 0)
    assert done.returncode == 0, done.stderr
    statements = int(done.stdout.rsplit(":", 1)[1])
    expected = books(undisturbed)
    assert "pending" in expected[0]

    for kill in range(KILLS):
        database = new_database(imported)
        died = killed(database, 1 + statements * (2 * kill + 1) // (2 * KILLS))
        assert died.returncode == -9
        manage(database, "run_due", "--merchant", "tea", "--as-of", AS_OF)
        assert books(database) == expected
