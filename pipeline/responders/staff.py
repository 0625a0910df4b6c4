"""Everybody of a partition, what they hold, and of whom something is to be said."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.responders.items import Item
from pipeline.responders.life import Entry
from pipeline.responders.person import Person
from pipeline.responders.rows import unpack


class Staff:
    """The responders by tenant and id."""

    __slots__ = ("_by_tenant", "dirty", "people", "tenants")

    def __init__(self) -> None:
        """Start with nobody."""
        self.people: dict[tuple[str, str], Person] = {}
        self._by_tenant: dict[str, list[Person]] = {}
        self.dirty: set[tuple[str, str]] = set()
        """Of whom a record is to be said."""
        self.tenants: set[str] = set()
        """Of which the board is to be said."""

    def person(self, tenant: str, responder_id: str) -> Person:
        """Return a responder, known from now on."""
        person = self.people.get((tenant, responder_id))
        if person is None:
            person = self.people[tenant, responder_id] = Person(tenant, responder_id)
            self._by_tenant.setdefault(tenant, []).append(person)
        return person

    def of(self, tenant: str) -> Iterator[Person]:
        """Yield the responders of a tenant."""
        yield from self._by_tenant.get(tenant, ())

    def touch(self, tenant: str, responder_id: str) -> None:
        """Note that something changed for a responder; who was never heard of is known from now on."""
        self.person(tenant, responder_id)
        self.dirty.add((tenant, responder_id))
        self.tenants.add(tenant)

    def hold(self, tenant: str, item: Item, sign: int) -> None:
        """Give a responder an open ticket, or take it away."""
        if item.open and item.responder:
            self.person(tenant, item.responder).load[item.channel] += sign
            self.touch(tenant, item.responder)

    def restore_entry(self, tenant: str, responder_id: str, value: bytes) -> None:
        """Take up the row of an event."""
        entry: Entry = unpack(value, Entry)
        self.person(tenant, responder_id).add(entry)
