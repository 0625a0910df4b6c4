"""Adds up what the ticket stage says on `panes` and `sla-events`, in the form in which the oracle states the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from pipeline.additions import Additions, Leaf
from pipeline.codec import encode
from pipeline.config import Domain
from pipeline.engine import Effects, Emit, LogRecord, TimeMode, Topic
from pipeline.events import Event
from pipeline.identity import ticket_key
from pipeline.measures import BLOCK, EDGES, HISTOGRAM, Work
from pipeline.offline import clock_record
from pipeline.signals import SlaEvent, SlaEventType
from pipeline.tickets.engine import TicketsEngine

_WORK = tuple(Work)


class Sums:
    """All additions of a run, and the breaches that stand."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, Leaf, int], Counter[int]] = {}
        self.work: dict[tuple[str, Leaf, Work], Counter[int]] = {}
        self.breaches: Counter[tuple[str, str, str, int, int]] = Counter()
        self.said: Counter[tuple[SlaEventType, int]] = Counter()
        """SLA events by type and time."""
        self.sequences: dict[int, list[int]] = {}
        self.dead: list[tuple[str, int, str]] = []

    def take(self, effects: Effects) -> None:
        """Add one batch's effects."""
        self.dead += [(letter.reason, letter.offset, letter.detail) for letter in effects.dead_letters]
        for emit in effects.emits:
            self.hear(emit)

    def hear(self, emit: Emit) -> None:
        """Add one record, whatever topic it is for."""
        if emit.topic is Topic.PANES and emit.value is not None:
            self.additions(msgspec.msgpack.decode(emit.value, type=Additions))
        elif emit.topic is Topic.SLA_EVENTS and emit.value is not None:
            self.sla_event(msgspec.json.decode(emit.value, type=SlaEvent))

    def additions(self, additions: Additions) -> None:
        """Add one record of `panes`."""
        self.sequences.setdefault(additions.source, []).append(additions.sequence)
        for leaf in additions.leaves:
            for minute, cell in leaf.minutes.items():
                self.codes.setdefault((additions.tenant, leaf.leaf, minute), Counter()).update(cell)
            for index, starts in leaf.work.items():
                self.work.setdefault((additions.tenant, leaf.leaf, _WORK[index]), Counter()).update(starts)

    def sla_event(self, event: SlaEvent) -> None:
        """Add one record of `sla-events`."""
        key = (event.tenant, event.ticket_id, event.measure.value, event.instance, event.occurred_at)
        self.said[event.type, event.occurred_at] += 1
        if event.type is SlaEventType.BREACHED:
            self.breaches[key] += 1
        elif event.type is SlaEventType.BREACH_RETRACTED:
            self.breaches[key] -= 1

    def standing(self) -> dict[tuple[str, str, str, int, int], int]:
        """Return the breaches that were not taken back, with how often each was said."""
        return {key: count for key, count in self.breaches.items() if count}

    def plain_codes(self) -> dict[tuple[str, Leaf, int], dict[int, int]]:
        """Return the codes without histogram classes and zeros, as `OracleResult.codes` has them."""
        found = {}
        for key, cell in self.codes.items():
            kept = {code: n for code, n in cell.items() if n and not HISTOGRAM <= code % BLOCK < EDGES}
            if kept:
                found[key] = kept
        return found

    def histogram_counts(self) -> dict[tuple[str, Leaf, int], dict[int, int]]:
        """Return only the histogram classes, zeros dropped."""
        found = {}
        for key, cell in self.codes.items():
            kept = {code: n for code, n in cell.items() if n and HISTOGRAM <= code % BLOCK < EDGES}
            if kept:
                found[key] = kept
        return found

    def plain_work(self) -> dict[tuple[str, Leaf, Work], dict[int, int]]:
        """Return open work without zeros, as `OracleResult.work_starts` has it."""
        kept = {key: {start: n for start, n in starts.items() if n} for key, starts in self.work.items()}
        return {key: starts for key, starts in kept.items() if starts}


def records_of(events: Iterable[Event], arrive_ms: int | None = None, first_offset: int = 0) -> list[LogRecord]:
    """Write events as records: all appended at `arrive_ms`, or each at its ingestion, or at the latest occurrence so far."""
    records, latest = [], 0
    for offset, event in enumerate(events, first_offset):
        latest = max(latest, event.occurred_at if event.ingested_at is None else event.ingested_at)
        at = latest if arrive_ms is None else arrive_ms
        records.append(LogRecord("ticket-events", 0, offset, at, ticket_key(event.tenant, event.ticket_id), encode(event)))
    return records


def fold_all(
    domain: Domain, records: list[LogRecord], until_ms: int, batch: int = 100, hear: Callable[[Emit], None] | None = None
) -> tuple[Sums, TicketsEngine]:
    """Run one ticket partition over a log in event time, up to `until_ms`; `hear` is told everything that is emitted."""
    engine, sums = TicketsEngine(domain, time=TimeMode.EVENT), Sums()
    closing = LogRecord("ticket-events", 0, len(records), until_ms, None, clock_record(until_ms))
    log = [*records, closing]
    for begin in range(0, len(log), batch):
        effects = engine.apply(log[begin : begin + batch])
        sums.take(effects)
        if hear is not None:
            for emit in effects.emits:
                hear(emit)
    return sums, engine
