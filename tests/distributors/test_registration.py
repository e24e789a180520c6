"""Registering distributors: refusals, the tree after it, and its cost."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django_scopes import ScopeError, scope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.registration import RegistrationRefused, register_distributor
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory


def test_a_root_stands_in_a_tree_of_its_own(merchant):
    joined_at = datetime(2026, 3, 1, tzinfo=UTC)
    level = LevelFactory(code="gold")
    root = register_distributor(
        merchant=merchant,
        code=" D001 ",
        name=" 王芳 ",
        phone="138 0013 8000",
        level=level,
        joined_at=joined_at,
    )
    root.refresh_from_db()
    assert (root.code, root.name, str(root.phone), root.level) == (
        "D001",
        "王芳",
        "+8613800138000",
        level,
    )
    assert (root.tree_id, root.lft, root.rght, root.tree_depth) == (root.pk, 1, 2**62, 0)
    assert (root.status, root.joined_at, root.user) == ("active", joined_at, None)
    assert len(root.shop_code) == 10
    event = root.events.get()
    assert (event.field, event.old_value, event.new_value) == ("joined", "", "")
    assert event.effective_at == joined_at


def test_a_child_takes_a_slice_and_changes_no_other_row(merchant):
    root = DistributorFactory(code="top")
    sibling = DistributorFactory(parent=root)
    before = list(Distributor.objects.values_list("pk", "lft", "rght", "tree_depth"))
    child = DistributorFactory(parent=root)
    assert list(Distributor.objects.exclude(pk=child.pk).values_list(*_PLACE)) == before
    assert child.tree_id == root.pk
    assert child.tree_depth == 1
    assert child.lft == sibling.rght + 1
    assert child.events.get().new_value == "top"


_PLACE = ("pk", "lft", "rght", "tree_depth")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "D001"}, "D001"),
        ({"phone": "13800138000"}, "+8613800138000"),
        ({"phone": "12"}, "“12”"),
        ({"code": "  "}, "1"),
        ({"code": "x" * 65}, "64"),
        ({"name": ""}, "1"),
        ({"name": "x" * 81}, "80"),
    ],
)
def test_a_refused_registration_changes_nothing(merchant, change, message):
    DistributorFactory(code="D001", name="王芳", phone="13800138000")
    with pytest.raises(RegistrationRefused, match=message.replace("+", r"\+")):
        register_distributor(merchant=merchant, **{"code": "D002", "name": "李娜"} | change)
    assert Distributor.objects.count() == 1
    assert DistributorEvent.objects.count() == 1


@pytest.mark.parametrize("status", ["suspended", "terminated"])
def test_somebody_inactive_cannot_recruit(merchant, status):
    parent = DistributorFactory()
    stale = Distributor.objects.get(pk=parent.pk)
    Distributor.objects.filter(pk=parent.pk).update(status=status)
    with pytest.raises(RegistrationRefused):
        register_distributor(merchant=merchant, code="D002", name="李娜", parent=stale)
    assert Distributor.objects.count() == 1


def test_the_wall_between_merchants_holds(merchant):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = DistributorFactory(code="D001", phone="13800138000")
        level = LevelFactory()
    for refused in ({"parent": stranger}, {"level": level}):
        with pytest.raises(RegistrationRefused):
            register_distributor(merchant=merchant, code="D002", name="李娜", **refused)
    assert Distributor.objects.count() == 0
    # Codes and phones are each merchant's own.
    register_distributor(merchant=merchant, code="D001", name="李娜", phone="13800138000")
    assert [d.code for d in Distributor.objects.all()] == ["D001"]


def test_outside_a_scope_there_are_no_distributors(db):
    root = DistributorFactory()
    with pytest.raises(ScopeError):
        Distributor.objects.count()
    with pytest.raises(ScopeError):
        Distributor._tree_manager.count()
    child = DistributorFactory(merchant=root.merchant, parent=root)
    with pytest.raises(ScopeError):
        list(child.get_ancestors())
    with scope(merchant=MerchantFactory()):
        assert list(child.get_ancestors()) == []
    with scope(merchant=root.merchant):
        assert list(child.get_ancestors()) == [root]


def test_nobody_is_saved_moved_or_deleted_past_the_services(merchant):
    root = DistributorFactory()
    child = DistributorFactory(parent=root)
    with pytest.raises(Refused):
        Distributor(merchant=merchant, code="x", name="x").save()
    child.parent = None
    with pytest.raises(Refused):
        child.save()
    with pytest.raises(Refused):
        root.delete()
    child.refresh_from_db()
    child.name = "新名字"
    child.save()
    fresh = Distributor.objects.get(pk=child.pk)
    assert (fresh.name, fresh.parent_id, fresh.lft) == ("新名字", root.pk, child.lft)
    assert Distributor.objects.count() == 2


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=25))
def test_reads_equal_parent_pointers_after_random_registrations(transaction_each, choices):
    with transaction_each() as merchant:
        people = []
        for number, choice in enumerate(choices):
            pick = choice % (len(people) + 1)
            parent = people[pick] if pick < len(people) else None
            people.append(
                register_distributor(merchant=merchant, code=f"R{number}", name="n", parent=parent)
            )
        assert_reads_match_parents()


def test_a_deep_chain(merchant):
    """One by one; `test_importing` has a chain of 2 000 in one file."""
    head = parent = DistributorFactory(code="C000")
    for number in range(1, 200):
        parent = register_distributor(
            merchant=merchant, code=f"C{number:03d}", name="n", parent=parent
        )
    assert parent.tree_depth == 199
    ancestors = list(parent.get_ancestors().values_list("code", flat=True))
    assert ancestors == [f"C{number:03d}" for number in range(199)]
    head.refresh_from_db()
    descendants = list(head.get_descendants().values_list("code", flat=True))
    assert descendants == [f"C{number:03d}" for number in range(1, 200)]


def test_a_star(merchant):
    head = DistributorFactory(code="top")
    codes = [f"S{number:03d}" for number in range(100)]
    for code in codes:
        register_distributor(merchant=merchant, code=code, name="n", parent=head)
    assert [d.code for d in head.get_children()] == codes
    assert head.get_descendant_count() == 100
    assert [d.code for d in head.get_leafnodes()] == codes


@pytest.mark.parametrize("people_before", [0, 60])
def test_the_cost_does_not_grow_with_the_tree(merchant, django_assert_num_queries, people_before):
    parent = DistributorFactory(parent=DistributorFactory())
    for _ in range(people_before):
        DistributorFactory(parent=parent)
    # A savepoint and its end, parent, last child, person, event; on PostgreSQL the lock as well.
    with django_assert_num_queries(7 if connection.vendor == "postgresql" else 6):
        register_distributor(merchant=merchant, code="new", name="n", parent=parent)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_threads_in_one_tree_leave_it_whole():
    merchant = MerchantFactory()
    head = DistributorFactory(merchant=merchant)
    failures = []

    def register(thread: int) -> None:
        try:
            parent = head
            for number in range(12):
                person = register_distributor(
                    merchant=merchant, code=f"T{thread}-{number}", name="n", parent=parent
                )
                parent = person if number % 3 else head
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with scope(merchant=merchant):
        assert Distributor.objects.count() == 97
        assert_reads_match_parents()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_code_at_the_same_moment_registers_once():
    merchant = MerchantFactory()
    barrier, outcomes = threading.Barrier(6), []

    def register() -> None:
        barrier.wait()
        try:
            register_distributor(merchant=merchant, code="same", name="n")
            outcomes.append("registered")
        except RegistrationRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["registered"]
