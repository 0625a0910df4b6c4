"""What is sent, decided by a seed alone: lives of tickets of some seconds, told while they happen, with the dirt of real input.

Time is cut into slots. In every slot a block of new tickets begins, and the blocks before go on. Blocks are copies of a few
templates under ticket ids of their own, so that any block, and what an oracle must make of it, can be told again on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from random import Random
from typing import NamedTuple

import msgspec

from pipeline.codec import encode
from pipeline.events import Event
from pipeline.identity import ticket_key
from pipeline.partitioning import partition_of
from tests.support.lives import COMMON, SINCE_MS, TENANTS, Opening, Step, StepKind, disorder, duplicate, live

SLOT_MS = 250
TEMPLATES = 16
DUPLICATES, LATE, MALFORMED = 0.05, 0.05, 0.01
LATE_MS = 3_000
_GAP_MS = 1_200
_MOST_STEPS = 18
LIFE_SLOTS = (_MOST_STEPS * _GAP_MS + LATE_MS) // SLOT_MS + 2
"""No block has anything to say after so many slots."""
_KINDS = tuple(StepKind)
_WEIGHTS = [COMMON.get(kind, 2) for kind in _KINDS]
_NO_EVENTS = (b"", b"{", b"null", b"\xff\xfe", b'{"id":1}', b'{"specversion":"1.0","type":"support.ticket.created"}', b"[" * 200)


class Planned(NamedTuple):
    """A record of a template, at a time relative to the beginning of its block."""

    arrival_ms: int
    event: Event | None
    junk: bytes = b""


class Send(NamedTuple):
    """A record to write."""

    partition: int
    key: bytes
    value: bytes
    event: Event | None
    """`None`: what is written is no event."""


class Plan(msgspec.Struct, frozen=True, dict=True):
    """Everything that is ever sent. Equal plans tell equal events."""

    seed: int
    rate: int
    """Records a second, once the first blocks have unfolded."""
    start_ms: int
    """When slot 0 begins, milliseconds since the Unix epoch, UTC."""
    partitions: int = 4

    def slot(self, number: int) -> list[Send]:
        """Return the records of one slot in the order of sending."""
        found: list[tuple[int, int, Planned]] = []
        for block in range(max(0, number - LIFE_SLOTS + 1), number + 1):
            window = self._windows(block)[number - block]
            found += [(block * SLOT_MS + planned.arrival_ms, block, planned) for planned in window]
        found.sort(key=lambda entry: entry[:2])
        return [self._send(block, planned) for _, block, planned in found]

    def block(self, number: int, slots: int) -> Iterator[Event]:
        """Yield the events of one block in the order of sending, when the first `slots` slots were sent."""
        for window in self._windows(number)[: slots - number]:
            for planned in window:
                if planned.event is not None:
                    yield self._moved(number, planned.event)

    def _windows(self, block: int) -> list[list[Planned]]:
        return self._templates[block % TEMPLATES]

    @cached_property
    def _templates(self) -> list[list[list[Planned]]]:
        return [_template(f"{self.seed}:{number}", self.rate * SLOT_MS // 1_000) for number in range(TEMPLATES)]

    def _send(self, block: int, planned: Planned) -> Send:
        if planned.event is None:
            key = b"junk:%d-%d" % (block, planned.arrival_ms)
            return Send(partition_of(key, self.partitions), key, planned.junk, None)
        event = self._moved(block, planned.event)
        key = ticket_key(event.tenant, event.ticket_id)
        return Send(partition_of(key, self.partitions), key, encode(event), event)

    def _moved(self, block: int, event: Event) -> Event:
        by_ms = self.start_ms + block * SLOT_MS - SINCE_MS
        return msgspec.structs.replace(
            event,
            id=f"{block}-{event.id}",
            ticket_id=f"{block}-{event.ticket_id}",
            occurred_at=event.occurred_at + by_ms,
            created_at=None if event.created_at is None else event.created_at + by_ms,
            ingested_at=None,
        )


def _template(seed: str, records: int) -> list[list[Planned]]:
    """Return about so many records, by the slots in which they arrive."""
    random = Random(seed)
    events: list[Event] = []
    while len(events) < records * (1 - DUPLICATES - MALFORMED):
        kinds = random.choices(_KINDS, _WEIGHTS, k=min(_MOST_STEPS, 1 + int(random.expovariate(1 / 5))))
        steps = [Step(kind, random.randrange(_GAP_MS), random.getrandbits(32)) for kind in kinds]
        opening = Opening(SINCE_MS + random.randrange(SLOT_MS), random.getrandbits(32))
        events += live(random.choice(TENANTS), f"T{len(events)}", opening, steps)
    events.sort(key=lambda event: event.occurred_at)
    arriving = duplicate(disorder(events, LATE, LATE_MS, random.getrandbits(32)), DUPLICATES, random.getrandbits(32))
    windows: list[list[Planned]] = [[] for _ in range(LIFE_SLOTS)]
    at_ms = 0
    for event in arriving:
        at_ms = max(at_ms, (event.ingested_at or event.occurred_at) - SINCE_MS)
        windows[at_ms // SLOT_MS].append(Planned(at_ms, event))
        if random.random() < MALFORMED:
            windows[at_ms // SLOT_MS].append(Planned(at_ms, None, random.choice(_NO_EVENTS)))
    return windows
