"""A tree's life at random: after every step, every read agrees with plain parent pointers.

People join, come by file, move, are suspended, come back and leave; numbers drift and are mended.
The model knows nothing but who stands under whom.
"""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.core.csv_files import ImportRefused
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.selectors.tree_checks import tree_faults
from apps.distributors.services.importing import import_distributors
from apps.distributors.services.moving import MoveRefused, move_distributor
from apps.distributors.services.registration import RegistrationRefused, register_distributor
from apps.distributors.services.repairing import repair_trees
from apps.distributors.services.standing import (
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from tests.distributors.files import rows_of
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory

picks = st.integers(0, 10**6)
MOST_PEOPLE = 30


class TreeLife(RuleBasedStateMachine):
    """`parents` and `statuses` by code are the whole model."""

    @initialize()
    def begin(self) -> None:
        self.parents: dict[str, str | None] = {}
        self.statuses: dict[str, str] = {}
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.merchant = MerchantFactory()
        self.scope = scope(merchant=self.merchant)
        self.scope.__enter__()
        self._join(None)

    def teardown(self) -> None:
        self.scope.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def _pick(self, number: int, *, or_nobody: bool = False) -> str | None:
        choices = [*self.parents, *([None] if or_nobody else [])]
        return choices[number % len(choices)]

    @staticmethod
    def _person(code: str | None) -> Distributor | None:
        return Distributor.objects.get(code=code) if code else None

    def _join(self, parent: str | None) -> str:
        code = f"P{len(self.parents)}"
        register_distributor(
            merchant=self.merchant, code=code, name="n", parent=self._person(parent)
        )
        self.parents[code], self.statuses[code] = parent, "active"
        return code

    def _is_in_team(self, code: str | None, head: str) -> bool:
        while code is not None and code != head:
            code = self.parents[code]
        return code is not None

    @precondition(lambda self: len(self.parents) < MOST_PEOPLE)
    @rule(number=picks)
    def join(self, number: int) -> None:
        parent = self._pick(number, or_nobody=True)
        if parent and self.statuses[parent] != "active":
            with pytest.raises(RegistrationRefused):
                register_distributor(
                    merchant=self.merchant, code="never", name="n", parent=self._person(parent)
                )
            return
        self._join(parent)

    @precondition(lambda self: len(self.parents) < MOST_PEOPLE)
    @rule(number=picks, length=st.integers(5, 12))
    def join_in_a_chain(self, number: int, length: int) -> None:
        """Twice is deep enough for slices to run out."""
        parent = self._pick(number)
        for _ in range(length if self.statuses[parent] == "active" else 0):
            parent = self._join(parent)

    @precondition(lambda self: len(self.parents) < MOST_PEOPLE)
    @rule(numbers=st.lists(picks, min_size=1, max_size=6))
    def come_by_file(self, numbers: list[int]) -> None:
        before = len(self.parents)
        people = {}
        for place, number in enumerate(numbers):
            choices = [*self.parents, None, *people]
            people[f"P{before + place}"] = choices[number % len(choices)]
        rows = rows_of(
            {"code": code, "parent_code": parent or "", "name": "n"}
            for code, parent in sorted(people.items(), reverse=True)
        )
        if any(self.statuses.get(parent, "active") != "active" for parent in people.values()):
            with pytest.raises(ImportRefused):
                import_distributors(merchant=self.merchant, rows=rows)
            return
        import_distributors(merchant=self.merchant, rows=rows)
        self.parents |= people
        self.statuses |= dict.fromkeys(people, "active")

    @rule(who=picks, where=picks)
    def move(self, who: int, where: int) -> None:
        code, parent = self._pick(who), self._pick(where, or_nobody=True)
        is_possible = self.parents[code] != parent and (
            parent is None
            or (self.statuses[parent] == "active" and not self._is_in_team(parent, code))
        )
        arguments = {"distributor": self._person(code), "parent": self._person(parent)}
        if not is_possible:
            with pytest.raises(MoveRefused):
                move_distributor(**arguments, actor=None, reason="why")
            return
        move_distributor(**arguments, actor=None, reason="why")
        self.parents[code] = parent

    @rule(who=picks, step=st.sampled_from(["suspend", "reinstate", "terminate"]))
    def change_standing(self, who: int, step: str) -> None:
        services = {
            "suspend": (suspend_distributor, {"active"}, "suspended"),
            "reinstate": (reinstate_distributor, {"suspended"}, "active"),
            "terminate": (terminate_distributor, {"active", "suspended"}, "terminated"),
        }
        service, allowed, status = services[step]
        code = self._pick(who)
        if self.statuses[code] in allowed:
            service(distributor=self._person(code), reason="why", actor=None)
            self.statuses[code] = status
        else:
            with pytest.raises(Refused):
                service(distributor=self._person(code), reason="why", actor=None)

    @rule(who=picks, lft=st.integers(1, 2**61), width=st.integers(1, 2**61), depth=picks)
    def drift_and_repair(self, who: int, lft: int, width: int, depth: int) -> None:
        people = Distributor.objects.filter(code=self._pick(who))
        people.update(lft=lft, rght=lft + width, tree_depth=depth)
        assert repair_trees(merchant=self.merchant) == []

    @invariant()
    def every_read_agrees(self) -> None:
        if not hasattr(self, "parents"):
            return
        people = Distributor.objects.values_list("code", "parent__code", "status")
        assert {code: parent for code, parent, _status in people} == self.parents
        assert {code: status for code, _parent, status in people} == self.statuses
        assert list(tree_faults(self.merchant.pk)) == []
        assert_reads_match_parents()


def test_a_life_at_random(db):
    run_state_machine_as_test(
        TreeLife,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


THREADS, STEPS = 8, 15


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_threads_leave_the_trees_whole():
    """Whatever they do at once: no deadlock, nobody lost, every number right."""
    merchant = MerchantFactory()
    for number in range(3):
        DistributorFactory(merchant=merchant, code=f"root{number}")
    LevelFactory(merchant=merchant, code="gold")
    failures, joined = [], [set() for _thread in range(THREADS)]

    def work(thread: int) -> None:
        chance = random.Random(thread)
        try:
            with scope(merchant=merchant):
                for step in range(STEPS):
                    joined[thread] |= _one_step(merchant, chance, f"T{thread}-{step}")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with scope(merchant=merchant):
        everybody = {"root0", "root1", "root2"}.union(*joined)
        assert set(Distributor.objects.values_list("code", flat=True)) == everybody
        assert DistributorEvent.objects.filter(field="joined").count() == len(everybody)
        assert list(tree_faults()) == []
        assert_reads_match_parents()
        _assert_history_ends_at_today()


def _one_step(merchant, chance: random.Random, code: str) -> set[str]:
    """The codes that came in."""
    people = list(Distributor.objects.order_by("pk"))
    one, other = chance.choice(people), chance.choice(people)
    deed = chance.choice(("join", "join", "join", "file", "move", "move", "stand", "repair"))
    try:
        if deed == "join":
            register_distributor(merchant=merchant, code=code, name="n", parent=one)
            return {code}
        if deed == "file":
            codes = [f"{code}-{number}" for number in range(4)]
            uplines = [one.code, codes[0], codes[1], other.code]
            rows = [
                {"code": each, "parent_code": up, "name": "n"}
                for each, up in zip(codes, uplines, strict=True)
            ]
            rows.append({"code": other.code, "parent_code": "", "name": "n", "level": "gold"})
            if other.parent_id is not None:
                rows.pop()
            import_distributors(merchant=merchant, rows=rows_of(rows))
            return set(codes)
        if deed == "move":
            move_distributor(distributor=one, parent=other, actor=None, reason="why")
        elif deed == "stand":
            service = suspend_distributor if one.is_active else reinstate_distributor
            service(distributor=one, reason="why", actor=None)
        else:
            repair_trees(merchant=merchant)
    except (Refused, ImportRefused):
        pass
    return set()


def _assert_history_ends_at_today() -> None:
    """Under whom everybody stands is what the last event of their upline says."""
    told = {}
    for event in DistributorEvent.objects.filter(field__in=["joined", "parent"]).order_by("pk"):
        told[event.distributor_id] = event.new_value
    stands = Distributor.objects.values_list("pk", "parent__code")
    assert told == {pk: code or "" for pk, code in stands}


def test_a_star_of_a_hundred_thousand(merchant):
    """Neither the next child nor a move of the whole star asks for more than it must."""
    count = 100_000
    rows = [{"code": "top", "name": "n"}]
    rows += [{"code": f"S{n}", "parent_code": "top", "name": "n"} for n in range(count)]
    import_distributors(merchant=merchant, rows=rows_of(rows))
    top = Distributor.objects.get(code="top")
    assert top.get_descendant_count() == count
    assert list(tree_faults(merchant.pk)) == []
    places = Distributor.objects.filter(parent=top).order_by("-lft")
    last = places.first()
    for number in range(3):
        one = register_distributor(merchant=merchant, code=f"N{number}", name="n", parent=top)
        assert one.lft == last.rght + 1
        last = one
    elsewhere = DistributorFactory(code="elsewhere", joined_at=timezone.now() - timedelta(days=1))
    moved = move_distributor(distributor=top, parent=elsewhere, actor=None, reason="why")
    assert moved.get_descendant_count() == count + 3
    elsewhere.refresh_from_db()
    assert elsewhere.get_descendant_count() == count + 4
    assert list(tree_faults(merchant.pk)) == []


def test_a_chain_of_two_thousand_one_by_one_at_its_end(merchant):
    """Joining below the end of a long chain, where slices have long run out."""
    rows = [
        {"code": f"C{n}", "parent_code": f"C{n - 1}" if n else "", "name": "n"} for n in range(2000)
    ]
    import_distributors(merchant=merchant, rows=rows_of(rows))
    end = Distributor.objects.get(code="C1999")
    for number in range(60):
        end = register_distributor(merchant=merchant, code=f"E{number}", name="n", parent=end)
    assert end.tree_depth == 2059
    assert end.get_ancestors().count() == 2059
    assert list(tree_faults(merchant.pk)) == []
    Distributor.objects.filter(code="C5").update(tree_depth=0)
    assert [fault.code for fault in tree_faults(merchant.pk)] == ["C5", "C6"]
    assert repair_trees(merchant=merchant) == []
