"""Brings what changed to Redis. The stream never waits for it: what is pending is a set of queues, whatever Redis does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from agents.clock import Clock
from agents.signals.figures import SignalFigures
from agents.signals.store import FAILURES, SignalStore, Written
from pipeline.routing.board import RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal

logger = logging.getLogger(__name__)

_AT_ONCE = 100
"""Signals in one round trip."""
_LOOK_SECONDS = 1.0
"""How often Redis is asked whether it still has what was written."""
_ALONE_SECONDS = 0.1
"""So long after a write, what changed without a service level waits for one: deadlines move with every few tickets."""
_BACKOFF_SECONDS = (0.1, 2.0)


class Publisher:
    """Writes what changed, and everything again when Redis comes back or was emptied."""

    def __init__(
        self, board: RoutingBoard, store: SignalStore, clock: Clock, figures: SignalFigures, pause_seconds: float
    ) -> None:
        """Write nothing yet."""
        self._board = board
        self._store = store
        self._clock = clock
        self._figures = figures
        self._pause_seconds = pause_seconds
        self._pending: set[Queue] = set()
        self._woken = asyncio.Event()
        self._pressed = asyncio.Event()
        self._looked_at = self._began = 0.0
        self._lost = "connected"
        """Why everything has to be written again; empty where it has not."""
        self.failure = "has not been asked yet"
        """What Redis, or the way to it, said last; empty while all is well."""

    def wake(self) -> None:
        """Note that the board has something new."""
        self._woken.set()
        if self._board.has_levels:
            self._pressed.set()

    async def run(self) -> None:
        """Write until cancelled."""
        least, most = _BACKOFF_SECONDS
        backoff = least
        while True:
            try:
                await self._round()
            except FAILURES as error:
                await self._failed(error)
                await asyncio.sleep(backoff)
                backoff = min(most, backoff * 2)
                continue
            backoff = least
            if not self._pending:
                await self._rest()

    async def _rest(self) -> None:
        """Wait for something new; what comes right after a round waits for more, what comes later does not."""
        await _set_or_time(self._woken, _LOOK_SECONDS)
        await _set_or_time(self._pressed, self._began + _ALONE_SECONDS - time.monotonic())
        await asyncio.sleep(max(0.0, self._began + self._pause_seconds - time.monotonic()))

    async def _round(self) -> None:
        """Look whether Redis has kept what it got, and write what is pending."""
        self._began = time.monotonic()
        self._woken.clear()  # what comes while this round writes wakes the next
        self._pressed.clear()
        self._pending |= self._board.changed()
        if not self._lost and time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = time.monotonic()
            self._lost = "emptied" if await self._store.emptied() else ""
        if self._lost:
            await self._store.begin()
            self._figures.reasserted.labels(self._lost).inc()
            self._pending |= self._board.queues()
            self._lost = ""
            self._looked_at = time.monotonic()
        await self._write()
        if self.failure:
            logger.info("Redis answers: %d signals are current", len(self._board.queues()))
            self.failure = ""
        self._figures.redis_up.set(1)

    async def _write(self) -> None:
        while self._pending:
            batch = sorted(self._pending)[:_AT_ONCE]
            signals = [signal for queue in batch if (signal := self._board.signal(queue)) is not None]
            current = [signal for signal in signals if signal.expires_at > self._clock.now_ms()]
            if current:
                began = time.perf_counter()
                self._count(await self._store.write(current), current)
                self._figures.write_seconds.observe(time.perf_counter() - began)
            self._figures.writes.labels("expired").inc(len(signals) - len(current))
            self._pending.difference_update(batch)
            self._show()

    def _count(self, done: Written, signals: list[RoutingSignal]) -> None:
        self._figures.writes.labels("written").inc(done.written)
        self._figures.writes.labels("refused").inc(done.refused)
        if done.refused:
            logger.warning("%d signals refused: a writer that knows more is at work", done.refused)
        if done.written:
            self._figures.as_of.set(max(signal.as_of for signal in signals) / 1_000)
            self._figures.written_at.set(self._clock.now_ms() / 1_000)

    async def _failed(self, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}"
        if not self.failure or self.failure.partition(":")[0] != type(error).__name__:
            logger.warning("Redis cannot be written (signals expire until it can): %s", told)
        self.failure = told
        self._lost = "connected"
        self._figures.redis_up.set(0)
        self._figures.writes.labels("failed").inc(len(self._pending))
        self._show()
        await self._store.disconnect()

    def _show(self) -> None:
        self._figures.pending.set(len(self._pending))
        self._figures.queues.set(len(self._board.queues()))
        self._figures.tickets.set(len(self._board.deadlines))
        self._figures.unreadable.set(self._board.unreadable)
        self._figures.let_go.set(self._board.deadlines.let_go)


async def _set_or_time(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), max(0.0, seconds))
