"""Who can take a contact of a queue, best first: an index over the topics `responders` and `presence`.

Nobody knows who is there while presence is not told: then the answer is `None`, which is not the same as nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

import msgspec

from pipeline.responders.board import ANY
from pipeline.responders.events import Presence
from pipeline.responders.signals import PresenceBoard, PresenceCount, ResponderState
from pipeline.routing.deadlines import Queue
from pipeline.routing.picking import Place, place
from pipeline.routing.signal import AvailableResponder


class Available(NamedTuple):
    """Who can take a contact."""

    number: int
    named: tuple[AvailableResponder, ...]
    """The first of them."""


class Roster:
    """The index. Not thread-safe; it grows with the responders of the tenants."""

    def __init__(self, *, live: bool) -> None:
        """Know nobody; `live`: what has expired is not known any more. History is not said again while nothing changes."""
        self._live = live
        self._people: dict[bytes, ResponderState] = {}
        self._groups: dict[Queue, set[bytes]] = {}
        self._ranked: dict[Queue, list[bytes]] = {}
        """Those of a group who can take a contact, best first; made anew when one of them changes."""
        self._boards: dict[str, PresenceBoard] = {}
        self._person = msgspec.json.Decoder(ResponderState).decode
        self._board = msgspec.json.Decoder(PresenceBoard).decode

    def take_person(self, key: bytes, value: bytes | None) -> set[Queue]:
        """Take a responder's newest record, `None` for one who has gone; return whose contacts that may change hands.

        Those who take any queue are in the group `*` of their tenant.

        Raises:
            msgspec.MsgspecError: that is no such record.

        """
        after = None if value is None else self._person(value)
        before = self._people.pop(key, None)
        if after is not None:
            self._people[key] = after
        if before is not None and after is not None and _says(before) == _says(after):
            return set()
        changed = {*_groups(before), *_groups(after)}
        for group in _groups(before):
            self._groups[group].discard(key)
        for group in _groups(after):
            self._groups.setdefault(group, set()).add(key)
        for group in changed:
            self._ranked.pop(group, None)
        return changed

    def take_board(self, key: bytes, value: bytes | None) -> set[Queue]:
        """Take who is there of a tenant; return whose contacts that may change hands: all of the tenant's, or none.

        Raises:
            msgspec.MsgspecError: that is no such record.

        """
        tenant = key.decode()
        after = None if value is None else self._board(value)
        before = self._boards.pop(tenant, None)
        if after is not None:
            self._boards[tenant] = after
        told = before is not None and before.known
        return set() if told == (after is not None and after.known) else {Queue(tenant, ANY)}

    def told(self, tenant: str, at_ms: int) -> bool:
        """Return whether it is told who is there, at a time, ms."""
        board = self._boards.get(tenant)
        return board is not None and board.known and not (self._live and at_ms >= board.expires_at)

    def available(self, queue: Queue, at_ms: int, most: int) -> Available | None:
        """Return who can take a contact of a queue at a time, ms, and name so many; `None` where nobody can tell."""
        if not self.told(queue.tenant, at_ms):
            return None
        able = [one for one in self._merged(queue) if not (self._live and at_ms >= one.expires_at)]
        return Available(len(able), tuple(_named(one) for one in islice(able, most)))

    def people(self, queue: Queue | None) -> Iterator[ResponderState]:
        """Yield everybody of a queue, those who take any queue included; `None`: everybody. By tenant and id."""
        keys = self._people.keys() if queue is None else self._group(queue) | self._group(Queue(queue.tenant, ANY))
        yield from (self._people[key] for key in sorted(keys, key=self._order))

    def count(self, queue: Queue) -> PresenceCount | None:
        """Return how many of a queue are in which state, those who take any queue included; `None` where nothing was said."""
        board = self._boards.get(queue.tenant)
        if board is None:
            return None
        found = [board.queues[name] for name in {queue.name, ANY} if name in board.queues]
        fields = PresenceCount.__struct_fields__
        return PresenceCount(**{field: sum(getattr(count, field) for count in found) for field in fields})

    def tenants(self) -> list[str]:
        """Return the tenants of whose responders anything was said."""
        return sorted({group.tenant for group in self._groups})

    def board(self, tenant: str) -> PresenceBoard | None:
        """Return what was said last of a tenant."""
        return self._boards.get(tenant)

    def _group(self, queue: Queue) -> set[bytes]:
        return self._groups.get(queue, set())

    def _order(self, key: bytes) -> tuple[str, str]:
        return self._people[key].tenant, self._people[key].responder_id

    def _merged(self, queue: Queue) -> Iterator[ResponderState]:
        groups = [self._able(group) for group in {queue, Queue(queue.tenant, ANY)}]
        return merge(*((self._people[key] for key in group) for group in groups), key=_place)

    def _able(self, group: Queue) -> list[bytes]:
        if group not in self._ranked:
            keys = (key for key in self._group(group) if _can(self._people[key]))
            self._ranked[group] = sorted(keys, key=lambda key: _place(self._people[key]))
        return self._ranked[group]


def _groups(one: ResponderState | None) -> list[Queue]:
    return [] if one is None else [Queue(one.tenant, name) for name in (one.queues or (ANY,))]


def _can(one: ResponderState) -> bool:
    return one.state is Presence.AVAILABLE and one.free > 0


def _place(one: ResponderState) -> Place:
    return place(_named(one))


def _says(one: ResponderState) -> tuple[object, ...]:
    """Return what a signal would say of somebody: a heartbeat changes none of it."""
    return _groups(one), one.state, _named(one)


def _named(one: ResponderState) -> AvailableResponder:
    return AvailableResponder(
        responder_id=one.responder_id,
        free=one.free,
        load=one.load,
        capacity=one.capacity,
        since=one.since,
        skills=one.skills,
        channels=one.channels,
        closed_channels=tuple(sorted(name for name, state in one.channel_states.items() if state is not Presence.AVAILABLE)),
    )
