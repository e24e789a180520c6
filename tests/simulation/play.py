"""Playing a seed: one thing after the other happens to a merchant, and the books are checked.

    play(Life(seed, build_house()), events=200)

What goes wrong on purpose: a message to run the stages is lost, late, doubled or out of order, an
operation dies before its n-th SQL statement and is tried again at once or much later, a button is
clicked twice, a form is sent once more after days, everybody works with rows read long ago.
"""

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import time_machine
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, connection, transaction
from django_scopes import scope

from apps.commissions.services import stages
from apps.core.csv_files import ImportRefused
from apps.core.errors import Refused
from apps.orders.services.refunds import reject_refund
from tests.simulation.books import (
    Drift,
    Progress,
    Shadow,
    check_bonus_periods,
    check_invariants,
    check_owed,
    check_reconcile,
    picture,
    same_rows,
)
from tests.simulation.life import Attempt, House, Life
from tests.simulation.operations import OPERATIONS, payouts, people, plans
from tests.simulation.reconciling import Reconciler

EVENTS = 200
CRASHES = 0.08
FIRST_PEOPLE = 5
# A line of a batch that was given up is there no more: a page that still shows it finds nothing.
REFUSALS = (Refused, ImportRefused, ObjectDoesNotExist)


class Killed(BaseException):
    """The process is no more: nothing below may catch this and go on."""


class KilledAtCommit(OperationalError):
    """The same at the very end of a transaction, where Django rolls back for a database's error
    only: in these savepoints, what a real commit does by never having happened."""


class Undone(Exception):
    """Ends a seed: whatever it wrote is rolled back."""


@dataclass
class Message:
    """Run the stages, from the queue: due at a moment, as of a moment or whenever it comes."""

    due_at: object
    as_of: object | None


