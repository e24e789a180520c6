"""Uplines as they stood at a past moment, for many orders at once.

People are read as they are now, together with those above them; events later than the moment are
rolled back. The number of queries does not depend on the size of the tree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from apps.core.bulk import any_of
from apps.distributors.models import Distributor, DistributorEvent
from apps.orders.services.lookups import chunks, customer_identifier

# No site pays more depths, so a chain with this many active people serves any plan.
ACTIVE_PEOPLE_KEPT = 3
# Read along with everybody: enough for a chain in which everybody is active.
PARENTS_READ = ("", "parent__", "parent__parent__")
COLUMNS = ("pk", "code", "name", "level__code", "status", "parent_id")
# Read as text: turning phones and moments into objects would be a third of the whole cost.
TEXTS = ("joined_at", "phone")

# Somebody by id, or, where the history only names them, by code.
Reference = int | str


class Person(NamedTuple):
    """A distributor as they are now."""

    pk: int
    code: str
    name: str
    level: str | None
    status: str
    parent: int | None
    joined_text: str
    phone: str | None

    @property
    def joined_at(self) -> datetime:
        """When the person joined."""
        moment = datetime.fromisoformat(self.joined_text)
        # SQLite keeps moments in UTC, without saying so.
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def is_known_as(self, identifier: str) -> bool:
        """Whether a customer of this identifier is this person."""
        if identifier in (self.phone, self.code):
            return True
        return identifier.startswith("+") and identifier == customer_identifier(self.code)


class Walk:
    """The way up from one order's distributor, as of one moment."""

    __slots__ = ("active", "chain", "moment", "next")

    def __init__(self, moment: datetime, start: Reference | None):
        self.moment = moment
        self.next = start
        self.chain: list[dict[str, Any]] = []
        self.active = 0

    @property
    def is_done(self) -> bool:
        """Whether nobody is above, or enough active people were met."""
        return self.next is None or self.active >= ACTIVE_PEOPLE_KEPT


class Uplines:
    """The people of one merchant, and their history since the earliest moment asked about.

    `moved` rehearses another tree: distributor id → the upline they would have (None: the top).
    """

    def __init__(self, since: datetime, moved: Mapping[int, int | None] | None = None):
        self._since = since
        self._moved = moved or {}
        self._people: dict[Reference, Person] = {}
        self._events: dict[tuple[int, str], list[tuple[datetime, str]]] = defaultdict(list)

    def load(self, references: Iterable[Reference]) -> None:
        """Read the people not read before, those above them, and what happened to them since."""
        wanted = {each for each in references if each not in self._people}
        with_history = []
        if ids := [each for each in wanted if isinstance(each, int)]:
            with_history += self._load_people(Q(pk__in=any_of(ids)))
        for part in chunks(each for each in wanted if isinstance(each, str)):
            with_history += self._load_people(Q(code__in=part))
        if with_history:
            self._load_events(with_history)

    def _load_people(self, found: Q) -> list[int]:
        """Remember them; returns the ids of those with later events."""
        columns = []
        for prefix in PARENTS_READ:
            later = DistributorEvent.objects.filter(
                distributor=OuterRef(f"{prefix}pk"), effective_at__gt=self._since
            )
            texts = [Cast(prefix + name, CharField()) for name in TEXTS]
            columns += [*(prefix + column for column in COLUMNS), *texts, Exists(later)]
        width, with_history = len(columns) // len(PARENTS_READ), []
        for row in Distributor.objects.filter(found).order_by().values_list(*columns):
            for start in range(0, len(row), width):
                pk = row[start]
                if pk is None or pk in self._people:
                    continue
                *values, has_history = row[start : start + width]
                person = Person(*values)
                self._people[pk] = self._people[person.code] = person
                if has_history:
                    with_history.append(pk)
        return with_history

    def _load_events(self, ids: list[int]) -> None:
        events = DistributorEvent.objects.filter(
            distributor_id__in=any_of(ids), effective_at__gt=self._since
        ).order_by("effective_at", "pk")
        columns = ("distributor_id", "field", "effective_at", "old_value")
        for pk, changed, effective_at, old_value in events.values_list(*columns):
            self._events[pk, changed].append((effective_at, old_value))

    def person(self, reference: Reference) -> Person | None:
        """Somebody read before; None if there is no such person."""
        return self._people.get(reference)

    def parent_at(self, person: Person, moment: datetime) -> Reference | None:
        """Under whom `person` stood at `moment`."""
        if person.pk in self._moved:
            return self._moved[person.pk]
        return self._at(person, DistributorEvent.Field.PARENT, moment, person.parent) or None

    def snapshot(self, person: Person, moment: datetime) -> dict[str, Any]:
        """Who `person` was at `moment`: id, code, name, level code and standing."""
        changed = DistributorEvent.Field
        return {
            "id": person.pk,
            "code": person.code,
            "name": person.name,
            "level": self._at(person, changed.LEVEL, moment, person.level) or None,
            "status": self._at(person, changed.STATUS, moment, person.status),
        }

    def climb(self, walks: Iterable[Walk]) -> None:
        """Take every walk up until enough active people are met or there is nobody above."""
        under_way = [walk for walk in walks if not walk.is_done]
        while under_way:
            self.load(walk.next for walk in under_way)
            for walk in under_way:
                self._step(walk)
                # As far as those read along with them reach.
                while not walk.is_done and walk.next in self._people:
                    self._step(walk)
            under_way = [walk for walk in under_way if not walk.is_done]

    def _step(self, walk: Walk) -> None:
        person = self._people.get(walk.next)
        # A history put together wrongly must not send anybody round in circles.
        if person is None or any(each["id"] == person.pk for each in walk.chain):
            walk.next = None
            return
        snapshot = self.snapshot(person, walk.moment)
        walk.chain.append(snapshot)
        walk.active += snapshot["status"] == Distributor.Status.ACTIVE
        walk.next = self.parent_at(person, walk.moment)

    def _at(self, person: Person, changed: str, moment: datetime, now: Any) -> Any:
        """A field at `moment`: what the first later event found, or what it is now."""
        if (person.pk, changed) in self._events:
            for effective_at, old_value in self._events[person.pk, changed]:
                if effective_at > moment:
                    return old_value
        return now
