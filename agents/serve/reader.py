"""Reads the compacted topics into the view, for as long as the server runs, and never gives up.

Every server reads everything and commits nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agents.followers.follower import Follower, Positions, following
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN
from agents.partitions.effects import epoch_of
from agents.partitions.failstop import ConfigurationError, UnavailableError
from agents.serve.site import Site
from pipeline.engine import Topic

log = logging.getLogger(__name__)

_AGAIN_SECONDS: Final = 2.0
_SILENCE_SECONDS: Final = 15.0
"""A broker that has not answered for so long is connected to anew."""


class SiteReader:
    """Keeps a site's view up to date."""

    def __init__(self, access: BrokerAccess, topics: Mapping[str, Topic], site: Site) -> None:
        """Read `topics`, by their names on the broker."""
        self._access = access
        self._topics = dict(topics)
        self._site = site
        self._positions: Positions = {}
        self._said = ""

    async def run(self) -> None:
        """Read until cancelled; wait for topics that nobody has made yet, go on where the broker was lost."""
        while True:
            try:
                async with following(self._access, self._topics, positions=self._positions) as follower:
                    await self._follow(follower)
            except ConfigurationError as error:
                self._answered()
                self._warn(f"{error}; waiting for them")
            except (UnavailableError, *BROKEN) as error:
                self._warn(f"the topics cannot be read ({type(error).__name__}: {error}); trying again")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self, follower: Follower) -> None:
        self._said = ""
        self._answered()
        reading = self._site.reading
        while True:
            self._take(await follower.fetch())
            reading.caught_up = reading.caught_up or await follower.caught_up()
            self._look(follower)

    def _take(self, records: Iterable[Any]) -> None:
        counts = self._site.reading.records
        for record in records:
            topic = self._topics[record.topic]
            taken = self._site.take(topic, record.key or b"", record.value, record.timestamp, epoch_of(record.headers))
            counts[taken] = counts.get(taken, 0) + 1

    def _look(self, follower: Follower) -> None:
        """Note when the broker answered last, which it does several times a second, records or none.

        Raises:
            ConnectionError: it has not answered for long.

        """
        reading = self._site.reading
        reading.answered_at = max(reading.answered_at, follower.answered_at())
        if self._site.clock.now_ms() - reading.answered_at > _SILENCE_SECONDS * 1_000:
            raise ConnectionError("the broker is silent")

    def _answered(self) -> None:
        self._site.reading.answered_at = self._site.clock.now_ms()

    def _warn(self, what: str) -> None:
        if what != self._said:
            log.warning("%s", what)
        self._said = what
