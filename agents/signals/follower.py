"""Reads the compacted topics from their beginning into a board, committed records only, and goes on reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_admin, new_consumer
from agents.partitions.effects import epoch_of
from agents.partitions.failstop import ConfigurationError, UnavailableError
from agents.settings import TopicSettings
from agents.signals.figures import SignalFigures
from agents.topics import APPLY, name_of
from pipeline.routing.board import TOPICS, RoutingBoard

_POLL_MS = 500
_AT_ONCE = 2_000
_START_SECONDS = 15.0


class Follower:
    """Keeps a board up to date; once it has caught up it says so after every step."""

    def __init__(
        self, access: BrokerAccess, topics: TopicSettings, board: RoutingBoard, figures: SignalFigures, tell: Callable[[], None]
    ) -> None:
        """Read nothing yet; `tell` is called when the board has something new."""
        self._access = access
        self._by_name = {name_of(topic, topics): topic for topic in TOPICS}
        self._board = board
        self._figures = figures
        self._tell = tell
        self.caught_up = False
        """Whether the topics have been read to the end that they had at the start."""
        self.steps = 0
        """How often the broker was asked for more: it stands still when reading does."""

    async def run(self) -> None:
        """Read until cancelled.

        Raises:
            ConfigurationError: a topic is missing.
            UnavailableError: no broker answers.

        """
        consumer = new_consumer(self._access, auto_offset_reset="earliest", isolation_level="read_committed")
        try:
            await self._start(consumer)
            await self._follow(consumer, await self._assigned(consumer))
        finally:
            await close(consumer)

    async def _start(self, consumer: Any) -> None:
        try:
            await asyncio.wait_for(consumer.start(), _START_SECONDS)
        except (TimeoutError, *BROKEN) as error:
            msg = f"no broker answers at {self._access.bootstrap}: check the address, and that it is up"
            raise UnavailableError(msg) from error

    async def _assigned(self, consumer: Any) -> dict[TopicPartition, int]:
        """Take every partition; return the ends to reach."""
        parts = await partitions_on(self._access, tuple(self._by_name))
        consumer.assign(parts)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return ends

    async def _follow(self, consumer: Any, ends: dict[TopicPartition, int]) -> None:
        while True:
            if not self.caught_up and await _reached(consumer, ends):
                self.caught_up = True
                self._figures.caught_up.set(1)
                self._tell()
            got = await consumer.getmany(timeout_ms=_POLL_MS if self.caught_up else 50, max_records=_AT_ONCE)
            self.steps += 1
            for part, records in got.items():
                topic = self._by_name[part.topic]
                for record in records:
                    epoch = epoch_of(record.headers)
                    self._board.take(topic, record.key or b"", record.value, record.timestamp, epoch)
                self._figures.records.inc(len(records))
            if got and self.caught_up:
                self._tell()
            await asyncio.sleep(0)


async def _reached(consumer: Any, ends: dict[TopicPartition, int]) -> bool:
    for part, end in list(ends.items()):
        if await consumer.position(part) >= end:
            del ends[part]
    return not ends


async def partitions_on(access: BrokerAccess, names: Sequence[str]) -> list[TopicPartition]:
    """Return every partition of the topics, as the broker has them.

    Raises:
        ConfigurationError: a topic is missing.

    """
    admin = new_admin(access)
    await admin.start()
    try:
        missing = sorted(set(names) - set(await admin.list_topics()))
        if missing:
            msg = f"the broker has no topic {', '.join(missing)}; {APPLY}"
            raise ConfigurationError(msg)
        described = await admin.describe_topics(list(names))
    finally:
        await admin.close()
    return sorted(TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"])
