"""The seed of a run, and databases that a test may spoil."""

import os
import random
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

NewDatabase = Callable[[str | None], str]


@pytest.fixture
def seed() -> int:
    """What all chance in a test comes from; FAULT_SEED chooses another. A failure shows it."""
    value = int(os.environ.get("FAULT_SEED", "20260615"))
    print(f"FAULT_SEED={value}")
    return value


@pytest.fixture
def chance(seed) -> random.Random:
    return random.Random(seed)


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[NewDatabase]:
    """A function giving the URL of a new database, empty (None) or a copy of another one."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        yield lambda source: copy_file(source, tmp_path / f"{uuid.uuid4().hex}.sqlite3")
        return
    url = os.environ["DATABASE_URL"]
    made: list[str] = []
    yield lambda source: copy_database(url, source, made)
    for name in made:
        subprocess.run(["dropdb", "--force", f"--maintenance-db={url}", name], check=True)


def copy_file(source: str | None, target: Path) -> str:
    if source:
        shutil.copy(source.removeprefix("sqlite:///"), target)
    return f"sqlite:///{target}"


def copy_database(url: str, source: str | None, made: list[str]) -> str:
    name = f"faults_{uuid.uuid4().hex}"
    template = ["--template", urlsplit(source).path.lstrip("/")] if source else []
    subprocess.run(["createdb", f"--maintenance-db={url}", *template, name], check=True)
    made.append(name)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
