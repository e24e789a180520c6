"""The benchmarks by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.insights.benchmarks.commissions import benchmark as commissions
from apps.insights.benchmarks.figures import Report
from apps.insights.benchmarks.tree import benchmark as tree
from apps.insights.benchmarks.workbench import Workbench


@dataclass(frozen=True)
class Benchmark:
    """What to run on a workbench, for each size, and how many steps that takes."""

    run: Callable[[Workbench, Any], Report]
    sizes: dict[str, Any]
    count_steps: Callable[[Any], int]


BENCHMARKS = {
    "commissions": Benchmark(commissions.run, commissions.SIZES, commissions.count_steps),
    "tree": Benchmark(tree.run, tree.SIZES, tree.count_steps),
}


def run_benchmark(*, name: str, size: str) -> Report:
    """Run a benchmark in databases of its own, which are gone afterwards, however it ends."""
    benchmark = BENCHMARKS[name]
    scale = benchmark.sizes[size]
    workbench = Workbench(benchmark.count_steps(scale))
    try:
        return benchmark.run(workbench, scale)
    finally:
        workbench.close()
