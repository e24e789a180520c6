"""The result of a rehearsal, put together from its sums."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from apps.commissions.services.rehearsal import (
    Change,
    Move,
    PersonChange,
    Rehearsal,
    Tally,
    change,
)
from apps.core.money import to_major
from apps.distributors.models import Distributor, Level
from apps.orders.models import OrderLine

# Line id → its order's number and its own.
Names = dict[int, dict[str, Any]]


def report(
    *, merchant, tally: Tally, days: tuple[date, date], plan: str, move: Move | None
) -> Rehearsal:
    """The result of sums that are complete; reads the names of whom and what it names."""
    gross = tally.paid - tally.cost
    margin = [gross - each for each in tally.commission]
    names = _line_names(tally)
    return Rehearsal(
        date_from=days[0].isoformat(),
        date_to=days[1].isoformat(),
        plan=plan,
        move=_move_names(move),
        orders=tally.orders,
        lines=tally.lines,
        not_booked=tally.not_booked,
        paid=to_major(tally.paid),
        cost_of_goods=to_major(tally.cost),
        commission=change("", tally.commission),
        margin=change("", margin),
        by_depth=tally.changes(tally.by_depth),
        by_level=_by_level(merchant, tally),
        by_kind=tally.changes(tally.by_kind),
        winners=_people(tally.best(1)),
        losers=_people(tally.best(-1)),
        people=tally.people(),
        ceiling=_ceiling(tally, names),
        losses=_losses(tally, names),
        leaves_out_stage_bonuses=tally.leaves_out_stage_bonuses,
    )


def _ceiling(tally: Tally, names: Names) -> dict[str, Any]:
    first = [
        {
            "order_id": line.order_id,
            **names[line.line_id],
            "full": to_major(line.full),
            "amount": to_major(line.amount),
            "cut": to_major(line.full - line.amount),
        }
        for line in tally.cut_lines
    ]
    return {"lines": tally.cut_count, "cut": to_major(tally.cut_total), "first": first}


def _losses(tally: Tally, names: Names) -> dict[str, Any]:
    first = [
        {
            "order_id": line.order_id,
            **names[line.line_id],
            "today": to_major(line.today),
            "draft": to_major(line.draft),
        }
        for line in tally.loss_lines
    ]
    today, draft = tally.loss_counts
    return {"today": today, "draft": draft, "new": tally.new_losses, "first": first}


def _by_level(merchant, tally: Tally) -> list[Change]:
    """The highest level first, then those that are no more, then people without one."""
    levels = Level.objects.filter(merchant=merchant).order_by("-rank")
    names = {code: name for code, name in levels.values_list("code", "name")}
    places = {code: place for place, code in enumerate(names)}
    codes = sorted(tally.by_level, key=lambda code: (code == "", places.get(code, len(places))))
    return [change(code, tally.by_level[code], names.get(code, "")) for code in codes]


def _move_names(move: Move | None) -> dict[str, str] | None:
    if move is None:
        return None
    person, new_parent = move
    return {
        "person": person.code,
        "name": person.name,
        "from": person.parent.code if person.parent else "",
        "to": new_parent.code if new_parent else "",
    }


def _people(best: Sequence[tuple[int, list[int]]]) -> list[PersonChange]:
    people = Distributor.objects.in_bulk([pk for pk, _sums in best])
    return [
        PersonChange(
            pk,
            people[pk].code,
            people[pk].name,
            to_major(today),
            to_major(draft),
            to_major(draft - today),
        )
        for pk, (today, draft) in best
    ]


def _line_names(tally: Tally) -> Names:
    rows = OrderLine.objects.filter(pk__in=tally.lines_shown())
    return {
        pk: {"order_no": order_no, "line_no": line_no}
        for pk, order_no, line_no in rows.values_list("pk", "order__order_no", "line_no")
    }
