"""Several management commands in one process: `python -m tests.faults.commands "COMMAND …" …`."""

import shlex
import sys

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    for command in sys.argv[1:]:
        call_command(*shlex.split(command))


if __name__ == "__main__":
    main()
