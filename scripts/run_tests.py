"""Runs the suite (`make test`): on SQLite always, then what a database can change on PostgreSQL.

PostgreSQL and Redis take part where TEST_DATABASE_URL / TEST_REDIS_URL are set and answer.
REQUIRE_SERVICES=1 and REQUIRE_BROWSER=1 make their absence an error. Arguments go to pytest.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
CONNECT_SECONDS = 5


def main(arguments: list[str]) -> int:
    """Exit code of the first pass that fails, else 0."""
    database_url = answering("TEST_DATABASE_URL", postgresql_answers)
    redis_url = answering("TEST_REDIS_URL", redis_answers)
    missing = [
        name for name, url in [("PostgreSQL", database_url), ("Redis", redis_url)] if url is None
    ]
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        announce(f"{' and '.join(missing)} required (REQUIRE_SERVICES=1) but not answering")
        return 1
    if not chromium():
        announce("NO CHROMIUM: THE BROWSER TESTS DO NOT RUN. Install it or set CHROMIUM_PATH")
        if os.environ.get("REQUIRE_BROWSER") == "1":
            return 1

    ours = {"DATABASE_URL", "TEST_REDIS_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    if redis_url:
        environment["TEST_REDIS_URL"] = redis_url
    passes = [("SQLite", environment)]
    if database_url:
        passes.append(("PostgreSQL", {**environment, "DATABASE_URL": database_url}))
    for name, pass_environment in passes:
        announce(f"The suite on {name}{'' if redis_url else ', without Redis'}")
        if code := run_pytest(arguments, pass_environment):
            return code
    return 0


def announce(text: str) -> None:
    """A line nobody overlooks."""
    print(f"\n{'=' * 20} {text} {'=' * 20}\n", flush=True)


def answering(variable: str, answers: object) -> str | None:
    """The URL in `variable` when the server behind it answers, else None."""
    url = os.environ.get(variable)
    if not url:
        print(f"{variable} is not set.")
        return None
    if not answers(url):
        print(f"{variable} is set, but nothing answers there.")
        return None
    return url


def postgresql_answers(url: str) -> bool:
    """Whether a connection can be opened."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        print(error)
        return False
    return True


def redis_answers(url: str) -> bool:
    """Whether the server replies to a ping."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
            return client.ping()
    except (redis.RedisError, ValueError) as error:
        print(error)
        return False


def chromium() -> str | None:
    """The browser the tests will use."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, names)), None)


def run_pytest(arguments: list[str], environment: dict[str, str]) -> int:
    """One pass; pytest's own exit code."""
    command = [sys.executable, "-m", "pytest", "--numprocesses=auto", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
