"""The demo's own work while broker and worker run: play the story, read what the pipeline says, show it, and prove it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from agents.demo import story
from agents.demo.proof import Proof
from agents.demo.screen import ROWS, Display, Picture
from agents.demo.signals import Signals, follow
from agents.eventlog import Arrival, chunked
from agents.partitions.access import BrokerAccess
from agents.replay import Pace, Progress, replay
from agents.settings import Settings
from agents.topics import name_of
from pipeline.config import MINUTE_MS
from pipeline.engine import Topic

_LEARNING = "learning what is usual, from the same hours of last week"
_REFRESH_SECONDS = 0.25
_SCRAPE_SECONDS = 1.0
_CATCH_UP_SECONDS = 180.0
_CAUGHT_UP_MS = 3 * MINUTE_MS
"""So far behind the live part the newest service level may be: nothing has to happen in every minute."""
_GRACE_SECONDS = 10.0
"""After the end, what has been played may still be under way."""


class TooSlowError(RuntimeError):
    """The worker did not get through the history in time."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How the demo is to be performed."""

    speed: float
    seconds: float | None
    """End by itself after so long a live part; `None`: never."""
    seed: int


class Ensemble(Protocol):
    """The processes that a performance needs."""

    @property
    def bootstrap(self) -> str:
        """The broker's address."""

    @property
    def transactions(self) -> bool:
        """Whether the broker has transactions."""

    def check(self) -> None:
        """Raise where one has ended by itself.

        Raises:
            ChildFailedError: it has.

        """

    def metrics(self) -> str:
        """Return `/metrics` of all workers, one after the other.

        Raises:
            OSError: one does not answer.

        """


class Performance:
    """One demo, from the first event to the last picture."""

    def __init__(
        self,
        terms: Terms,
        settings: Settings,
        ensemble: Ensemble,
        display: Display,
    ) -> None:
        """Take what has been started."""
        self.proof = Proof()
        self.history_seconds = 0.0
        self._terms = terms
        self._settings = settings
        self._ensemble = ensemble
        self._display = display
        self._client: dict[str, Any] = {"bootstrap_servers": ensemble.bootstrap}
        self._signals = Signals()
        self._played = 0
        self._progress = Progress()
        self._phase = ""
        self._live_at: float | None = None

    async def run(self, before: list[Arrival], live: Iterator[Arrival]) -> None:
        """Perform until the time is over, or until cancelled.

        Raises:
            ChildFailedError: a process ended by itself.
            ReplayError: the broker did not take the events.
            TooSlowError: the history took too long.

        """
        reading = follow(BrokerAccess(bootstrap=self._ensemble.bootstrap), self._settings.topics, self._signals)
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(work) for work in (reading, self._show(), self._scrape())]
                await self._history(before)
                await self._live(live)
                for task in beside:
                    task.cancel()
        except ExceptionGroup as group_of_one:
            raise group_of_one.exceptions[0] from group_of_one
        finally:
            self._display.show(self._picture())

    async def _history(self, before: list[Arrival]) -> None:
        """Play the past as fast as it goes, and wait until the worker is through with it."""
        began = time.monotonic()
        self._phase = _LEARNING
        reach = story.LIVE_MS - before[-1].at_ms
        await self._play(chunked(before), Pace(until_after_ms=reach))
        while self._signals.as_of < story.LIVE_MS - _CAUGHT_UP_MS:
            self._phase = f"{_LEARNING}, {story.learnt_percent(self._signals.as_of)} %"
            if time.monotonic() - began > _CATCH_UP_SECONDS:
                msg = f"the worker did not get through {len(before):,} events of history in {_CATCH_UP_SECONDS:.0f} s"
                raise TooSlowError(msg)
            await asyncio.sleep(_REFRESH_SECONDS)
        self.history_seconds = time.monotonic() - began

    async def _live(self, live: Iterator[Arrival]) -> None:
        """Play on at the chosen speed until the time is over."""
        terms = self._terms
        self._phase = f"live: a minute of the centre in {60 / terms.speed:.2g} s"
        self._live_at = time.monotonic()
        pace = Pace(speed=terms.speed, clock_every_ms=self._settings.domain.event_tick)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(terms.seconds):
                await self._play(chunked(live, 50), pace)
        deadline = time.monotonic() + _GRACE_SECONDS
        while not self.proof.complete and time.monotonic() < deadline:  # noqa: ASYNC110 - three observers complete it
            await asyncio.sleep(_REFRESH_SECONDS)

    async def _play(self, arrivals: Any, pace: Pace) -> None:
        self._played += self._progress.records
        self._progress = Progress()
        topic = name_of(Topic.TICKET_EVENTS, self._settings.topics)
        able = self._ensemble.transactions
        await replay(self._client, topic, arrivals, pace=pace, progress=self._progress, idempotent=able)

    async def _show(self) -> None:
        while True:
            self._ensemble.check()
            picture = self._picture()
            if self._live_at is not None:
                self.proof.look_at_alerts(picture.alerts, time.monotonic() - self._live_at)
            self._display.show(picture)
            await asyncio.sleep(_REFRESH_SECONDS)

    async def _scrape(self) -> None:
        """Look at `/metrics` as Prometheus does; a scrape that fails is tried again."""
        while True:
            if self._live_at is not None and not self.proof.complete:
                with contextlib.suppress(OSError):
                    self.proof.look_at_metrics(await asyncio.to_thread(self._ensemble.metrics))
            await asyncio.sleep(_SCRAPE_SECONDS)

    def _picture(self) -> Picture:
        terms, signals = self._terms, self._signals
        levels = signals.levels()
        left = None
        if terms.seconds is not None and self._live_at is not None:
            left = max(0.0, terms.seconds - (time.monotonic() - self._live_at))
        return Picture(
            phase=self._phase,
            live=self._live_at is not None,
            now_ms=signals.as_of,
            events=self._played + self._progress.records,
            levels=levels,
            alerts=signals.alerts(),
            waiting=signals.waiting(ROWS),
            breaches=signals.breaches(ROWS),
            left_seconds=left,
        )
