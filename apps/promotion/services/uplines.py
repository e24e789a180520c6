"""Uplines as they stood at a past moment, for many orders at once.

People are read as they are now; events later than the moment are rolled back. One round of two
queries reads everybody at the next step up of all orders together, whatever the size of the tree.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.distributors.models import Distributor, DistributorEvent
from apps.orders.services.lookups import chunks, customer_identifier

# No site pays more depths, so a chain with this many active people serves any plan.
ACTIVE_PEOPLE_KEPT = 3

# Somebody by id, or, where the history only names them, by code.
Reference = int | str


@dataclass(frozen=True)
class Person:
    """A distributor as they are now."""

    pk: int
    code: str
    name: str
    phone: str
    level: str
    status: str
    parent: int | None

    def is_known_as(self, identifier: str) -> bool:
        """Whether a customer of this identifier is this person."""
        return identifier in (self.phone, self.code, customer_identifier(self.code))


@dataclass
class Walk:
    """The way up from one order's distributor, as of one moment."""

    moment: datetime
    next: Reference | None
    chain: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        active = sum(each["status"] == Distributor.Status.ACTIVE for each in self.chain)
        return self.next is None or active >= ACTIVE_PEOPLE_KEPT


class Uplines:
    """The people of one merchant, and their history since the earliest moment asked about."""

    def __init__(self, since: datetime):
        self._since = since
        self._people: dict[Reference, Person] = {}
        self._events: dict[tuple[int, str], list[tuple[datetime, str]]] = defaultdict(list)

    def load(self, references: Iterable[Reference]) -> None:
        """Read the people not read before, and what happened to them since."""
        wanted = {each for each in references if each not in self._people}
        for part in chunks(sorted(wanted, key=str)):
            people = self._load_people(part)
            self._load_events([person.pk for person in people])

    def _load_people(self, references: Iterable[Reference]) -> list[Person]:
        ids = [each for each in references if isinstance(each, int)]
        codes = [each for each in references if isinstance(each, str)]
        rows = Distributor.objects.filter(Q(pk__in=ids) | Q(code__in=codes)).order_by()
        columns = ("pk", "code", "name", "phone", "level__code", "status", "parent_id")
        people = [
            Person(pk, code, name, str(phone or ""), level or "", status, parent)
            for pk, code, name, phone, level, status, parent in rows.values_list(*columns)
        ]
        for person in people:
            self._people[person.pk] = self._people[person.code] = person
        return people

    def _load_events(self, ids: list[int]) -> None:
        events = DistributorEvent.objects.filter(
            distributor_id__in=ids,
            effective_at__gt=self._since,
        ).order_by("effective_at", "pk")
        columns = ("distributor_id", "field", "effective_at", "old_value")
        for pk, changed, effective_at, old_value in events.values_list(*columns):
            self._events[pk, changed].append((effective_at, old_value))

    def person(self, reference: Reference) -> Person | None:
        """Somebody read before; None if there is no such person."""
        return self._people.get(reference)

    def parent_at(self, person: Person, moment: datetime) -> Reference | None:
        """Under whom `person` stood at `moment`."""
        return self._at(person, DistributorEvent.Field.PARENT, moment, person.parent) or None

    def climb(self, walks: Iterable[Walk]) -> None:
        """Take every walk up until enough active people are met or there is nobody above."""
        under_way = [walk for walk in walks if not walk.is_done]
        while under_way:
            self.load(walk.next for walk in under_way)
            for walk in under_way:
                self._step(walk)
            under_way = [walk for walk in under_way if not walk.is_done]

    def _step(self, walk: Walk) -> None:
        person = self._people.get(walk.next)
        # A history put together wrongly must not send anybody round in circles.
        if person is None or any(each["id"] == person.pk for each in walk.chain):
            walk.next = None
            return
        changed = DistributorEvent.Field
        walk.chain.append(
            {
                "id": person.pk,
                "code": person.code,
                "name": person.name,
                "level": self._at(person, changed.LEVEL, walk.moment, person.level) or None,
                "status": self._at(person, changed.STATUS, walk.moment, person.status),
            }
        )
        walk.next = self.parent_at(person, walk.moment)

    def _at(self, person: Person, changed: str, moment: datetime, now: Any) -> Any:
        """A field at `moment`: what the first later event found, or what it is now."""
        for effective_at, old_value in self._events[person.pk, changed]:
            if effective_at > moment:
                return old_value
        return now
