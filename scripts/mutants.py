"""Mutation testing (`make mutants`): break one thing at a time and see whether a test notices.

The operators are mutmut's. Its own runner leaves decorated functions out, and here nearly every
service is one, so the running is done here: each process sets Django and a database up once, and
forks a child per mutant that executes the broken module in place and runs the quick tests that
guard it. A mutant that no test notices is printed; docs/mutants.md says what was made of each.

    python scripts/mutants.py [apps/core/money.py …] [--jobs 2] [--every 5] [--list]

DATABASE_URL chooses the database, MUTANTS_LOG a file for what the tests said.
"""

import argparse
import atexit
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).resolve().parent.parent
GOAL = 90
# More than the slowest guard takes; a mutant that loops for ever ends here and counts as noticed.
CPU_SECONDS = 30
PYTEST = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:playwright"]
ENGINE = [
    "tests/commissions/test_engine_explain.py",
    "tests/commissions/test_further_kinds.py",
    "tests/commissions/test_engine.py",
    "tests/properties/test_engine.py",
]
STAGES = [
    "tests/commissions/test_settling.py",
    "tests/commissions/test_stages.py",
    "tests/commissions/test_refund_paths.py",
    "tests/commissions/test_bonuses.py",
]
# What is broken, and the tests that must notice; the quickest first.
GUARDS = {
    "apps/core/money.py": ["tests/core/test_money.py", "tests/properties/test_money.py"],
    "apps/commissions/engine/bonus.py": [
        "tests/commissions/test_engine_bonus.py",
        "tests/properties/test_bonuses.py",
        "tests/commissions/test_bonuses.py",
    ],
    "apps/commissions/engine/compute.py": ENGINE,
    "apps/commissions/engine/explain.py": ENGINE,
    "apps/commissions/engine/inputs.py": ENGINE,
    "apps/commissions/engine/level_rules.py": ["tests/commissions/test_level_reviews.py"],
    "apps/commissions/engine/plan.py": ENGINE,
    "apps/commissions/plan_document": [
        "tests/commissions/test_plan_document_reading.py",
        "tests/commissions/test_plan_document.py",
        "tests/properties/test_plan_document.py",
    ],
    "apps/ledger/services.py": [
        "tests/ledger/test_services.py",
        "tests/payouts/test_withdrawals.py",
    ],
    "apps/orders/services/coupon_rules.py": ["tests/orders/test_coupons.py"],
    "apps/orders/services/coupon_uses.py": ["tests/orders/test_coupons.py"],
    "apps/commissions/services/booking.py": STAGES,
    "apps/commissions/services/claims.py": STAGES,
    "apps/commissions/services/settlement.py": STAGES,
    "apps/commissions/services/settling.py": STAGES,
}
# Texts for people and reprs: a word more or less in them is not a fault of the rules.
TEXT_CALLS = {
    "_",
    "gettext",
    "KeyReused",
    "MoneyError",
    "InsufficientBalance",
    "CouponRefused",
    "gettext_lazy",
}
UNTOUCHED_CALLS = {"len", "isinstance"}


@dataclass(frozen=True)
class Mutant:
    """A module's source with one thing changed; `change` shows the line before and after."""

    path: str
    line: int
    change: str
    source: str


class Finder(cst.CSTVisitor):
    """Every change that an operator of mutmut makes, anywhere but in texts and annotations."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, int]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
            return False
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
            if node.func.value in TEXT_CALLS | UNTOUCHED_CALLS:
                return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                line = self.get_metadata(PositionProvider, node).start.line
                self.found += [(node, changed, line) for changed in operator(node)]
        return True


def mutants_of(path: str) -> Iterator[Mutant]:
    """The mutants of a file, in the order of its lines."""
    source = (ROOT / path).read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    finder = Finder()
    wrapper.visit(finder)
    before = source.splitlines()
    seen = {source}
    for node, changed, line in finder.found:
        mutated = wrapper.module.deep_replace(node, changed).code
        if mutated in seen:
            continue
        seen.add(mutated)
        after = mutated.splitlines()
        at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
        change = f"{before[at].strip()}  →  {after[at].strip()}"
        yield Mutant(path, line, change, mutated)


def files_of(target: str) -> list[str]:
    """The Python files of a file or folder."""
    path = ROOT / target
    files = [path] if path.is_file() else sorted(path.glob("*.py"))
    # A package's __init__ only passes names on.
    return [each.relative_to(ROOT).as_posix() for each in files if each.name != "__init__.py"]


# In a worker


def open_laboratory() -> None:
    """Once per process: everything imported, a database made, pytest ready to collect."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "distribution_site.settings_test"
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    # Test modules are imported again for every mutant: compiled once, outside the source tree.
    sys.pycache_prefix = tempfile.mkdtemp(prefix="mutants-")
    atexit.register(shutil.rmtree, sys.pycache_prefix, ignore_errors=True)
    sys.dont_write_bytecode = False
    keep, sys.stdout = sys.stdout, open(os.devnull, "w")
    make_database()
    global session
    session = open_session()
    sys.stdout = keep
    from django.db import connection
    from django.urls import get_resolver

    # Every view is imported now: nothing that holds the unbroken things is left to come.
    _ = get_resolver().url_patterns
    # On a server every child connects for itself; the one in memory stays.
    connection.close()


def make_database() -> None:
    """For this process alone."""
    import django
    from django.conf import settings

    on_a_server = not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    # In memory a fork has a copy: whatever a mutant does to the database ends with it.
    name = f"mutants_{os.getpid()}" if on_a_server else ":memory:"
    settings.DATABASES["default"]["TEST"] = {"NAME": name}
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import utils

    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    if on_a_server:
        atexit.register(drop_database, usual)
    call_command("check")
    # For pytest the database is there already.
    utils.setup_databases = lambda *args, **kwargs: []
    utils.teardown_databases = lambda *args, **kwargs: None


