"""The customers engine: reads `contacts`, keeps a row per customer, adds to `panes` what depends on more than one ticket.

Live, what is told counts at once. In event time it waits until every ticket partition has passed its tick, so that what
leaves depends on the log alone; then this partition, too, says how far it has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.config import Domain
from pipeline.customers import change
from pipeline.customers import row as rows
from pipeline.customers.batch import Batch, key_of
from pipeline.customers.contact import SCHEMA, ContactRecord, Kind
from pipeline.customers.row import CustomerRow
from pipeline.engine import Effects, Record, Row, TimeMode
from pipeline.metrics import Metric
from pipeline.published import Published
from pipeline.reasons import Reason
from pipeline.refusal import refusal
from pipeline.tickets import telling
from pipeline.tickets.timers import Timers
from pipeline.waiting import Waiting
from pipeline.windows.rows import RowType

BOUND = 2_000
"""Rows and records of one transaction, about."""
_META = b"\x01meta"
_CUSTOMER = b"c"


class _Meta(msgspec.Struct, array_like=True):
    """What the partition itself remembers. Append with a default, never reorder."""

    sequence: int = 0
    now: int = 0
    marked: int = 0
    counts: dict[str, int] = {}


class CustomersEngine:
    """The customers of one `contacts` partition. Implements `pipeline.engine.Engine`."""

    def __init__(
        self, domain: Domain, partition: int, sources: int, time: TimeMode = TimeMode.LIVE, panes_partitions: int = 1
    ) -> None:
        """Start empty; `sources` ticket partitions write into `contacts`.

        Raises:
            ValueError: measures of customers are not configured.

        """
        if domain.customers is None:
            raise ValueError("there is no [domain.customers]")
        self._model = domain.customers
        self._domain = domain
        self._partition = partition
        self._source = sources + partition
        """Beside the ticket partitions among those that write into `panes`."""
        self._panes_partitions = panes_partitions
        self._live = time is TimeMode.LIVE
        self._waiting = Waiting(sources, max(1, domain.event_tick), ContactRecord)
        self._rest: dict[bytes, bytes] = {}
        self._timers = Timers()
        self._meta = _Meta()
        self._counts: Counter[str] = Counter()
        self._decode = msgspec.msgpack.Decoder(ContactRecord).decode

    def restore(self, rows_read: Iterable[Row]) -> None:
        """Take up rows; customers are decoded when they are touched."""
        for key, value in rows_read:
            kind = key[:1]
            if key == _META:
                self._meta = msgspec.msgpack.decode(value, type=_Meta)
                self._counts = Counter(self._meta.counts)
            elif kind == RowType.BUFFERED.value:
                self._waiting.read_record(key, value)
            elif kind == RowType.SOURCE.value:
                self._waiting.read_source(key, value)
            else:
                self._rest[key[1:]] = value
                if due := rows.due_of(value):
                    self._timers.schedule(key[1:], due)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Apply what ticket partitions say. In event time this runs the ticks that every source has passed."""
        effects = Effects()
        batch = self._batch(effects)
        for record in records:
            said = self._read(record, effects)
            if said is None:
                continue
            if not self._live:
                self._waiting.put(said, effects.rows, holds=said.kind is not Kind.PASSED)
            elif said.kind is not Kind.PASSED:
                self._meta.now = max(self._meta.now, said.tick)
                self._take(batch, said, self._meta.now)
        if not self._live:
            return self._advance(effects)
        return self._finish(batch, effects, self._meta.now)

    def tick(self, now_ms: int) -> Effects:
        """Live: drop what is past its retention, a bounded number of customers at a time. Event time: go on."""
        effects = Effects()
        if not self._live:
            return self._advance(effects)
        if now_ms < self._meta.now:
            return effects
        self._meta.now = now_ms
        batch = self._batch(effects)
        effects.more = self._expire(batch, now_ms, BOUND) >= BOUND
        return self._finish(batch, effects, now_ms)

    def next_due(self) -> int | None:
        """Return when something may be dropped; in event time the log itself says, unless there is more to do."""
        if self._live:
            return self._timers.next_due()
        tick = self._waiting.next_tick()
        return tick if tick is not None and tick <= self._waiting.passed() else None

    def published(self) -> Published:
        """Show how many customers are kept, and how many records became what."""
        partition = str(self._partition)
        return Published(
            as_of=self._meta.now,
            values={
                Metric.CUSTOMERS_TRACKED: {(partition,): len(self._rest)},
                Metric.CONTACTS: {(partition, name): count for name, count in self._counts.items()},
            },
        )

    def _advance(self, effects: Effects) -> Effects:
        """Run ticks, in order, up to the time that every source has passed, or to the bound."""
        passed = self._waiting.passed()
        while (tick := self._waiting.next_tick()) is not None and tick <= passed:
            if len(effects.rows) + len(effects.emits) >= BOUND:
                effects.more = True
                break
            batch = self._batch(effects)
            self._meta.now = tick
            for said in self._waiting.pop(tick, effects.rows):
                self._take(batch, said, tick)
            self._finish(batch, effects, tick)
        self._waiting.written()
        if not effects.more and passed > self._meta.now:
            batch = self._batch(effects)
            effects.more = self._expire(batch, passed, BOUND) >= BOUND
            self._finish(batch, effects, passed)
            self._meta.now = self._meta.now if effects.more else passed
        if not effects.more and passed > self._meta.marked:
            self._meta.marked = passed
            for partition in range(self._panes_partitions):
                self._meta.sequence += 1
                effects.emits.append(telling.marker(partition, self._source, self._meta.sequence, passed))
        self._write_meta(effects)
        return effects

    def _batch(self, effects: Effects) -> Batch:
        return Batch(self._domain, self._model, effects)

    def _take(self, batch: Batch, said: ContactRecord, tick_ms: int) -> None:
        key = key_of(said)
        touched = batch.touched.get(key)
        if touched is None:
            touched = batch.begin(key, said.tenant, self._row(key))
            if 0 < change.due(touched.row, self._model) <= tick_ms:
                batch.drop(key, tick_ms)  # whether or not its timer has come up yet
        batch.take(said, touched, tick_ms)

    def _row(self, key: bytes) -> CustomerRow:
        data = self._rest.get(key)
        return CustomerRow() if data is None else rows.decode(data)

    def _expire(self, batch: Batch, now_ms: int, limit: int) -> int:
        """Drop what is due by `now_ms`; return how many customers were looked at."""
        looked = 0
        while looked < limit:
            while self._timers.minute_is_next(now_ms):
                for key in self._timers.open_minute():
                    if due := rows.due_of(self._rest.get(key, bytes(9))):
                        self._timers.schedule(key, due)
            popped = self._timers.pop(now_ms)
            if popped is None:
                break
            key = popped[1]
            due = rows.due_of(self._rest.get(key, bytes(9)))
            if not due or key in batch.touched:
                continue
            if due > now_ms:
                self._timers.schedule(key, due)
                continue
            batch.begin(key, key.partition(b":")[0].decode(), self._row(key))
            batch.drop(key, now_ms)
            looked += 1
        return looked

    def _finish(self, batch: Batch, effects: Effects, tick_ms: int) -> Effects:
        ledgers = batch.flush()
        for key, touched in batch.touched.items():
            if len(touched.row.contacts) > change.MOST_CONTACTS:
                batch.drop(key, tick_ms)
            self._put(key, touched.row, effects)
        for tenant in sorted(ledgers):
            for portion in telling.portions(ledgers[tenant].leaves()):
                self._meta.sequence += 1
                effects.emits.append(telling.additions(tenant, self._source, self._meta.sequence, tick_ms, portion))
        self._counts.update(batch.counts)
        if self._live:
            self._write_meta(effects)
        return effects

    def _put(self, key: bytes, row: CustomerRow, effects: Effects) -> None:
        if row.empty:
            if self._rest.pop(key, None) is not None:
                effects.rows[_CUSTOMER + key] = None
            else:
                effects.rows.pop(_CUSTOMER + key, None)
            return
        due = change.due(row, self._model)
        effects.rows[_CUSTOMER + key] = self._rest[key] = rows.encode(row, due)
        if due:
            self._timers.schedule(key, due)

    def _write_meta(self, effects: Effects) -> None:
        if effects.rows or effects.emits or effects.dead_letters:
            self._meta.counts = dict(self._counts)
            effects.rows[_META] = msgspec.msgpack.encode(self._meta)

    def _read(self, record: Record, effects: Effects) -> ContactRecord | None:
        """Return what a record says; `None` once it has become a dead letter."""
        value = record.value or b""
        try:
            said = self._decode(value)
        except msgspec.DecodeError:
            wrong = "not what a ticket partition tells of contacts; is something else writing into this topic?"
        else:
            if said.schema == SCHEMA:
                return said
            wrong = f"contacts of schema {said.schema}; this version reads {SCHEMA}"
        effects.dead_letters.append(refusal(record, Reason.WRONG_SHAPE if value else Reason.EMPTY, wrong))
        return None
