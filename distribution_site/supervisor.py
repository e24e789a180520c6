"""Runs the whole site on one machine: `python -m distribution_site.supervisor` (`make run`).

Starts web server, Celery worker and scheduler as child processes, waits until the site answers,
and stops them all together: on Ctrl-C, on SIGTERM, or when one of them dies.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from distribution_site.development import LOCAL_HOSTS

HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = int(os.environ.get("PORT") or "8000")
STARTUP_SECONDS = 60
SHUTDOWN_SECONDS = 15


class StopRequested(Exception):
    """Somebody asked the site to stop."""


def main() -> int:
    """Runs until asked to stop. Exit code 0 after a clean stop, 1 when something failed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    children: dict[str, subprocess.Popen] = {}
    with _own_foreground_group():
        try:
            return _run(children)
        except StopRequested:
            say("Stopping …")
            return 0
        finally:
            stop(children)


def _run(children: dict[str, subprocess.Popen]) -> int:
    if not port_is_free():
        say(f"Port {PORT} of {HOST} is in use. Choose another: make run PORT={PORT + 1}")
        return 1
    environment = child_environment()
    logins = prepare(environment)
    if logins is None:
        return 1
    for name, command in commands().items():
        children[name] = start(command, environment)
    deadline = time.monotonic() + STARTUP_SECONDS
    while not answers():
        if not all_alive(children):
            return 1
        if time.monotonic() > deadline:
            say(f"The site did not answer within {STARTUP_SECONDS} seconds.")
            return 1
        time.sleep(0.2)
    announce(logins)
    while all_alive(children):
        time.sleep(0.5)
    return 1


def say(text: str) -> None:
    """One line to the terminal, at once; silent when the terminal is gone."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def commands() -> dict[str, list[str]]:
    """What to run, by the name people see."""
    python = [sys.executable, "-m"]
    # In a container everything runs as root; celery's warning is about pickles, and we take JSON.
    not_as_root = "-Wignore:You're running the worker with superuser privileges"
    celery = [sys.executable, not_as_root, "-m", "celery", "--app=distribution_site", "--quiet"]
    return {
        "web": [
            *python,
            "gunicorn",
            "distribution_site.wsgi",
            f"--bind={f'[{HOST}]' if ':' in HOST else HOST}:{PORT}",
            "--workers=2",
            "--threads=4",
            "--log-level=warning",
            "--no-control-socket",
        ],
        "worker": [
            *celery,
            "worker",
            "--concurrency=1",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ],
        "scheduler": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
    }


def child_environment() -> dict[str, str]:
    """Our environment; a site opened to the network also answers to the machine's addresses."""
    environment = {"DJANGO_SETTINGS_MODULE": "distribution_site.settings", **os.environ}
    if HOST not in LOCAL_HOSTS and "ALLOWED_HOSTS" not in environment:
        environment["ALLOWED_HOSTS"] = ",".join([LOCAL_HOSTS, HOST, *network_addresses()])
    return environment


def network_addresses() -> list[str]:
    """The address other machines of the network see, if there is one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only picks the interface.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [probe.getsockname()[0]]


def port_is_free() -> bool:
    """Whether the web server will be able to listen."""
    family = socket.AF_INET6 if ":" in HOST else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return False
    return True


def prepare(environment: dict[str, str]) -> str | None:
    """Migrates and loads what is missing. The demo log-ins as text, or None when it failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distribution_site.prepare"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        logins, _ = process.communicate()
    except StopRequested:
        process.terminate()
        process.wait()
        raise
    return logins if process.returncode == 0 else None


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    """Starts a child in a group of its own, so that Ctrl-C reaches it through us alone."""
    return subprocess.Popen(command, env=environment, process_group=0, preexec_fn=_die_with_parent)


def _die_with_parent() -> None:
    # Linux only: even when we are killed outright, no child is left behind.
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def local_url() -> str:
    """The address on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(HOST, f"[{HOST}]" if ":" in HOST else HOST)
    return f"http://{host}:{PORT}"


def answers() -> bool:
    """Whether the sign-in page is served."""
    try:
        with urllib.request.urlopen(f"{local_url()}/accounts/login/", timeout=5) as response:
            return response.status == 200
    except urllib.error.HTTPError as error:
        say(f"The sign-in page answers {error.code}.")
        return False
    except OSError:
        return False


def all_alive(children: dict[str, subprocess.Popen]) -> bool:
    """Whether every child runs; names the one that does not."""
    for name, child in children.items():
        if child.poll() is not None:
            say(f"The {name} process ended with code {child.returncode}; stopping the others.")
            return False
    return True


def announce(logins: str) -> None:
    """Where to go and who to be."""
    urls = [local_url()]
    if HOST in ("0.0.0.0", "::"):
        urls += [f"http://{address}:{PORT}" for address in network_addresses()]
    say("\nThe site is running.  Ctrl-C stops it.\n")
    for url in urls:
        say(f"  Sign in            {url}/")
        say(f"  Operator console   {url}/console/")
    if logins.strip():
        say("\n" + logins.rstrip())
    say("")


def stop(children: dict[str, subprocess.Popen]) -> None:
    """Asks every child to finish what it holds, and ends those that do not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    for name, child in children.items():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {name} process does not stop; ending it.")
        # The child leads a group of its own: nothing it started may outlive it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _request_stop(number: int, frame: object) -> None:
    raise StopRequested


@contextlib.contextmanager
def _own_foreground_group() -> Iterator[None]:
    """Takes Ctrl-C for ourselves, so that make does not report an interrupted target."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
        original = os.tcgetpgrp(terminal)
    except OSError:
        yield
        return
    if original != os.getpgrp():
        os.close(terminal)
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.tcsetpgrp(terminal, original)
        os.close(terminal)


if __name__ == "__main__":
    sys.exit(main())
