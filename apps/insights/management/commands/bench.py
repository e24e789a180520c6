import signal
import sys

from django.core.management.base import BaseCommand, CommandError

from apps.insights.benchmarks.registry import BENCHMARKS, run_benchmark
from apps.insights.benchmarks.steps import StepFailed


class Command(BaseCommand):
    help = (
        "Measure an operation in a database of its own and print each figure with its reference "
        "and goal. Exit 1 when any falls short."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("name", choices=sorted(BENCHMARKS))
        parser.add_argument(
            "--size", choices=["small", "full"], default="small", help="small ends within a minute"
        )

    def handle(self, *args, name, size, **options):
        # However it is stopped, its databases are dropped.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            report = run_benchmark(name=name, size=size)
        except StepFailed as failure:
            raise CommandError(f"Failed at: {failure}") from failure
        except KeyboardInterrupt as interruption:
            raise CommandError("Stopped. Its databases are dropped.") from interruption
        self.stdout.write("\n".join(report.lines()))
        if not report.is_ok:
            raise CommandError("Not every figure reaches its goal.")
