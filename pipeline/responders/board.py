"""Everybody of a partition: who is there by queue, channel, skill and team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.responders.life import AVAILABLE, AWAY, BUSY, OFFLINE
from pipeline.responders.model import RespondersModel
from pipeline.responders.person import Person
from pipeline.responders.signals import PresenceCount

ANY = "*"
"""The queue, or channel, of those who take any."""
_NAMES = {AVAILABLE: "available", BUSY: "busy", AWAY: "away", OFFLINE: "offline", None: "unknown"}


class Groups:
    """Counts of responders by group."""

    __slots__ = ("_at_ms", "_counts", "_model")

    def __init__(self, model: RespondersModel, at_ms: int) -> None:
        """Count as of a time, ms."""
        self._model = model
        self._at_ms = at_ms
        self._counts: dict[tuple[str, str], Counter[str]] = {}

    def add(self, person: Person) -> None:
        """Count a responder in everything they belong to."""
        life, model, at_ms = person.life, self._model, self._at_ms
        presence = person.presence(at_ms, model)
        self._put(("", ""), person, presence)
        for queue in life.queues or (ANY,):
            self._put(("queue", queue), person, presence)
        for channel in life.channels or (ANY,):
            # A channel may be closed to somebody who is there for the others.
            own = life.by_channel.get(channel, presence) if presence is not None else None
            self._put(("channel", channel), person, own)
        for skill in life.skills:
            self._put(("skill", skill), person, presence)
        if life.team:
            self._put(("team", life.team), person, presence)

    def _put(self, group: tuple[str, str], person: Person, presence: int | None) -> None:
        counts = self._counts.setdefault(group, Counter())
        counts[_NAMES[presence]] += 1
        counts["planned"] += person.working(self._at_ms)
        if presence in (AVAILABLE, BUSY):
            counts["capacity"] += person.capacity(self._model)
            counts["load"] += person.load.total()
        if presence == AVAILABLE:
            counts["free"] += person.free(self._at_ms, self._model)

    def total(self) -> PresenceCount:
        """Return everybody."""
        return PresenceCount(**self._counts.get(("", ""), Counter()))

    def of(self, kind: str) -> dict[str, PresenceCount]:
        """Return the groups of a kind, in the order of their names."""
        return {name: PresenceCount(**counts) for (mine, name), counts in sorted(self._counts.items()) if mine == kind}


def count(people: Iterable[Person], model: RespondersModel, at_ms: int) -> Groups:
    """Count responders at a time, ms."""
    groups = Groups(model, at_ms)
    for person in people:
        groups.add(person)
    return groups
