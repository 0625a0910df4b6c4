"""Reads every partition of some topics, and goes on: for the notifier, the signals, the server and the commands alike.

- Every partition that the broker has is read from its beginning, in order, tombstones too, committed records only. Where
  nothing is transactional, everything is committed.
- `caught_up` says that everything has been read that stood there at the start; it counts markers and aborted records as read.
- A broker that goes away and comes back is waited for. What it cannot mend by itself raises: one of `BROKEN`, whoever wants to
  go on connects anew, with `positions`.
- Nobody else is disturbed: no partition is shared, and no offset is committed but by `mark`.
- Leaving takes seconds, whatever the broker does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from aiokafka import TopicPartition

from agents.followers.places import partitions_on
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_consumer
from agents.partitions.failstop import UnavailableError

_POLL_MS: Final = 250
_AT_ONCE: Final = 500
"""Records taken before others get their turn."""
_FETCH_BYTES: Final = 4 << 20
_START_SECONDS: Final = 15.0
_MARK_SECONDS: Final = 5.0

Positions: TypeAlias = dict[TopicPartition, int]
"""By partition, the offset of the next record."""


class Follower:
    """A consumer that stands where it shall begin. Made by `following`."""

    def __init__(self, consumer: Any, ends: Positions, positions: Positions) -> None:
        """Read up to `ends` to be caught up; keep `positions` as it goes."""
        self._consumer = consumer
        self._places = tuple(ends)
        self._behind = dict(ends)
        self._positions = positions

    async def fetch(self) -> list[Any]:
        """Return what has come, in the order of each partition; nothing, if nothing comes for a quarter of a second."""
        await asyncio.sleep(0)  # `getmany` does not let others run while it has records at hand
        fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
        for place, records in fetched.items():
            self._positions[place] = records[-1].offset + 1
        return [record for records in fetched.values() for record in records]

    async def caught_up(self) -> bool:
        """Say whether everything that stood there at the start has been read."""
        for place, end in list(self._behind.items()):
            if await self._consumer.position(place) >= end:
                del self._behind[place]
        return not self._behind

    async def read_to_end(self, take: Callable[[Any], None]) -> None:
        """Hand over every record that stood there at the start."""
        while not await self.caught_up():
            for record in await self.fetch():
                take(record)

    def answered_at(self) -> int:
        """Return when the broker last answered for the partition that it has been silent on the longest, ms; 0 before it did."""
        return min((at for place in self._places if (at := self._consumer.last_poll_timestamp(place))), default=0)

    async def marks(self, topic: str) -> dict[int, int]:
        """Return, by partition, what the group last marked."""
        return {place.partition: await self._consumer.committed(place) or 0 for place in self._places if place.topic == topic}

    async def mark(self, topic: str, marks: Mapping[int, int]) -> None:
        """Commit offsets of the group, by partition.

        Raises:
            KafkaError, OSError: the broker has not noted them, or not in time.

        """
        offsets = {TopicPartition(topic, partition): offset for partition, offset in marks.items()}
        await asyncio.wait_for(self._consumer.commit(offsets), _MARK_SECONDS)


@asynccontextmanager
async def following(
    access: BrokerAccess, names: Iterable[str], *, group: str | None = None, positions: Positions | None = None
) -> AsyncIterator[Follower]:
    """Connect, and stand at the beginning of every partition of the topics, or where `positions` says, which is kept current.

    With a `group`, its offsets can be marked and asked for; they do not say where to begin.

    Raises:
        ConfigurationError: a topic is missing.
        UnavailableError: no broker answers.
        KafkaError, OSError: the broker failed for good, then or later.

    """
    consumer = new_consumer(
        access,
        group_id=group,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=_POLL_MS,
    )
    try:
        try:
            await _start(consumer, access)
            yield await _placed(consumer, await partitions_on(access, tuple(names)), {} if positions is None else positions)
        finally:
            await close(consumer)
    except asyncio.CancelledError as error:
        # aiokafka 0.14 cancels its own waiters when a connection breaks, even in closing: only what others cancel is the end.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("the connection to the broker broke") from error


async def _start(consumer: Any, access: BrokerAccess) -> None:
    try:
        await asyncio.wait_for(consumer.start(), _START_SECONDS)
    except (TimeoutError, *BROKEN) as error:
        msg = f"no broker answers at {access.bootstrap} ({type(error).__name__}): check the address, and that it is up"
        raise UnavailableError(msg) from error


async def _placed(consumer: Any, places: list[TopicPartition], positions: Positions) -> Follower:
    consumer.assign(places)
    for place in places:
        if place in positions:
            consumer.seek(place, positions[place])
    if begin := [place for place in places if place not in positions]:
        await consumer.seek_to_beginning(*begin)
    return Follower(consumer, await consumer.end_offsets(places), positions)
