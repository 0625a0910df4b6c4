"""The ticket and the customer stage without a broker, cut into batches and restarted as a test wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

import msgspec

from pipeline.codec import encode
from pipeline.config import Domain
from pipeline.customers.engine import CustomersEngine
from pipeline.engine import Effects, Emit, Engine, LogRecord, Row, TimeMode, Topic
from pipeline.events import Event
from pipeline.identity import ticket_key
from pipeline.offline import clock_record
from pipeline.partitioning import partition_of
from pipeline.signals import Repeat
from pipeline.tickets.engine import TicketsEngine
from tests.support.sums import Sums


class _Part:
    """One partition: its engine, its rows, what waits for it."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self.make = make
        self.engine = make()
        self.rows: dict[bytes, bytes] = {}
        self.waiting: list[LogRecord] = []
        self.written = 0

    def restart(self) -> None:
        self.engine = self.make()
        self.engine.restore([Row(*item) for item in self.rows.items()])

    def keep(self, effects: Effects) -> None:
        for key, value in effects.rows.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value


class CustomerRun:
    """Both stages over a log. `seed` decides the cuts and the interleaving, and with `restarts` who is restarted when."""

    def __init__(
        self, domain: Domain, *, time: TimeMode = TimeMode.EVENT, partitions: int = 2, seed: int = 0, restarts: bool = False
    ) -> None:
        self.sums = Sums()
        self._standing: dict[bytes, Repeat] = {}
        self.said: list[Emit] = []
        """What the customer stage wrote, in order."""
        self._random, self._restarts, self._live = Random(seed), restarts, time is TimeMode.LIVE
        self.tickets = [
            _Part(lambda p=p: TicketsEngine(domain, p, partitions, time, 1, partitions))  # type: ignore[misc]  # default binds p
            for p in range(partitions)
        ]
        self.customers = [
            _Part(lambda p=p: CustomersEngine(domain, p, partitions, time, 1))  # type: ignore[misc]  # default binds p
            for p in range(partitions)
        ]

    @property
    def repeats(self) -> dict[tuple[str, str], Repeat]:
        """Return what stands, by tenant and ticket."""
        found = {(repeat.tenant, repeat.ticket_id): repeat for repeat in self._standing.values()}
        assert len(found) == len(self._standing), "one ticket is said to repeat two"
        return found

    def run(self, events: Iterable[Event], until_ms: int, appended_at: int | None = None) -> None:
        """Run a log up to `until_ms`; each event appended when it occurred, at the latest so far, or all at `appended_at`."""
        latest = 0
        for number, event in enumerate(events):
            latest = max(latest, event.occurred_at) if appended_at is None else appended_at
            key = ticket_key(event.tenant, event.ticket_id or f"customer{number % 3}")
            self._put(self.tickets, Emit(Topic.TICKET_EVENTS, key, encode(event)), latest)
        for part in self.tickets:
            self._append(part, Emit(Topic.TICKET_EVENTS, None, clock_record(until_ms)), until_ms)
        self._drain(until_ms)

    def _drain(self, until_ms: int) -> None:
        while busy := [part for part in (*self.tickets, *self.customers) if part.waiting]:
            part = self._random.choice(busy)
            size = self._random.randint(1, 9)
            records, part.waiting = part.waiting[:size], part.waiting[size:]
            if self._restarts:
                part.restart()
            self._take(part, part.engine.apply(records), records[-1].timestamp)
            if self._live:
                self._take(part, part.engine.tick(records[-1].timestamp), records[-1].timestamp)
        for part in (*self.tickets, *self.customers) if self._live else ():
            self._take(part, part.engine.tick(until_ms), until_ms)
        if any(part.waiting for part in (*self.tickets, *self.customers)):
            self._drain(until_ms)

    def _take(self, part: _Part, effects: Effects, at_ms: int) -> None:
        part.keep(effects)
        self.sums.take(effects)
        for emit in effects.emits:
            if part in self.customers:
                self.said.append(emit)
            if emit.topic is Topic.CONTACTS:
                self._put(self.customers, emit, at_ms)
            elif emit.topic is Topic.TICKET_EVENTS:
                self._put(self.tickets, emit, at_ms if emit.timestamp is None else emit.timestamp)
            elif emit.topic is Topic.REPEATS and emit.key is not None:
                if emit.value is None:
                    self._standing.pop(emit.key, None)
                else:
                    self._standing[emit.key] = msgspec.json.decode(emit.value, type=Repeat)
        if effects.more:
            if self._restarts:
                part.restart()
            self._take(part, part.engine.tick(at_ms), at_ms)

    def _put(self, parts: Sequence[_Part], emit: Emit, at_ms: int) -> None:
        number = partition_of(emit.key or b"", len(parts)) if emit.partition is None else emit.partition
        self._append(parts[number], emit, at_ms)

    @staticmethod
    def _append(part: _Part, emit: Emit, at_ms: int) -> None:
        part.waiting.append(LogRecord(emit.topic, 0, part.written, at_ms, emit.key, emit.value, tuple(emit.headers)))
        part.written += 1
