"""The engine of a ticket partition: events in; additions, SLA events and ticket clocks out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from traceback import extract_tb

import msgspec

from pipeline.codec import decode
from pipeline.config import Domain
from pipeline.engine import Effects, Record, Row, TimeMode
from pipeline.events import Event, EventType
from pipeline.metrics import Metric
from pipeline.published import Published
from pipeline.reasons import Invalid, Reason
from pipeline.tickets import row as rows
from pipeline.tickets.batch import Batch, Place
from pipeline.tickets.contacts import Contacts
from pipeline.tickets.rules import Promise, Rules
from pipeline.tickets.shelf import Shelf
from pipeline.tickets.timers import Timers

HOT_ROWS = 20_000
TIMERS_PER_TICK = 2_000
_META = b"\x01meta"
_PROMISE = b"\x01promise:"
_CLOCK, _WON, _LOST = EventType.CLOCK_PASSED, EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST  # looking a member up takes time
_ERASED = EventType.CUSTOMER_ERASED
_DISORDER = ("late", "out_of_order", "refolded", "resumed")


class _Meta(msgspec.Struct, array_like=True):
    """What the partition itself remembers. Append with a default, never reorder."""

    sequence: int = 0
    now: int = 0
    tick: int = 0
    marked: int = 0
    counts: dict[str, int] = {}


class TicketsEngine:
    """State and rules of one partition of `ticket-events`. See `pipeline.engine.Engine`."""

    def __init__(
        self,
        domain: Domain,
        partition: int = 0,
        partitions: int = 1,
        time: TimeMode = TimeMode.LIVE,
        panes_partitions: int = 1,
        contact_partitions: int = 1,
    ) -> None:
        """Begin without tickets; `restore` comes first where there is a past."""
        self._domain = domain
        self._time = time
        self._rules = Rules(domain)
        self._shelf = Shelf(self._rules, HOT_ROWS)
        self._timers = Timers()
        self._contacts = Contacts(domain, self._rules) if domain.customers else None
        self._place = Place(partition, partitions, panes_partitions, contact_partitions)
        self._meta = _Meta()
        self._counts: Counter[str] = Counter()
        self._promises_kept: set[int] = set()
        self._beat = 0
        """Live: when the segments were last told how far this partition has come, ms."""

    def restore(self, rows_read: Iterable[Row]) -> None:
        """Take up rows; only their heads are read now."""
        for key, value in rows_read:
            if key.startswith(_PROMISE):
                promise = msgspec.msgpack.decode(value, type=Promise)
                self._rules.learn(promise)
                self._promises_kept.add(promise.id)
            elif key == _META:
                self._meta = msgspec.msgpack.decode(value, type=_Meta)
                self._counts = Counter(self._meta.counts)
            else:
                self._shelf.load(key, value)
                due = rows.due_of(value)
                if due:
                    self._timers.schedule(key, due)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Apply records in offset order; a record that makes the fold raise is refused, and the others done again."""
        poisoned: dict[int, str] = {}
        while True:
            batch = self._begin()
            tick, offset = self._meta.tick, -1
            try:
                for record in records:
                    offset = record.offset
                    if self._time is TimeMode.EVENT and record.timestamp > batch.now:
                        tick = self._pass(batch, tick, record.timestamp)
                    if offset in poisoned:
                        batch.counts["internal_error"] += 1
                        batch.refuse(record, Reason.INTERNAL_ERROR, poisoned[offset])
                    else:
                        self._record(batch, record)
            except Exception as error:
                if offset in poisoned:
                    raise
                poisoned[offset] = _where(error)
                self._undo(batch)
            else:
                return self._finish(batch, tick)

    def _record(self, batch: Batch, record: Record) -> None:
        decoded = decode(record.value, record.headers, appended_at=record.timestamp, future_skew_ms=self._domain.future_skew)
        if type(decoded) is Event:
            kind = decoded.type
            if kind is _CLOCK:
                batch.counts["clock"] += 1
            elif kind is _ERASED or kind is _WON or kind is _LOST:
                batch.customer(decoded, record)
            else:
                batch.event(decoded, record)
        elif type(decoded) is Invalid:
            batch.counts["invalid"] += 1
            batch.refuse(record, decoded.reason, decoded.detail, decoded.field)
        else:
            batch.counts["unknown_type"] += 1

    def tick(self, now_ms: int) -> Effects:
        """Run the timers due by `now_ms`, a bounded number at a time."""
        if now_ms < self._meta.now or self._time is TimeMode.EVENT:
            return Effects()
        batch = self._begin()
        batch.now = now_ms
        fired = 0
        while fired < TIMERS_PER_TICK:
            due = self._next(batch, now_ms)
            if due is None:
                break
            batch.fire(due[1], due[0], now_ms)
            fired += 1
        if self._domain.lag is not None and now_ms - self._beat >= self._domain.heartbeat:
            batch.mark(now_ms)
            self._beat = now_ms
        effects = self._finish(batch, self._meta.tick)
        effects.more = fired >= TIMERS_PER_TICK
        return effects

    def next_due(self) -> int | None:
        """Return when a timer may be due; in event time the log itself says, so never."""
        if self._time is TimeMode.EVENT:
            return None
        due = self._timers.next_due()
        if self._domain.lag is None:
            return due
        beat = self._beat + self._domain.heartbeat
        return beat if due is None else min(due, beat)

    def published(self) -> Published:
        """Show how many events became what, and how many tickets are kept."""
        partition = str(self._place.partition)
        results: dict[tuple[str, ...], int] = {
            (partition, name): count for name, count in self._counts.items() if name not in _DISORDER
        }
        return Published(
            as_of=self._meta.now,
            values={
                Metric.EVENTS: results,
                Metric.DISORDER: {(partition, name): self._counts[name] for name in _DISORDER},
                Metric.TICKETS_TRACKED: {(partition,): len(self._shelf)},
            },
        )

    def _begin(self) -> Batch:
        meta = self._meta
        return Batch(self._rules, self._shelf, self._timers, self._place, meta.now, meta.sequence, self._contacts)

    def _undo(self, batch: Batch) -> None:
        for due, key in batch.popped:
            self._timers.schedule(key, due)

    def _next(self, batch: Batch, until_ms: int) -> tuple[int, bytes] | None:
        while self._timers.minute_is_next(until_ms):
            for key in self._timers.open_minute():
                due = batch.due(key)
                if due:
                    self._timers.schedule(key, due)
        return self._timers.pop(until_ms)

    def _pass(self, batch: Batch, tick: int, to_ms: int) -> int:
        """Event time: run timers and close ticks up to `to_ms`, each timer at its own time; return the tick begun."""
        grid = self._domain.event_tick
        tick = tick or (to_ms // grid + 1) * grid
        while (due := self._next(batch, to_ms)) is not None:
            at = max(due[0], batch.now)
            if at >= tick:
                batch.flush(tick)
                tick = (at // grid + 1) * grid
            batch.now = at
            batch.fire(due[1], due[0], at)
        if to_ms >= tick:
            batch.flush(tick)
            tick = (to_ms // grid + 1) * grid
        batch.now = to_ms
        return tick

    def _finish(self, batch: Batch, tick: int) -> Effects:
        meta = self._meta
        event_time = self._time is TimeMode.EVENT
        batch.flush(tick if event_time else batch.now)
        passed = tick - self._domain.event_tick
        if event_time and tick and passed > meta.marked:
            batch.mark(passed)
            meta.marked = passed
        effects = batch.finish()
        self._counts.update(batch.counts)
        idle = not (effects.rows or effects.emits or effects.dead_letters or batch.counts)
        meta.now, meta.tick, meta.sequence, meta.counts = batch.now, tick, batch.sequence, dict(self._counts)
        if not idle:
            effects.rows[_META] = msgspec.msgpack.encode(meta)
        for promise_id in self._rules.promises.keys() - self._promises_kept:
            effects.rows[_PROMISE + promise_id.to_bytes(6, "big")] = msgspec.msgpack.encode(self._rules.promises[promise_id])
            self._promises_kept.add(promise_id)
        return effects


def _where(error: Exception) -> str:
    """Say which fault it was and where, without the values that it may quote."""
    frame = extract_tb(error.__traceback__)[-1]
    module = frame.filename.replace("\\", "/").rpartition("/")[2]
    return (
        f"the fold failed ({type(error).__name__} in {module}, line {frame.lineno}); the ticket stays as it was: please report it"
    )
