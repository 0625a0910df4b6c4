"""What a pipeline has said: the newest record of every key, and every SLA event."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec

from pipeline.engine import DeadLetter, Topic
from pipeline.signals import Repeat, ServiceLevel, SlaEvent, TicketClocks

_T = TypeVar("_T")


class Said:
    """The outputs that are compared."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sla_events: list[SlaEvent] = []
        self._levels: dict[bytes, ServiceLevel] = {}
        self._tickets: dict[bytes, TicketClocks] = {}
        self._repeats: dict[bytes, Repeat] = {}

    def take(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Take one record of a topic, in its order.

        Raises:
            msgspec.DecodeError: something else wrote it.

        """
        match topic:
            case Topic.SLA_EVENTS if value is not None:
                self.sla_events.append(msgspec.json.decode(value, type=SlaEvent))
            case Topic.SERVICE_LEVELS:
                _replace(self._levels, key, value, ServiceLevel)
            case Topic.CLOCKS:
                _replace(self._tickets, key, value, TicketClocks)
            case Topic.REPEATS:
                _replace(self._repeats, key, value, Repeat)
            case _:
                pass

    def only(self, places: Collection[tuple[str, str]]) -> Said:
        """Return what was said of some tickets (tenant, ticket)."""
        some = Said()
        some.sla_events = [event for event in self.sla_events if (event.tenant, event.ticket_id) in places]
        some._tickets = {key: one for key, one in self._tickets.items() if (one.tenant, one.ticket_id) in places}
        return some

    @property
    def levels(self) -> list[ServiceLevel]:
        """Return the service levels of every segment, of the newest epoch."""
        newest = max((level.epoch for level in self._levels.values()), default=0)
        return [level for level in self._levels.values() if level.epoch == newest]

    @property
    def tickets(self) -> list[TicketClocks]:
        """Return every ticket that is kept."""
        return list(self._tickets.values())

    @property
    def repeats(self) -> list[Repeat]:
        """Return every repeat that stands."""
        return list(self._repeats.values())


class Document(msgspec.Struct, kw_only=True):
    """What `firstreply run --format json` prints, as far as it is compared."""

    service_levels: list[ServiceLevel]
    tickets: list[TicketClocks]
    sla_events: list[SlaEvent]
    repeats: list[Repeat] = []
    dead_letters: list[DeadLetter] = []
    until: int = 0
    """Up to which time the run let deadlines fall due, ms."""

    def said(self) -> Said:
        """Return it as records are."""
        said = Said()
        parts: list[tuple[Topic, list[msgspec.Struct]]] = [
            (Topic.SERVICE_LEVELS, list(self.service_levels)),
            (Topic.CLOCKS, list(self.tickets)),
            (Topic.SLA_EVENTS, list(self.sla_events)),
            (Topic.REPEATS, list(self.repeats)),
        ]
        for topic, records in parts:
            for number, record in enumerate(records):
                said.take(topic, str(number).encode(), msgspec.json.encode(record))
        return said


def _replace(table: dict[bytes, _T], key: bytes, value: bytes | None, kind: type[_T]) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = msgspec.json.decode(value, type=kind)
