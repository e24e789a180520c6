"""Who sells: joining, level and standing."""

from apps.distributors.models import Distributor, Store
from apps.distributors.services.moving import move_distributor
from apps.distributors.services.registration import register_distributor
from apps.distributors.services.standing import (
    change_level,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from apps.distributors.services.stores import save_store
from tests.simulation.facts import Seller
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.register import operation


@operation(2)
def register(life: Life) -> Attempt:
    parent = life.pick(life.distributors.values()) if life.chance(0.85) else None
    code, level = life.number("P"), life.rng.choice(list(life.house.levels))
    phone = f"+86138{life.numbers:08d}"
    joined_at = life.now

    def note(person: Distributor) -> None:
        life.distributors[code] = person
        life.facts.sellers[code] = Seller(
            code,
            phone,
            joined_at,
            [(joined_at, parent.code if parent else "")],
            [(joined_at, level)],
            [(joined_at, "active")],
        )

    return Attempt(
        lambda: register_distributor(
            merchant=life.merchant,
            code=code,
            name=code,
            phone=phone,
            level=life.house.levels[level],
            parent=parent,
            joined_at=joined_at,
        ),
        note,
        may=lambda: parent is None or status_of(life, parent) == "active",
    )


def status_of(life: Life, person: Distributor) -> str:
    return life.facts.sellers[person.code].statuses[-1][1]


@operation(3)
def move_level(life: Life) -> Attempt:
    person, level = life.pick(life.distributors.values()), life.rng.choice(["", "bronze", "gold"])
    fact = life.facts.sellers[person.code]

    return Attempt(
        lambda: change_level(
            distributor=person, level=life.house.levels[level], actor=life.house.maker
        ),
        lambda _person: fact.levels.append((life.now, level)),
        may=lambda: status_of(life, person) != "terminated" and fact.levels[-1][1] != level,
    )


@operation(3)
def change_standing(life: Life) -> Attempt:
    person = life.pick(life.distributors.values())
    fact = life.facts.sellers[person.code]
    service, allowed_from, status = life.rng.choices(
        [
            (suspend_distributor, ["active"], "suspended"),
            (reinstate_distributor, ["suspended"], "active"),
            (terminate_distributor, ["active", "suspended"], "terminated"),
        ],
        [3, 6, 1],
    )[0]

    return Attempt(
        lambda: service(distributor=person, reason="seen", actor=life.house.maker),
        lambda _person: fact.statuses.append((life.now, status)),
        may=lambda: status_of(life, person) in allowed_from,
    )


@operation(2)
def move_upline(life: Life) -> Attempt:
    """Somebody comes, with their team, under another upline: only later orders see it."""
    person = life.pick(life.distributors.values())
    parent = life.pick(life.distributors.values()) if life.chance(0.8) else None
    fact, code = life.facts.sellers[person.code], parent.code if parent else ""

    return Attempt(
        lambda: move_distributor(
            distributor=person, parent=parent, actor=life.house.maker, reason="seen"
        ),
        lambda _person: fact.parents.append((life.now, code)),
        may=lambda: (
            fact.parents[-1][1] != code
            and (parent is None or status_of(life, parent) == "active")
            and not is_below(life, code, person.code)
        ),
    )


def is_below(life: Life, code: str, head: str) -> bool:
    """Whether somebody is the head of a team, or stands in it."""
    while code and code != head:
        code = life.facts.sellers[code].parents[-1][1]
    return code == head


@operation(2)
def keep_store(life: Life) -> Attempt:
    """Somebody opens a store, or takes one over: what was computed before stays with the other."""
    keeper = life.pick(life.distributors.values())
    old = life.pick(life.stores) if life.chance(0.6) else None
    code = old.code if old else life.number("M")

    def note(store: Store) -> None:
        life.facts.keepers[code] = keeper.code
        if old is None:
            life.stores.append(store)

    return Attempt(
        lambda: save_store(merchant=life.merchant, code=code, name=code, keeper=keeper, store=old),
        note,
        may=lambda: True,
        once=False,
    )
