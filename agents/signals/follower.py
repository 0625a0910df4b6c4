"""Reads the compacted topics into a board, and goes on reading."""

from __future__ import annotations

from collections.abc import Callable

from agents.followers.follower import following
from agents.partitions.access import BrokerAccess
from agents.partitions.effects import epoch_of
from agents.settings import TopicSettings
from agents.signals.figures import SignalFigures
from agents.topics import name_of
from pipeline.routing.board import TOPICS, RoutingBoard


class BoardFollower:
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
            KafkaError, OSError: the broker failed for good.

        """
        async with following(self._access, self._by_name) as follower:
            while True:
                if not self.caught_up and await follower.caught_up():
                    self.caught_up = True
                    self._figures.caught_up.set(1)
                    self._tell()
                records = await follower.fetch()
                self.steps += 1
                for record in records:
                    topic, epoch = self._by_name[record.topic], epoch_of(record.headers)
                    self._board.take(topic, record.key or b"", record.value, record.timestamp, epoch)
                self._figures.records.inc(len(records))
                if records and self.caught_up:
                    self._tell()
