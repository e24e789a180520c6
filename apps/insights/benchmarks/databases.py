"""Databases of a benchmark's own, beside the site's: never the site's own tables."""

import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Protocol

from django.db import connection


class Databases(Protocol):
    """Makes, copies and drops databases by name, on the kind of database the site uses."""

    def create(self) -> str: ...

    def copy(self, name: str) -> str:
        """Another database in exactly the state of `name`, which nobody may be connected to."""

    def drop(self, name: str) -> None: ...

    def close(self) -> None:
        """Drop whatever is left."""


def own_databases() -> Databases:
    """For the site's kind of database. On PostgreSQL its user must be allowed to create some."""
    return PostgresDatabases() if connection.vendor == "postgresql" else SqliteDatabases()


class PostgresDatabases:
    """Databases named bench_<process>_… on the site's server."""

    def __init__(self) -> None:
        self._names: list[str] = []
        # Databases are made outside any transaction, whatever the site's own connection is in.
        self._server = connection.copy()

    def create(self) -> str:
        return self._create("template1")

    def copy(self, name: str) -> str:
        return self._create(name)

    def _create(self, template: str) -> str:
        name = f"bench_{os.getpid()}_{secrets.token_hex(6)}"
        self._names.append(name)
        # Copying files is quick, and the first checkpoint is not left to what is measured.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._names.remove(name)

    def close(self) -> None:
        for name in list(self._names):
            self.drop(name)
        self._server.close()

    def _execute(self, statement: str) -> None:
        with self._server.cursor() as cursor:
            cursor.execute(statement)


class SqliteDatabases:
    """Files in a directory of their own, which goes with them."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="bench_"))

    def create(self) -> str:
        return str(self._directory / f"{secrets.token_hex(8)}.sqlite3")

    def copy(self, name: str) -> str:
        target = self.create()
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return target

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{name}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
