"""Run management commands in one process; die, without a word, before the N-th SQL statement.

    python -m tests.flows.kill_at_statement N "COMMAND [ARGUMENT …]" …

With N = 0 it lives, and reports on stderr how many statements it took. Chunks are small, so that
many transactions lie on the way.
"""

import os
import shlex
import signal
import sys

import django


def main() -> None:
    fatal, commands = int(sys.argv[1]), sys.argv[2:]
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from apps.commissions.services import stages

    stages.ORDERS_PER_CHUNK, stages.PEOPLE_PER_CHUNK, stages.REFUNDS_PER_PASS = 60, 15, 5
    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        if statements == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        for command in commands:
            call_command(*shlex.split(command))
    print(statements, file=sys.stderr)


if __name__ == "__main__":
    main()
