"""Read a partition's committed state back from its changelog: `read_committed`, from the beginning to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_consumer
from agents.partitions.effects import POSITION_KEY, SCHEMA, PositionRow
from agents.partitions.failstop import ConfigurationError, UnavailableError
from pipeline.engine import Row

_FETCH_BYTES = 8 << 20
_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class SourceBounds:
    """What a partition of the source holds now."""

    first: int
    """Offset of the oldest record that is left."""
    end: int
    """Offset after the newest committed record."""
    partitions: int
    """Partitions of the topic."""


@dataclass(kw_only=True)
class Restored:
    """What a changelog partition held."""

    rows: dict[bytes, bytes] = field(default_factory=dict)
    position: PositionRow | None = None
    read: int = 0
    """Rows read, those since replaced and deleted included."""
    seconds: float = 0.0

    def take_rows(self) -> list[Row]:
        """Hand over the rows and forget them: a million rows need not be held twice."""
        rows, self.rows = self.rows, {}
        return [Row(key, value) for key, value in rows.items()]

    @property
    def rate(self) -> int:
        """Return rows read a second."""
        return round(self.read / self.seconds) if self.seconds else 0


class ChangelogReader:
    """A consumer of its own, outside the group: Faust's recovery has nothing to do."""

    def __init__(self, access: BrokerAccess) -> None:
        """Connect to nothing yet."""
        self._consumer: Any = new_consumer(
            access,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            UnavailableError: the broker cannot be reached.

        """
        try:
            await self._consumer.start()
        except BROKEN as error:
            await close(self._consumer)
            raise UnavailableError("the broker could not be reached to read state back") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await close(self._consumer)

    async def bounds(self, topic: str, partition: int) -> SourceBounds:
        """Return what a partition holds.

        Raises:
            ConfigurationError: there is no such topic or partition.

        """
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        try:
            await self._consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - the public call does not ask the broker
            known = self._consumer.partitions_for_topic(topic) or set()
            if partition not in known:
                msg = f"topic {topic!r} has {len(known)} partitions, without {partition}: `firstreply topics apply` makes topics"
                raise ConfigurationError(msg)
            first = await self._consumer.beginning_offsets([place])
            end = await self._consumer.end_offsets([place])
        except BROKEN as error:
            msg = f"the broker did not tell the bounds of {topic}[{partition}]; `firstreply topics check` says whether it exists"
            raise UnavailableError(msg) from error
        return SourceBounds(first=first[place], end=end[place], partitions=len(known))

    async def read(self, topic: str, partition: int, progress: Callable[[int, int], None]) -> Restored:
        """Read every committed row. `progress` is told the rows read so far and the offsets that are left.

        The end is taken once, at the start: whoever reads has fenced the writer before.
        """
        started = time.monotonic()
        restored = Restored()
        place = TopicPartition(topic, partition)
        end = (await self.bounds(topic, partition)).end
        try:
            await self._consumer.seek_to_beginning(place)
            while (at := await self._consumer.position(place)) < end:
                progress(restored.read, end - at)
                fetched = await self._consumer.getmany(place, timeout_ms=500, max_records=_AT_ONCE)
                _take(restored, fetched.get(place, ()))
        except BROKEN as error:
            msg = f"the broker stopped while {topic}[{partition}] was being read back"
            raise UnavailableError(msg) from error
        raw = restored.rows.pop(POSITION_KEY, None)
        restored.position = _position(raw, topic, partition) if raw is not None else None
        restored.seconds = time.monotonic() - started
        return restored


def _take(restored: Restored, records: Any) -> None:
    rows = restored.rows
    for record in records:
        if record.value is None:
            rows.pop(record.key, None)
        else:
            rows[record.key] = record.value
    restored.read += len(records)


def _position(raw: bytes, topic: str, partition: int) -> PositionRow:
    try:
        row = msgspec.json.decode(raw, type=PositionRow)
    except msgspec.MsgspecError as error:
        msg = f"the position row of {topic}[{partition}] is not ours: another program writes to this topic"
        raise ConfigurationError(msg) from error
    if row.schema > SCHEMA:
        msg = (
            f"the state in {topic}[{partition}] was written by a newer firstreply (position row version {row.schema}, this one "
            f"reads up to {SCHEMA}): run that version"
        )
        raise ConfigurationError(msg)
    return row
