"""Reads `alerts` and `alert-actions` from their beginning and goes on; remembers in the group's offsets what was delivered.

The live set is built anew at every start; the offsets only say which turns every webhook has had, so that a restart repeats
none of them. No other process may read as this group.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close

log = logging.getLogger(__name__)
POLL_MS = 200
_AT_ONCE = 2_000


class TopicReader:
    """A consumer of every partition of some topics."""

    def __init__(self, access: BrokerAccess, places: Mapping[str, int], group: str | None, *, transactions: bool) -> None:
        """Read topics, name -> partitions; with a `group`, its offsets can be asked for and set."""
        self._places = [TopicPartition(name, number) for name, count in places.items() for number in range(count)]
        self._group = group
        self._consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka has no types
            **access.client_options(),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed" if transactions else "read_uncommitted",
        )
        self._ends: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> Self:
        """Connect, stand at the beginning of everything, and note where the ends are now."""
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)
        self._ends = await self._consumer.end_offsets(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await close(self._consumer)

    async def fetch(self, timeout_ms: int = POLL_MS) -> list[Any]:
        """Return what has come, in the order of each partition."""
        fetched = await self._consumer.getmany(timeout_ms=timeout_ms, max_records=_AT_ONCE)
        return [record for records in fetched.values() for record in records]

    async def caught_up(self) -> bool:
        """Say whether everything that stood there at the start has been read."""
        for place, end in list(self._ends.items()):
            if await self._consumer.position(place) >= end:
                del self._ends[place]
        return not self._ends

    async def read_to_end(self, take: Callable[[Any], None]) -> None:
        """Hand over every record up to the ends."""
        while not await self.caught_up():
            for record in await self.fetch():
                take(record)

    async def marks(self, topic: str) -> dict[int, int]:
        """Return, by partition, up to where everything had been delivered when the group last said so."""
        found = {}
        for place in self._places:
            if place.topic == topic and self._group:
                found[place.partition] = await self._consumer.committed(place) or 0
        return found

    async def mark(self, topic: str, marks: Mapping[int, int]) -> bool:
        """Remember up to where everything is delivered; return whether the broker has noted it."""
        offsets = {TopicPartition(topic, partition): offset for partition, offset in marks.items()}
        try:
            await asyncio.wait_for(self._consumer.commit(offsets), 5)
        except (TimeoutError, KafkaError) as error:
            log.warning("the offsets delivered were not noted (%s); a restart now would repeat notices", type(error).__name__)
            return False
        return True


UNREADABLE = BROKEN
"""What reading raises when the broker fails for good."""
