"""Reads the compacted topics from their beginning into the view, for as long as the server runs, and never gives up.

There is no consumer group: every server reads everything, commits nothing and disturbs nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_consumer
from agents.partitions.effects import epoch_of
from agents.serve.site import Site
from pipeline.engine import Topic

log = logging.getLogger(__name__)

_POLL_MS: Final = 250
_AT_ONCE: Final = 500
"""Records taken before others get their turn."""
_FETCH_BYTES: Final = 4 << 20
_AGAIN_SECONDS: Final = 2.0
_SILENCE_SECONDS: Final = 15.0
"""A broker that has not answered for so long is connected to anew."""


class Reader:
    """Keeps a site's view up to date."""

    def __init__(self, access: BrokerAccess, topics: Mapping[str, Topic], site: Site, *, transactions: bool = True) -> None:
        """Read `topics`, by their names on the broker; without `transactions` there is nothing uncommitted to leave out."""
        self._access = access
        self._topics = dict(topics)
        self._site = site
        self._positions: dict[Any, int] = {}
        self._isolation = "read_committed" if transactions else "read_uncommitted"

    async def run(self) -> None:
        """Read until cancelled; go on where the broker was lost."""
        while True:
            try:
                await self._read()
            except BROKEN as error:
                log.warning("the topics cannot be read (%s); trying again", type(error).__name__)
            except asyncio.CancelledError:
                # aiokafka 0.14 cancels its own waiters when a connection breaks: only what others cancel is the end.
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                log.warning("the connection to the broker broke; trying again")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self) -> None:
        consumer = new_consumer(
            self._access,
            isolation_level=self._isolation,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_POLL_MS,
        )
        try:
            await consumer.start()
            places = await self._places(consumer)
            consumer.assign(places)
            for place in places:
                if place in self._positions:
                    consumer.seek(place, self._positions[place])
            ends: dict[Any, int] = await consumer.end_offsets(places)
            self._answered()
            await self._follow(consumer, ends)
        finally:
            await close(consumer)

    async def _places(self, consumer: Any) -> list[Any]:
        """Return every partition of every topic, waiting for topics that nobody has made yet."""
        warned = False
        while True:
            await consumer._client.force_metadata_update()  # noqa: SLF001 - the public calls answer from what was known
            found = {name: consumer._client.cluster.partitions_for_topic(name) for name in self._topics}  # noqa: SLF001
            if all(found.values()):
                return [TopicPartition(name, number) for name, numbers in found.items() for number in sorted(numbers or ())]
            self._answered()
            if not warned:
                missing = ", ".join(name for name, numbers in found.items() if not numbers)
                log.warning("these topics are missing: %s; waiting for them (firstreply topics apply makes them)", missing)
                warned = True
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self, consumer: Any, ends: dict[Any, int]) -> None:
        behind = {place for place, end in ends.items() if end > 0}
        while True:
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
            for place, records in fetched.items():
                self._take(self._topics[place.topic], records)
            for place in fetched:
                self._positions[place] = await consumer.position(place)
            behind = {place for place in behind if await consumer.position(place) < ends[place]}
            self._site.reading.caught_up = self._site.reading.caught_up or not behind
            self._look(consumer, ends)
            await asyncio.sleep(0)

    def _take(self, topic: Topic, records: Any) -> None:
        counts = self._site.reading.records
        for record in records:
            taken = self._site.take(topic, record.key or b"", record.value, record.timestamp, epoch_of(record.headers))
            counts[taken] = counts.get(taken, 0) + 1

    def _look(self, consumer: Any, ends: dict[Any, int]) -> None:
        """Note when the broker answered last, which it does several times a second, records or none.

        Raises:
            ConnectionError: it has not answered for long.

        """
        polled = [at for place in ends if (at := consumer.last_poll_timestamp(place))]
        reading, now_ms = self._site.reading, self._site.clock.now_ms()
        if polled:
            reading.answered_at = max(reading.answered_at, min(polled))
        if reading.answered_at and now_ms - reading.answered_at > _SILENCE_SECONDS * 1_000:
            raise ConnectionError("the broker is silent")

    def _answered(self) -> None:
        self._site.reading.answered_at = self._site.clock.now_ms()
