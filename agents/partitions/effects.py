"""From an engine's effects to the records of one transaction, within bounds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import msgspec

from agents.partitions.failstop import ConfigurationError, EngineError
from pipeline.engine import DeadLetter, Effects, Emit, Headers, Topic
from pipeline.partitioning import partition_of

POSITION_KEY = b"\x00position"
"""The runtime's own changelog row; an engine's keys never begin with NUL."""
SCHEMA = 1
EPOCH_HEADER = "epoch"
"""Set on every record that an `at_least_once` run emits: its readers keep the newest epoch only."""
_EPOCH_DIGITS = 19
OVERHEAD_BYTES = 24
"""What a record costs in a batch beside its key, value and headers, at most."""


def epoch_of(headers: Iterable[tuple[str, bytes]]) -> int:
    """Return the epoch in a record's headers; 0 where there is none, or none that we write."""
    found = next((value for name, value in headers if name == EPOCH_HEADER), b"")
    return int(found) if found.isdigit() and len(found) <= _EPOCH_DIGITS else 0


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partition has come; written in every transaction of its changelog."""

    schema: int = SCHEMA
    next_offset: int
    """The source offset that will be applied next."""
    source_partitions: int
    """Partition count of the source when this was written: state is only right for this count."""
    tick_ms: int = 0
    """Time of the last tick, milliseconds since the Unix epoch, UTC: time does not go back over a restart."""
    epoch: int = 0


class Destination(NamedTuple):
    """A logical topic on the broker."""

    name: str
    partitions: int


Entry: TypeAlias = tuple[bytes | None, bytes | None, Headers] | tuple[bytes | None, bytes | None, Headers, int]
"""Key, value and headers of one record to write, and its timestamp, ms, where it has one; plain: there is one for every row."""

Outgoing: TypeAlias = dict[tuple[str, int], list[Entry]]
"""What one transaction writes, by topic name and partition, in order."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much one transaction should write, and how much it may."""

    rows: int = 5_000
    size_bytes: int = 8 << 20
    excess: int = 16
    """A single step that goes beyond a bound makes the next steps smaller; beyond this many times a bound it is a bug."""
    record_bytes: int = 1_000_000
    """The largest key and value together that a broker takes as it is shipped."""


@dataclass(kw_only=True)
class Parcel:
    """The records of one transaction, and how large they are."""

    outgoing: Outgoing = field(default_factory=dict)
    rows: int = 0
    size_bytes: int = 0

    def exceeds(self, bounds: Bounds, times: int = 1) -> bool:
        """Say whether this is more than `times` of what one transaction should carry."""
        return self.rows > bounds.rows * times or self.size_bytes > bounds.size_bytes * times


class Packer:
    """Packs the effects of one source partition."""

    def __init__(self, changelog: tuple[str, int] | None, topics: Mapping[Topic, Destination], bounds: Bounds) -> None:
        """Write rows to `changelog` (topic, partition), or nowhere when it is `None`, and emits to `topics`."""
        self._changelog = changelog
        self._topics = topics
        self._bounds = bounds

    def pack(self, effects: Effects, position: PositionRow, headers: Headers = ()) -> Parcel:
        """Return what to write for `effects`; `headers` are added to every emitted record.

        Raises:
            EngineError: a record that no broker takes, a row under a key of ours, or far more than a transaction should carry.
            ConfigurationError: an emit to a topic that has no name on the broker.

        """
        parcel = Parcel()
        if self._changelog is not None:
            self._rows(parcel, self._changelog, effects, position)
        for emit in effects.emits:
            both = (*emit.headers, *headers) if headers else emit.headers
            stamp = () if emit.timestamp is None else (emit.timestamp,)
            self._put(parcel, self._place(emit), (emit.key, emit.value, both, *stamp))
        for letter in effects.dead_letters:
            place = self._destination(Topic.DEAD_LETTERS)
            entry = (_coordinates(letter), msgspec.json.encode(letter), headers)
            self._put(parcel, (place.name, letter.partition % place.partitions), entry)
        if parcel.exceeds(self._bounds, self._bounds.excess):
            msg = (
                f"the engine wants {parcel.rows} rows and {parcel.size_bytes} bytes in one transaction, more than "
                f"{self._bounds.excess} times the bounds of {self._bounds.rows} rows and {self._bounds.size_bytes} bytes: a tick "
                f"must stop at its bound and say `more`; apply fewer records at a time if it was a batch"
            )
            raise EngineError(msg)
        return parcel

    def _rows(self, parcel: Parcel, changelog: tuple[str, int], effects: Effects, position: PositionRow) -> None:
        """Add the rows. This is the hot path: a row costs a tuple and two lengths."""
        entries: list[Entry] = []
        size = 0
        for key, value in effects.rows.items():
            if not key or key[0] == 0:
                msg = "the engine wrote a row under an empty key or one that begins with NUL; those are the runtime's"
                raise EngineError(msg)
            length = len(key) + (len(value) if value is not None else 0)
            if length > self._bounds.record_bytes:
                raise self._too_large(length, changelog)
            size += length
            entries.append((key, value, ()))
        entries.append((POSITION_KEY, msgspec.json.encode(position), ()))
        parcel.outgoing[changelog] = entries
        parcel.rows += len(entries)
        parcel.size_bytes += size + OVERHEAD_BYTES * len(entries)

    def _put(self, parcel: Parcel, place: tuple[str, int], entry: Entry) -> None:
        key, value, headers = entry[0], entry[1], entry[2]
        size = len(key or b"") + len(value or b"")
        if headers:
            size += sum(len(name) + len(content) for name, content in headers)
        if size > self._bounds.record_bytes:
            raise self._too_large(size, place)
        parcel.outgoing.setdefault(place, []).append(entry)
        parcel.size_bytes += size + OVERHEAD_BYTES

    def _too_large(self, size: int, place: tuple[str, int]) -> EngineError:
        return EngineError(
            f"a record of {size} bytes for {place[0]}[{place[1]}] is larger than a broker takes ({self._bounds.record_bytes}); "
            f"the engine must bound its rows"
        )

    def _place(self, emit: Emit) -> tuple[str, int]:
        destination = self._destination(emit.topic)
        if emit.partition is not None:
            if not 0 <= emit.partition < destination.partitions:
                msg = f"emit to partition {emit.partition} of {destination.name}, which has {destination.partitions}"
                raise EngineError(msg)
            return destination.name, emit.partition
        return destination.name, partition_of(emit.key, destination.partitions) if emit.key is not None else 0

    def _destination(self, topic: Topic) -> Destination:
        try:
            return self._topics[topic]
        except KeyError:
            msg = f"the engine emits to {topic.value!r}, which has no topic on the broker in this stage's configuration"
            raise ConfigurationError(msg) from None


def _coordinates(letter: DeadLetter) -> bytes:
    return f"{letter.topic}:{letter.partition}:{letter.offset}".encode()
