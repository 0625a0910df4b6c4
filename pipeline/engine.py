"""What a partition runs: the `Engine` protocol, the records it reads and the effects it returns.

An engine is a plain object that owns the state of one partition. It never asks what time it is and never performs an
effect: whoever drives it (the partition runtime on Kafka, the offline runner on a file) tells the time and carries out
what it returned. The runtime knows nothing else about an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    from pipeline.published import Published

Headers: TypeAlias = Sequence[tuple[str, bytes]]


class TimeMode(StrEnum):
    """What kind of time an engine is told."""

    LIVE = "live"
    """The driver calls `tick` between batches: append time while the partition lags, the wall clock once caught up."""
    EVENT = "event"
    """The log's own timestamps are the clock: `apply` runs the timers due before each record, whatever the batch cuts."""


class Topic(StrEnum):
    """The logical topics; `agents.topics` maps each to its name on the broker, its partitions and its retention."""

    TICKET_EVENTS = "ticket-events"
    PANES = "panes"
    SLA_EVENTS = "sla-events"
    CLOCKS = "clocks"
    SERVICE_LEVELS = "service-levels"
    ALERTS = "alerts"
    ALERT_ACTIONS = "alert-actions"
    DEAD_LETTERS = "dead-letters"
    CONTACTS = "contacts"
    """What a customer-level measure needs to know of each ticket; key tenant:customer, the customer's id as a keyed hash."""
    REPEATS = "repeats"
    """Which contact repeats which, and why; compacted, key tenant:ticket:digest of ticket and customer."""
    RESPONDER_EVENTS = "responder-events"
    RESPONDERS = "responders"
    PRESENCE = "presence"


CUSTOMER_TOPICS = frozenset({Topic.CONTACTS, Topic.REPEATS})
"""Only there when measures of customers are configured."""


class Record(Protocol):
    """One record of the source topic. `aiokafka.ConsumerRecord` satisfies it; so does `LogRecord`."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Append time (or the time that a replay stamped), milliseconds since the Unix epoch, UTC."""
        ...

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """A record that does not come from a broker: offline runs and tests."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Row(NamedTuple):
    """One changelog row read back at restore. Keys that begin with NUL are the runtime's own and never reach an engine."""

    key: bytes
    value: bytes


class Emit(NamedTuple):
    """A record to produce in the batch's transaction."""

    topic: Topic
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    """`None`: by murmur2 of the key, as Kafka's own producers do."""
    headers: Headers = ()
    timestamp: int | None = None
    """Event time, ms, of a record that an engine reads again; `None`: whenever it is written."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why one input record was refused and where it stands; never its payload."""

    reason: str
    """A member of `pipeline.codec.Reason`."""
    detail: str
    """What was wrong, in words, without quoting the input's values."""
    topic: str
    partition: int
    offset: int
    size_bytes: int
    sha256: str
    field: str = ""
    appended_at: int = 0


class Effects(msgspec.Struct, gc=False):
    """What a batch or a tick wants done, as data; carried out in one transaction."""

    rows: dict[bytes, bytes | None] = msgspec.field(default_factory=dict)
    """Changelog rows to write; `None` deletes the row."""
    emits: list[Emit] = msgspec.field(default_factory=list)
    dead_letters: list[DeadLetter] = msgspec.field(default_factory=list)
    more: bool = False
    """`tick` stopped at its bound and has more to do for the same time: commit, then call it again."""

    def add(self, after: Effects) -> None:
        """Take in what is to be done after this, in the same transaction."""
        self.rows.update(after.rows)
        self.emits += after.emits
        self.dead_letters += after.dead_letters
        self.more = after.more


class Engine(Protocol):
    """The state of one partition and what changes it. Not thread-safe; one task drives it.

    An engine changes its state at once. When the transaction of its effects fails, the process ends: the state in the
    changelog is the one that counts.
    """

    def restore(self, rows: Iterable[Row]) -> None:
        """Take up the committed rows of this partition, in any order, before anything else is called."""

    def apply(self, records: Sequence[Record]) -> Effects:
        """Apply records in offset order. Never raises for bad input: bad input becomes dead letters."""

    def tick(self, now_ms: int) -> Effects:
        """Run what is due at or before `now_ms`. Time that goes back is ignored."""

    def next_due(self) -> int | None:
        """Return the earliest time at which `tick` would have something to do, or `None`."""

    def published(self) -> Published:
        """Return what `/metrics` and HTTP may show. The runtime calls it after a commit and shows only that."""