@dataclass
class Player:
    """A life being played."""

    life: Life
    clock: object
    queue: list[Message] = field(default_factory=list)
    retries: list[Attempt] = field(default_factory=list)
    echoes: list[Attempt] = field(default_factory=list)
    step: int = 0
    changes: int = 0
    picture: bytes = b""
    told: list[str] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    reconciler: Reconciler = field(init=False)

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(self.life.merchant)

    def play(self, events: int) -> None:
        """From the first people to the last release."""
        with self.reconciler.watching():
            self._play(events)

    def _play(self, events: int) -> None:
        self._begin()
        self._changed()
        operations, weights = list(OPERATIONS), list(OPERATIONS.values())
        for self.step in range(events):
            self._tick()
            self._try(self._next_attempt(operations, weights))
        self._end()

    # What comes next

    def _begin(self) -> None:
        life = self.life
        life.shadow = Shadow()
        for _ in range(FIRST_PEOPLE):
            self._tick()
            self._accept(people.register(life), "register")
        for person in list(life.distributors.values())[1:]:
            self._accept(payouts.account_of(life, person), "account")
        self._accept(plans.draft(life), "draft")
        moment = life.now + timedelta(hours=life.rng.choice((-30, 0, 60)))
        self._accept(plans.activation(life, life.drafts[0], moment), "activate")

    def _tick(self) -> None:
        """Time goes on: seconds, hours, now and then days."""
        rng = self.life.rng
        seconds = rng.choice((1, 60, rng.randint(1, 20_000), rng.randint(1, 20_000), 30_000))
        if rng.random() < 0.03:
            seconds = rng.randint(1, 6) * 86400
        self.life.now += timedelta(seconds=seconds)
        self.clock.move_to(self.life.now)

    def _next_attempt(self, operations, weights) -> Attempt:
        life = self.life
        luck = life.rng.random()
        if self.retries and luck < 0.2:
            return self.retries.pop(life.rng.randrange(len(self.retries)))
        if self.echoes and luck < 0.23:
            return self.echoes.pop(life.rng.randrange(len(self.echoes)))
        if luck < 0.1:
            return self._delivery()
        while True:
            operation = life.rng.choices(operations, weights)[0]
            attempt = operation(life)
            if attempt is not None:
                attempt.name = f"{operation.__module__.rpartition('.')[2]}.{operation.__name__}"
                return attempt

    def _delivery(self) -> Attempt:
        """A message that is due, in any order, perhaps not for the last time; or the sweep."""
        life = self.life
        due = [each for each in self.queue if each.due_at <= life.now]
        message = life.rng.choice(due) if due else Message(life.now, None)
        if due and life.chance(0.7):
            self.queue.remove(message)
        return Attempt(
            lambda: stages.run_due(merchant=life.merchant, as_of=message.as_of),
            may=lambda: True,
            whole=False,
            name=f"run_due as of {message.as_of or 'now'}",
        )

    def _send(self) -> None:
        """Something happened: ask for the stages, if the message is not lost."""
        life = self.life
        if life.chance(0.6):
            due_at = life.now + timedelta(seconds=life.rng.choice((0, 60, 40_000, 200_000)))
            self.queue.append(Message(due_at, life.now if life.chance(0.3) else None))

    # Trying it

    def _try(self, attempt: Attempt) -> None:
        life = self.life
        expected = attempt.may() if attempt.may and not attempt.is_done else None
        dies_at = life.rng.randint(1, 40) if life.chance(CRASHES) else 0
        try:
            with dying_at(dies_at):
                result = attempt.act()
        except (Killed, KilledAtCommit):
            self._tell(attempt, f"died before statement {dies_at}")
            changed = self._changed(is_unwanted=attempt.whole)
            self._require(not changed or not attempt.whole, "a killed operation left something")
            self.retries.append(attempt)
        except REFUSALS as refusal:
            self._tell(attempt, f"refused: {refusal}")
            self._require(
                not self._changed(is_unwanted=True), "a refused operation changed something"
            )
            self._require(expected is not True, "refused what it should accept")
        else:
            self._tell(attempt, "done")
            self._require(expected is not False, "accepted what it should refuse")
            self._finish(attempt, result)

    def _finish(self, attempt: Attempt, result) -> None:
        life = self.life
        changed = self._changed(is_unwanted=attempt.is_done)
        if attempt.is_done:
            self._require(not changed, "done once more, days later")
            return
        attempt.is_done = True
        attempt.note(result)
        if attempt.whole:
            self._send()
        if attempt.once and life.chance(0.05):
            self._again(attempt)
        elif attempt.forever and life.chance(0.2):
            self.echoes.append(attempt)

    def _again(self, attempt: Attempt) -> None:
        """The second click on the same button."""
        try:
            attempt.act()
        except REFUSALS as refusal:
            self._tell(attempt, f"again, refused: {refusal}")
        else:
            self._tell(attempt, "again")
        self._require(not self._changed(is_unwanted=True), "done twice")

    def _accept(self, attempt: Attempt, name: str) -> None:
        attempt.note(attempt.act())
        attempt.name = name
        self._tell(attempt, "done")

    # Looking

    def _changed(self, *, is_unwanted: bool = False) -> bool:
        """Whether anything at all changed since the last look; if so, the books are checked."""
        now = picture()
        if now == self.picture:
            return False
        before, self.picture = self.picture, now
        if is_unwanted and same_rows(before, now):
            return False
        self.progress.follow(self.life.facts)
        check_invariants(self.life.shadow)
        check_reconcile(self.reconciler)
        self.changes += 1
        return True

    def _require(self, truth: bool, fault: str) -> None:
        if not truth:
            raise Drift(fault)

    def _tell(self, attempt: Attempt, what: str) -> None:
        self.told.append(f"{self.step:4} {self.life.now:%m-%d %H:%M:%S} {attempt.name}: {what}")

    def _end(self) -> None:
        """Every request is decided, everything becomes due: now the facts say what all must be."""
        life = self.life
        for refund in life.refunds:
            try:
                reject_refund(refund=refund)
            except Refused:
                continue
        life.now += timedelta(days=400)
        self.clock.move_to(life.now)
        stages.run_due(merchant=life.merchant)
        self.progress.follow(life.facts)
        check_invariants(life.shadow)
        check_reconcile(Reconciler(life.merchant))
        check_bonus_periods(life.facts, life.now)
        check_owed(life.facts, life.shadow, life.now)


@contextmanager
def dying_at(statement: int):
    """Raise Killed before the n-th SQL statement from here; 0 lives."""
    if not statement:
        yield
        return
    count = 0

    def wrapper(execute, sql, params, many, context):
        nonlocal count
        count += 1
        # What is being rolled back stays so: no process can die into having written it.
        if count == statement and not sql.startswith("ROLLBACK"):
            raise KilledAtCommit if sql.startswith("RELEASE") else Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(wrapper):
            yield
    finally:
        # A save outside a service's transaction has no savepoint here, and one killed while it is
        # rolled back keeps its own: both are nothing that a next process would find.
        transaction.set_rollback(False)


class SeedFailed(AssertionError):
    """A seed whose books went wrong: which, when, and how to see it again."""


def play_seed(seed: int, house: House, events: int = EVENTS, lines: int = 25) -> Player:
    """Play a seed and undo it. Raises SeedFailed: how to play it again, and the last
    `lines` of what had happened."""
    life = Life(seed, house)
    # Every refusal is logged; here there are thousands, all on purpose.
    logging.disable(logging.ERROR)
    with time_machine.travel(life.now, tick=False) as clock, scope(merchant=house.merchant):
        player = Player(life, clock)
        try:
            with transaction.atomic():
                player.play(events)
                raise Undone
        except Undone:
            return player
        except Exception as error:
            story = "\n".join(player.told[-lines:])
            raise SeedFailed(
                f"seed {seed}, step {player.step}: {type(error).__name__}: {error}\n{story}\n"
                f"Play it again: make simulate SEED={seed}"
            ) from error
        finally:
            logging.disable(logging.NOTSET)
