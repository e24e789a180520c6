"""Moving a team: where everybody stands afterwards, what it costs, and every refusal."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.importing import import_distributors
from apps.distributors.services.moving import MoveRefused, move_distributor
from apps.orders.services.claiming import claim_orders
from apps.promotion.models import Attribution
from apps.promotion.services import attribute_orders
from tests.distributors.files import rows_of
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    UserFactory,
)

JOINED = datetime(2026, 1, 1, tzinfo=UTC)
MOVED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EVERYTHING = ("pk", "parent_id", "tree_id", "lft", "rght", "tree_depth", "status")


@pytest.fixture
def people(merchant):
    """a ← b ← c ← d, a ← e, and x ← y in a tree of their own."""
    people = {}
    for code, parent in (
        ("a", None),
        ("b", "a"),
        ("c", "b"),
        ("d", "c"),
        ("e", "a"),
        ("x", None),
        ("y", "x"),
    ):
        people[code] = DistributorFactory(code=code, parent=people.get(parent), joined_at=JOINED)
    return people


def move(people, code, to, **changes):
    values = {"actor": None, "reason": "why"} | changes
    return move_distributor(distributor=people[code], parent=people.get(to), **values)


def below(code):
    return [each.code for each in Distributor.objects.get(code=code).get_descendants()]


def state():
    return (
        list(Distributor.objects.order_by("pk").values_list(*EVERYTHING)),
        list(DistributorEvent.objects.order_by("pk").values_list("pk", "field", "new_value")),
    )


@pytest.mark.parametrize(
    ("code", "to", "trees"),
    [
        ("b", "e", {"a": ["e", "b", "c", "d"], "x": ["y"]}),
        ("c", "a", {"a": ["b", "e", "c", "d"], "x": ["y"]}),
        ("b", "y", {"a": ["e"], "x": ["y", "b", "c", "d"]}),
        ("b", None, {"a": ["e"], "b": ["c", "d"], "x": ["y"]}),
        ("a", "y", {"x": ["y", "a", "b", "c", "d", "e"]}),
    ],
)
def test_the_team_comes_along(people, code, to, trees):
    moved = move(people, code, to)
    assert (moved.parent.code if moved.parent else None) == to
    assert {
        root.code: below(root.code) for root in Distributor.objects.filter(parent=None)
    } == trees
    assert_reads_match_parents()


def test_the_move_is_dated(people):
    actor = UserFactory()
    move(people, "b", "x", actor=actor, reason=" asked ", effective_at=MOVED)
    event = people["b"].events.get(field="parent")
    assert (event.old_value, event.new_value, event.effective_at) == ("a", "x", MOVED)
    assert (event.actor, event.reason) == (actor, "asked")
    move(people, "b", None)
    assert people["b"].events.filter(field="parent").last().new_value == ""
    # Nobody else in the team was moved: their upline is the same.
    assert DistributorEvent.objects.filter(field="parent").count() == 2


def test_stale_instances_do_no_harm(people):
    stale = {code: Distributor.objects.get(code=code) for code in people}
    move(people, "b", "y")
    move(stale, "x", "e")
    move(stale, "c", "a")
    assert below("a") == ["e", "x", "y", "b", "c", "d"]
    assert_reads_match_parents()


@pytest.mark.parametrize(
    ("code", "to", "message"),
    [
        ("b", "b", "in their team"),
        ("b", "d", "in their team"),
        ("a", "e", "in their team"),
        ("b", "a", "already stands"),
        ("x", None, "already stands"),
    ],
)
def test_a_place_that_cannot_be_changes_nothing(people, code, to, message):
    before = state()
    with pytest.raises(MoveRefused, match=message):
        move(people, code, to)
    assert state() == before


def test_a_stale_instance_cannot_make_a_circle(people):
    stale = {code: Distributor.objects.get(code=code) for code in people}
    move(people, "x", "d")
    before = state()
    with pytest.raises(MoveRefused, match="in their team"):
        move(stale, "b", "y")
    assert state() == before


@pytest.mark.parametrize("status", ["suspended", "terminated"])
def test_somebody_inactive_takes_nobody_in(people, status):
    stale = Distributor.objects.get(code="y")
    Distributor.objects.filter(code="y").update(status=status)
    before = state()
    with pytest.raises(MoveRefused, match=status):
        move({**people, "y": stale}, "b", "y")
    assert state() == before


def test_the_wall_between_merchants_holds(people):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = DistributorFactory(code="stranger")
    before = state()
    with pytest.raises(MoveRefused, match="another merchant"):
        move({**people, "y": stranger}, "b", "y")
    assert state() == before
    with scope(merchant=other):
        assert Distributor.objects.get().get_descendant_count() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": "  "}, "reason"),
        ({"effective_at": timezone.now() + timedelta(days=1)}, "future"),
        ({"effective_at": JOINED - timedelta(seconds=1)}, "before the person joined"),
    ],
)
def test_no_reason_and_wrong_moments_change_nothing(people, changes, message):
    before = state()
    with pytest.raises(MoveRefused, match=message):
        move(people, "b", "x", **changes)
    assert state() == before


def test_nothing_goes_before_a_later_move(people):
    late = DistributorFactory(code="late", joined_at=MOVED)
    move(people, "b", "x", effective_at=MOVED)
    before = state()
    earlier = MOVED - timedelta(seconds=1)
    with pytest.raises(MoveRefused, match="later move of this person"):
        move(people, "b", "e", effective_at=earlier)
    with pytest.raises(MoveRefused, match="before the new upline joined"):
        move({**people, "late": late}, "e", "late", effective_at=earlier)
    # Before that moment a stood above d: under d it would have been in its own team.
    with pytest.raises(MoveRefused, match=r"b\b.*moved later"):
        move(people, "a", "d", effective_at=earlier)
    assert state() == before
    move(people, "a", "d", effective_at=MOVED)
    assert below("x") == ["y", "b", "c", "d", "a", "e"]


def test_orders_paid_before_keep_the_upline_they_had(merchant, people):
    for when, paid_at in (
        ("before", MOVED - timedelta(seconds=1)),
        ("at", MOVED),
        ("after", MOVED + timedelta(days=1)),
    ):
        OrderFactory(distributor=people["d"], placed_at=paid_at, order_no=when)
    move(people, "c", "y", effective_at=MOVED)
    with transaction.atomic():
        orders = claim_orders(merchant=merchant, stage=0, as_of=timezone.now(), limit=10)
        attribute_orders(merchant=merchant, orders=orders, self_purchase_at=lambda moment: False)
    chains = {
        each.order.order_no: [step["code"] for step in each.chain]
        for each in Attribution.objects.select_related("order")
    }
    assert chains == {
        "before": ["d", "c", "b"],
        "at": ["d", "c", "y"],
        "after": ["d", "c", "y"],
    }


def test_a_move_writes_the_team_and_nobody_else(merchant):
    top = DistributorFactory(code="top", joined_at=JOINED)
    head = DistributorFactory(code="head", parent=top)
    team = [DistributorFactory(parent=head) for _ in range(10)]
    others = [DistributorFactory(parent=top) for _ in range(10)]
    moved = {head.pk, *(each.pk for each in team)}
    before = dict(Distributor.objects.exclude(pk__in=moved).values_list("pk", "lft"))
    with CaptureQueriesContext(connection) as captured:
        move_distributor(distributor=head, parent=others[4], actor=None, reason="why")
    assert dict(Distributor.objects.exclude(pk__in=moved).values_list("pk", "lft")) == before
    writes = [each["sql"] for each in captured if each["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(writes) <= (3 if connection.vendor == "postgresql" else 13)
    assert_reads_match_parents()


def test_a_crowded_upline_gets_room(merchant):
    """No slice of the new upline holds the team: the nearest team with room is spread anew."""
    top = DistributorFactory(code="top", joined_at=JOINED)
    crowded = DistributorFactory(code="crowded", parent=top)
    Distributor.objects.filter(pk=crowded.pk).update(rght=crowded.lft + 20)
    head = DistributorFactory(code="head", parent=top)
    DistributorFactory(code="member", parent=head)
    move_distributor(distributor=head, parent=crowded, actor=None, reason="why")
    assert below("top") == ["crowded", "head", "member"]
    assert_reads_match_parents()


def test_a_deep_team_moves_without_recursion(merchant):
    """A chain of 2 000 under the end of another, and back to the top."""
    chains = [("p", 1000), ("q", 1000)]
    import_distributors(
        merchant=merchant,
        rows=rows_of(
            {"code": f"{name}{n}", "parent_code": f"{name}{n - 1}" if n else "", "name": "n"}
            for name, count in chains
            for n in range(count)
        ),
    )
    end = Distributor.objects.get(code="p999")
    moved = move_distributor(
        distributor=Distributor.objects.get(code="q0"), parent=end, actor=None, reason="why"
    )
    assert moved.tree_depth == 1000
    last = Distributor.objects.get(code="q999")
    assert last.get_ancestors().count() == last.tree_depth == 1999
    assert below("p0") == [f"p{n}" for n in range(1, 1000)] + [f"q{n}" for n in range(1000)]
    move_distributor(distributor=moved, parent=None, actor=None, reason="why")
    assert Distributor.objects.get(code="q999").get_ancestors().count() == 999
