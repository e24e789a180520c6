"""Python processes of their own, on a database of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(database: str) -> dict[str, str]:
    """What a process needs to work on `database` with the settings of the tests."""
    return os.environ | {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "distribution_site.settings_test",
    }


def start(database: str, module: str, *arguments: str, **options) -> subprocess.Popen:
    """A process running `tests.faults.<module>`, which the caller ends."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.faults.{module}", *arguments],
        env=environment(database), cwd=ROOT, text=True, **options,
    )  # fmt: skip


def run(database: str, module: str, *arguments: str) -> str:
    """What `tests.faults.<module>` prints; it must succeed."""
    process = start(
        database, module, *arguments,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    printed, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return printed


def manage(database: str, *commands: str) -> str:
    """What these management commands print, one after the other; all must succeed."""
    return run(database, "commands", *commands)
