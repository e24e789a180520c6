"""A worker killed with -9 anywhere in `run_due`: running it again gives the same books.

Real processes on a database of their own, with the tea merchant's example files.
"""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
RUN_DUE = "run_due --merchant tea --as-of 2026-06-15T00:00:00"
BOOKS = (
    "reconcile --merchant tea",
    "export_commissions --merchant tea",
    "export_balances --merchant tea",
    "export_balances --merchant tea --as-of 2026-04-15T00:00:00",
)
KILLS = 5


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


def run(database: str, *commands: str, fatal: int = 0) -> subprocess.CompletedProcess:
    """Management commands in one process, killed before the SQL statement `fatal`."""
    environment = os.environ | {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "distribution_site.settings_test",
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.flows.kill_at_statement", str(fatal), *commands],
        env=environment, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip


def manage(database: str, *commands: str) -> subprocess.CompletedProcess:
    done = run(database, *commands)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def new_database(tmp_path) -> Iterator[Callable[[str | None], str]]:
    yield from make_copier(tmp_path)


@pytest.fixture
def imported(new_database) -> str:
    database = new_database(None)
    imports = [
        f"import_{kind} --merchant tea {EXAMPLES / kind}.csv"
        for kind in ("levels", "distributors", "products", "orders", "refunds")
    ]
    manage(
        database,
        "migrate --verbosity 0",
        "create_merchant tea --name Tea",
        *imports,
        f"import_plan --merchant tea {EXAMPLES / 'plan.json'} --activate"
        " --from 2026-03-01T00:00:00 --acknowledge Owner",
    )
    return database


def test_killed_anywhere_and_run_again_the_books_are_the_same(imported, new_database):
    undisturbed = new_database(imported)
    statements = int(manage(undisturbed, RUN_DUE).stderr.split()[-1])
    expected = manage(undisturbed, *BOOKS).stdout
    assert len(expected.splitlines()) > 700

    for kill in range(KILLS):
        database = new_database(imported)
        fatal = 1 + statements * (2 * kill + 1) // (2 * KILLS)
        assert run(database, RUN_DUE, fatal=fatal).returncode == -signal.SIGKILL
        again = manage(database, RUN_DUE).stdout
        assert again.startswith("tea: ")
        # `reconcile` comes first and is silent: the books are in order, and the same.
        assert manage(database, *BOOKS).stdout == expected