def drop_database(usual: str) -> None:
    """At the end of a process."""
    from django.db import connection

    # Until then pytest keeps everybody from the database.
    session.config._ensure_unconfigure()
    connection.creation.destroy_test_db(usual, verbosity=0)


def open_session():
    """What pytest.main does before it collects; the rest is done by each child."""
    import pytest
    from _pytest.config import _prepareconfig

    guards = dict.fromkeys(path for tests in GUARDS.values() for path in tests)
    # Imports and compiles what the tests need; of the tests themselves nothing may stay.
    pytest.main([*PYTEST, "--collect-only", "-qq", *guards])
    for name in [each for each in sys.modules if each.split(".")[0] == "tests"]:
        del sys.modules[name]
    config = _prepareconfig(PYTEST, plugins=[Log()])
    session = pytest.Session.from_config(config)
    config._do_configure()
    config.hook.pytest_sessionstart(session=session)
    return session


class Log:
    """A pytest plugin: why a test failed, for MUTANTS_LOG."""

    def pytest_runtest_logreport(self, report) -> None:
        if report.failed:
            print(report.nodeid, report.longreprtext, sep="\n", flush=True)


def is_noticed(mutant: Mutant, tests: list[str]) -> bool:
    """Whether the tests fail with this mutant; a process for each file, up to the first."""
    return any(is_noticed_by(path, mutant) for path in tests)


def is_noticed_by(path: str, mutant: Mutant) -> bool:
    """Whether a file's tests fail with this mutant."""
    child = os.fork()
    if child == 0:
        os._exit(run_child(mutant, path))
    _pid, status = os.waitpid(child, 0)
    return status != 0


def run_child(mutant: Mutant, path: str) -> int:
    """0 when all tests pass; ends at the first that fails."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    nowhere = os.open(
        os.environ.get("MUTANTS_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND
    )
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        put_in_place(mutant)
        items = session.perform_collect([path])
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return int(not items)
    except BaseException:
        # A module that cannot even be imported any more is noticed by everybody.
        traceback.print_exc()
        return 1


def put_in_place(mutant: Mutant) -> None:
    """Execute the mutant in its module, and give everybody who imported from it the new things."""
    name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = sys.modules[name]
    before = dict(vars(module))
    exec(compile(mutant.source, module.__file__, "exec"), vars(module))
    new = {
        id(old): vars(module)[key]
        for key, old in before.items()
        if getattr(old, "__module__", None) == name or key.isupper()
    }
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("apps."):
            replace_in(other, new)


def replace_in(owner, new: dict[int, object]) -> None:
    """In a module, and in the static methods of its classes."""
    for key, value in list(vars(owner).items()):
        if id(value) in new and not key.startswith("__"):
            setattr(owner, key, new[id(value)])
        elif isinstance(value, staticmethod) and id(value.__func__) in new:
            setattr(owner, key, staticmethod(new[id(value.__func__)]))
        elif isinstance(value, type) and not isinstance(owner, type):
            if value.__module__ == owner.__name__:
                replace_in(value, new)


# The whole


def main() -> int:
    """0 when the score is reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=[*GUARDS], help="file, folder, FILE:LINE:")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutant")
    parser.add_argument("--list", action="store_true", help="show the mutants, run nothing")
    options = parser.parse_args()
    targets = [each.rstrip("/") for each in options.targets]
    work = [
        (mutant, tests)
        for guarded, tests in GUARDS.items()
        for path in files_of(guarded)
        if any(path.startswith(each.partition(":")[0]) for each in targets)
        for mutant in list(mutants_of(path))[:: options.every]
        if any(f"{path}:{mutant.line}:".startswith(each) for each in targets)
    ]
    if options.list:
        for mutant, _tests in work:
            print(f"{mutant.path}:{mutant.line}: {mutant.change}")
        print(len(work))
        return 0
    return report(work, options.jobs)


def report(work: list[tuple[Mutant, list[str]]], jobs: int) -> int:
    """Run them all, print who survives and the score of each file."""
    started, counts = time.monotonic(), {}
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=open_laboratory) as pool:
        # An honest test run first: without a mutant nothing may fail.
        path_of = {tuple(tests): mutant.path for mutant, tests in work}
        honest = [
            (Mutant(path, 0, "", (ROOT / path).read_text(encoding="utf-8")), list(tests))
            for tests, path in path_of.items()
        ]
        failing = pool.map(is_noticed, *zip(*honest, strict=True))
        if broken := [t for (_, t), fails in zip(honest, failing, strict=True) if fails]:
            print("Some of these fail without any mutant:", *broken)
            return 2
        outcomes = pool.map(is_noticed, *zip(*work, strict=True))
        for number, ((mutant, _), noticed) in enumerate(zip(work, outcomes, strict=True), start=1):
            killed, total = counts.get(mutant.path, (0, 0))
            counts[mutant.path] = (killed + noticed, total + 1)
            if not noticed:
                print(f"\nSURVIVED {mutant.path}:{mutant.line}: {mutant.change}", flush=True)
            if number % 20 == 0 or number == len(work):
                print(f"{number}/{len(work)} in {time.monotonic() - started:.0f} s", flush=True)
    for path, (killed, total) in counts.items():
        print(f"{path}: {killed} of {total} noticed, {100 * killed / total:.1f} %")
    killed, total = (sum(column) for column in zip(*counts.values(), strict=True))
    print(f"all: {killed} of {total} noticed, {100 * killed / total:.1f} % (goal {GOAL} %)")
    return 0 if 100 * killed >= GOAL * total else 1


if __name__ == "__main__":
    sys.exit(main())
