"""`make run`, as far as it goes without make: start, answer, stop, and nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.sqlite_only,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc"),
]
PATIENCE_SECONDS = 120


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A new site's environment: its own data, port and secrets."""
    folder = tmp_path_factory.mktemp("site")
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "SECRET_KEY": "only-for-tests",
        "SALT_KEY": "only-for-tests",
        "HTTPS": "False",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATA_DIR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
        "PORT": str(free_port()),
        "PYTHONWARNINGS": "ignore",
    }


class Site:
    """A running supervisor and what it printed so far."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "distribution_site.supervisor"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, words: str) -> None:
        """Reads on until `words` were printed; fails when the process ends before."""
        while words not in self.text:
            line = self.process.stdout.readline()
            assert line, f"ended with {self.process.wait()}: {self.text}"
            self.text += line

    def wait(self) -> int:
        """The exit code, once it has ended."""
        self.text += self.process.communicate(timeout=PATIENCE_SECONDS)[0]
        return self.process.returncode

    def children(self) -> dict[str, int]:
        """Process ids of the direct children, by name."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_text().replace("\0", " ")
            except (OSError, ValueError):
                continue
            if parent == self.process.pid:
                # As started, or as it calls itself where setproctitle is installed.
                names = ("gunicorn", "beat", "worker")
                name = next(n for n in names if re.search(rf"\b{n}\b", command))
                found[name] = int(folder.name)
        return found


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[[], Site]]:
    """Starts a site, which is ended whatever happens."""
    started: list[Site] = []

    def start_site() -> Site:
        started.append(Site(environment))
        return started[-1]

    yield start_site
    for site in started:
        site.process.kill()
        site.process.communicate()


def still_there(children: dict[str, int]) -> list[str]:
    """The children that outlived their parent."""
    return [name for name, pid in children.items() if Path(f"/proc/{pid}").exists()]


def test_it_starts_answers_stops_and_starts_again_with_its_data(environment, start):
    for _ in range(2):
        site = start()
        site.wait_for("Ctrl-C stops it")
        children = site.children()
        assert set(children) == {"gunicorn", "worker", "beat"}
        url = f"http://127.0.0.1:{environment['PORT']}/accounts/login/"
        with urllib.request.urlopen(url, timeout=10) as response:
            assert response.status == 200

        site.process.send_signal(signal.SIGINT)

        assert site.wait() == 0
        assert still_there(children) == []
    assert "Loading the small demo" not in site.text
    assert "Collecting static files" not in site.text


def test_when_one_process_dies_it_says_which_and_stops_the_others(start):
    site = start()
    site.wait_for("Ctrl-C stops it")
    children = site.children()

    os.kill(children["beat"], signal.SIGKILL)

    assert site.wait() == 1
    assert "The scheduler process ended with code -9; stopping the others." in site.text
    assert still_there(children) == []


def test_a_port_in_use_is_refused_with_a_way_out(environment, start):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        site = start()

        assert site.wait() == 1
    assert site.text.startswith(f"Port {environment['PORT']} of 127.0.0.1 is in use.")
