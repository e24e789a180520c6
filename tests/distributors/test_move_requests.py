"""A change of upline: who may let it happen, when it does, and what it never touches."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope

from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent, TreeMove
from apps.distributors.services.move_policy import (
    MovePolicyRefused,
    approval_above,
    save_move_policy,
)
from apps.distributors.services.move_requests import (
    MoveRequestRefused,
    approve_move,
    cancel_move,
    carry_out_due_moves,
    propose_move,
    propose_undoing,
    reject_move,
    team_size,
    why_not_undone,
)
from apps.distributors.services.standing import suspend_distributor
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, MerchantFactory, UserFactory


@pytest.fixture
def actor(db):
    return UserFactory()


@pytest.fixture
def other(db):
    return UserFactory()


@pytest.fixture
def people(merchant):
    """old › person › (two below), and new beside them in a tree of their own."""
    old, new = DistributorFactory(code="OLD"), DistributorFactory(code="NEW")
    person = DistributorFactory(code="P", parent=old)
    for code in ("C1", "C2"):
        DistributorFactory(code=code, parent=person)
    return {each.code: each for each in Distributor.objects.all()} | {"person": person, "new": new}


def ask(people, actor, key="k", to="NEW", person="P", **values):
    parent = Distributor.objects.get(code=to) if to else None
    values = {"reason": "Brought by NEW", "request_key": key} | values
    return propose_move(distributor=people[person], parent=parent, actor=actor, **values)


def upline(code="P"):
    return Distributor.objects.values_list("parent__code", flat=True).get(code=code)


def events():
    rows = DistributorEvent.objects.filter(field="parent").order_by("pk")
    return list(rows.values_list("distributor__code", "old_value", "new_value"))


def everything():
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Distributor, DistributorEvent, TreeMove)
    ]


def test_a_small_team_is_moved_at_once(people, actor):
    move = ask(people, actor, reason=" Brought by NEW ")

    assert (move.status, move.team_size, move.needs_approval) == ("done", 3, False)
    assert (move.old_parent.code, move.new_parent.code) == ("OLD", "NEW")
    assert move.reason == "Brought by NEW"
    assert move.effective_at <= move.done_at <= timezone.now()
    assert upline() == "NEW"
    assert events() == [("P", "OLD", "NEW")]
    event = DistributorEvent.objects.get(field="parent")
    assert (event.effective_at, event.actor, event.reason) == (
        move.effective_at,
        actor,
        "Brought by NEW",
    )
    assert_reads_match_parents()


def test_a_large_team_waits_for_somebody_else(people, merchant, actor, other):
    save_move_policy(merchant=merchant, approval_above=2)

    move = ask(people, actor)

    assert (move.status, move.needs_approval, upline()) == ("proposed", True, "OLD")
    before = everything()
    with pytest.raises(MoveRequestRefused):
        approve_move(move=move, actor=actor)
    assert everything() == before
    done = approve_move(move=move, actor=other)
    assert (done.status, done.approved_by, upline()) == ("done", other, "NEW")
    assert DistributorEvent.objects.get(field="parent").actor == actor


def test_the_limit_counts_the_person_and_belongs_to_the_merchant(people, merchant, actor):
    assert approval_above(merchant) == 20
    save_move_policy(merchant=merchant, approval_above=3)
    save_move_policy(merchant=MerchantFactory(), approval_above=0)
    assert approval_above(merchant) == 3
    assert team_size(people["person"]) == 3
    assert ask(people, actor).status == "done"
    for wrong in (-1, 1_000_001):
        with pytest.raises(MovePolicyRefused):
            save_move_policy(merchant=merchant, approval_above=wrong)


def test_a_move_on_a_later_day_waits_and_is_dated_with_its_moment(people, merchant, actor):
    moment = timezone.now() + timedelta(days=3)
    move = ask(people, actor, effective_at=moment)
    assert (move.status, upline(), events()) == ("approved", "OLD", [])

    assert carry_out_due_moves(merchant=merchant, as_of=moment - timedelta(seconds=1)) == 0
    late = moment + timedelta(minutes=2)
    with time_machine.travel(late, tick=False):
        assert carry_out_due_moves(merchant=merchant, as_of=late) == 1
        assert carry_out_due_moves(merchant=merchant, as_of=late) == 0

    move.refresh_from_db()
    assert (move.status, move.effective_at, move.done_at) == ("done", moment, late)
    assert DistributorEvent.objects.get(field="parent").effective_at == moment
    assert upline() == "NEW"


def test_approved_too_late_it_happens_now_and_not_in_the_past(people, merchant, actor, other):
    save_move_policy(merchant=merchant, approval_above=0)
    moment = timezone.now() + timedelta(days=1)
    move = ask(people, actor, effective_at=moment)
    late = moment + timedelta(hours=5)
    with time_machine.travel(late, tick=False):
        assert approve_move(move=move, actor=other).effective_at == late
    assert DistributorEvent.objects.get(field="parent").effective_at == late


def test_a_team_that_grew_needs_approval_after_all(people, merchant, actor, other):
    save_move_policy(merchant=merchant, approval_above=3)
    moment = timezone.now() + timedelta(days=1)
    move = ask(people, actor, effective_at=moment)
    DistributorFactory(parent=Distributor.objects.get(code="C1"))

    with time_machine.travel(moment, tick=False):
        assert carry_out_due_moves(merchant=merchant, as_of=moment) == 0
        move.refresh_from_db()
        assert (move.status, move.needs_approval, move.team_size) == ("proposed", True, 4)
        assert (upline(), bool(move.answer)) == ("OLD", True)
        assert approve_move(move=move, actor=other).status == "done"
    assert upline() == "NEW"


def test_what_can_no_longer_be_made_is_closed_with_the_reason(people, merchant, actor):
    moment = timezone.now() + timedelta(days=1)
    move = ask(people, actor, effective_at=moment)
    suspend_distributor(distributor=people["NEW"], reason="why", actor=None)

    with time_machine.travel(moment, tick=False):
        assert carry_out_due_moves(merchant=merchant, as_of=moment) == 0

    move.refresh_from_db()
    assert (move.status, upline(), events()) == ("failed", "OLD", [])
    assert move.answer
    assert ask(people, actor, key="again", to="").status == "done"


def test_two_waiting_moves_never_make_a_circle(people, merchant, actor):
    moment = timezone.now() + timedelta(days=1)
    first = ask(people, actor, effective_at=moment)
    second = ask(people, actor, key="two", person="NEW", to="P", effective_at=moment)

    with time_machine.travel(moment, tick=False):
        assert carry_out_due_moves(merchant=merchant, as_of=moment) == 1

    assert TreeMove.objects.get(pk=first.pk).status == "done"
    assert TreeMove.objects.get(pk=second.pk).status == "failed"
    assert_reads_match_parents()


def test_asked_twice_it_is_one_move(people, actor):
    first = ask(people, actor)
    before = everything()
    assert ask(people, actor) == first
    assert everything() == before


def test_one_open_move_per_person(people, merchant, actor):
    moment = timezone.now() + timedelta(days=1)
    ask(people, actor, effective_at=moment)
    before = everything()
    with pytest.raises(MoveRequestRefused):
        ask(people, actor, key="two", to="")
    assert everything() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        TreeMove.objects.create(
            merchant=merchant,
            distributor=people["person"],
            reason="r",
            team_size=1,
            requested_by=actor,
            request_key="three",
        )


@pytest.mark.parametrize(
    ("person", "to", "values"),
    [
        ("P", "P", {}),
        ("P", "C1", {}),
        ("P", "OLD", {}),
        ("OLD", "", {}),
        ("P", "NEW", {"reason": "  "}),
        ("P", "NEW", {"reason": "x" * 201}),
        ("P", "NEW", {"effective_at": timezone.now() - timedelta(days=1)}),
    ],
)
def test_refused_and_nothing_changed(people, actor, person, to, values):
    before = everything()
    with pytest.raises(MoveRequestRefused):
        ask(people, actor, person=person, to=to, **values)
    assert everything() == before


def test_nobody_is_moved_under_somebody_not_active_or_of_another_merchant(people, actor):
    with scope(merchant=MerchantFactory()):
        stranger = DistributorFactory()
    suspend_distributor(distributor=people["NEW"], reason="why", actor=None)
    before = everything()
    for parent in (stranger, Distributor.objects.get(code="NEW")):
        with pytest.raises(Refused):
            propose_move(
                distributor=people["person"],
                parent=parent,
                reason="why",
                actor=actor,
                request_key=str(parent.pk),
            )
    assert everything() == before


def test_another_merchants_move_cannot_be_answered(people, merchant, actor, other):
    save_move_policy(merchant=merchant, approval_above=0)
    move = ask(people, actor)
    before = everything()
    # The row's own merchant is not the one whose walls we stand in: it is not found there.
    move.merchant = MerchantFactory()
    for answer in (approve_move, reject_move, cancel_move):
        values = {} if answer is approve_move else {"reason": "why"}
        with pytest.raises(TreeMove.DoesNotExist):
            answer(move=move, actor=other, **values)
    assert everything() == before


def test_rejected_and_cancelled_moves_leave_everybody_where_they_are(
    people, merchant, actor, other
):
    save_move_policy(merchant=merchant, approval_above=0)
    first = reject_move(move=ask(people, actor), actor=other, reason="Not now")
    second = cancel_move(move=ask(people, actor, key="two"), actor=actor, reason="My mistake")

    assert (first.status, first.answer, first.closed_by) == ("rejected", "Not now", other)
    assert (second.status, second.answer, second.closed_by) == ("cancelled", "My mistake", actor)
    assert (upline(), events()) == ("OLD", [])
    before = everything()
    for move in (first, second):
        for answer in (
            lambda move: approve_move(move=move, actor=other),
            lambda move: reject_move(move=move, actor=other, reason="why"),
            lambda move: cancel_move(move=move, actor=other, reason="why"),
        ):
            with pytest.raises(MoveRequestRefused):
                answer(move)
    assert everything() == before


def test_a_cancelled_move_does_not_happen_on_its_date(people, merchant, actor):
    moment = timezone.now() + timedelta(days=1)
    cancel_move(move=ask(people, actor, effective_at=moment), actor=actor, reason="why")
    with time_machine.travel(moment, tick=False):
        assert carry_out_due_moves(merchant=merchant, as_of=moment) == 0
    assert upline() == "OLD"


def test_undoing_is_a_move_back_that_names_the_first(people, actor):
    move = ask(people, actor)

    back = propose_undoing(move=move, reason="Wrong person", actor=actor, request_key="undo")

    move.refresh_from_db()
    assert (back.status, back.undoes, move.status) == ("done", move, "undone")
    assert (back.old_parent.code, back.new_parent.code) == ("NEW", "OLD")
    assert upline() == "OLD"
    assert events() == [("P", "OLD", "NEW"), ("P", "NEW", "OLD")]
    before = everything()
    for again in (move, back):
        assert why_not_undone(again)
        with pytest.raises(MoveRequestRefused):
            propose_undoing(move=again, reason="why", actor=actor, request_key=f"u{again.pk}")
    assert everything() == before


def test_undoing_needs_approval_like_any_other_move(people, merchant, actor, other):
    move = ask(people, actor)
    save_move_policy(merchant=merchant, approval_above=1)

    back = propose_undoing(move=move, reason="why", actor=actor, request_key="undo")

    move.refresh_from_db()
    assert (back.status, move.status, upline()) == ("proposed", "done", "NEW")
    reject_move(move=back, actor=other, reason="No")
    move.refresh_from_db()
    assert move.status == "done"
    assert not why_not_undone(move)
    again = propose_undoing(move=move, reason="why", actor=actor, request_key="undo2")
    approve_move(move=again, actor=other)
    move.refresh_from_db()
    assert (move.status, upline()) == ("undone", "OLD")


def test_a_move_with_a_later_one_is_not_undone(people, actor):
    first = ask(people, actor)
    ask(people, actor, key="two", to="")
    before = everything()
    assert why_not_undone(first)
    with pytest.raises(MoveRequestRefused):
        propose_undoing(move=first, reason="why", actor=actor, request_key="undo")
    assert everything() == before


def test_only_what_was_made_is_undone(people, merchant, actor):
    save_move_policy(merchant=merchant, approval_above=0)
    move = ask(people, actor)
    with pytest.raises(MoveRequestRefused):
        propose_undoing(move=move, reason="why", actor=actor, request_key="undo")
    assert TreeMove.objects.count() == 1


def test_the_database_wants_the_second_person_itself(people, merchant, actor):
    save_move_policy(merchant=merchant, approval_above=0)
    move = ask(people, actor)
    for values in ({}, {"approved_by": actor}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TreeMove.objects.filter(pk=move.pk).update(status="approved", **values)
