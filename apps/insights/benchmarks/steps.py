"""Steps of a benchmark, each in a fresh process: its memory is its own, its caches are cold.

Run as a program, this module is such a process: it reads one step from standard input and writes
what the step returned, both as JSON. It points Django at the step's database before anything
connects.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django

MODULE = "apps.insights.benchmarks.steps"
KIB = 1024


class StepFailed(Exception):
    """A step ended with an error, which it has written to standard error."""


def run_step(database: str, function: Callable[..., Any], label: str, arguments: dict) -> Any:
    """What `function(label=…, **arguments)` returns in a fresh process on `database`.

    The function is a module's own; arguments and result are JSON values. Raises StepFailed.
    """
    step = {
        "database": database,
        "module": function.__module__,
        "function": function.__qualname__,
        "arguments": {"label": label, **arguments},
    }
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    try:
        output, _errors = process.communicate(json.dumps(step))
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        raise StepFailed(label)
    return json.loads(output)


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes."""
    try:
        # The kernel's own figure for the resource call includes the parent's, before the exec.
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * KIB
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * KIB


def main() -> None:
    step = json.load(sys.stdin)
    django.setup()
    connection = import_module("django.db").connection
    connection.settings_dict["NAME"] = step["database"]
    function = getattr(import_module(step["module"]), step["function"])
    try:
        json.dump(function(**step["arguments"]), sys.stdout)
    finally:
        connection.close()


if __name__ == "__main__":
    main()
