"""Hands changes to every open board: numbered, kept for those who come back, and never waiting for the slowest."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Final, NamedTuple

from agents.serve import events
from agents.serve.site import Site

PUBLISH_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 2.0
KEPT: Final = 256
"""Events kept for those who come back."""
BUFFER: Final = 32
"""Events that a slow reader may be behind; then it gets a snapshot in place of them."""


class Sent(NamedTuple):
    """One numbered event of one tenant."""

    number: int
    tenant: str
    data: bytes


class Subscription:
    """One open board."""

    def __init__(self, hub: Hub, tenants: frozenset[str] | None) -> None:
        """See these tenants; `None`: all."""
        self.tenants = tenants
        self.resyncs = 0
        """How often it was too slow."""
        self.pending: deque[Sent] = deque()
        self.needs_snapshot = True
        self._hub = hub
        self._wake = asyncio.Event()

    def put(self, sent: Sent) -> None:
        """Add an event; beyond the bound, all of them are dropped and everything is sent anew."""
        if self.tenants is not None and sent.tenant not in self.tenants:
            return
        if self.needs_snapshot:
            return  # it will be in there
        if len(self.pending) >= BUFFER:
            self.resyncs += 1
            self._hub.resyncs += 1
            self.begin_anew()
        else:
            self.pending.append(sent)
        self._wake.set()

    def begin_anew(self) -> None:
        """Send everything instead of what is pending."""
        self.pending.clear()
        self.needs_snapshot = True
        self._wake.set()

    def end(self) -> None:
        """Let the stream end."""
        self._wake.set()

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield bytes to send until the hub closes: a heartbeat at least every two seconds."""
        while not self._hub.closed:
            self._wake.clear()
            if self.needs_snapshot:
                self.needs_snapshot = False
                yield self._hub.snapshot(self.tenants)
            while self.pending:
                yield self.pending.popleft().data
            yield events.heartbeat(self._hub.site)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._wake.wait()


class Hub:
    """Numbers changes and hands them out."""

    def __init__(self, site: Site, boot: str) -> None:
        """Send what `site` shows; `boot` names this process in event ids, whose numbers begin again with it."""
        self.site = site
        self.closed = False
        self.resyncs = 0
        self.number = 0
        self._boot = boot
        self._kept: deque[Sent] = deque(maxlen=KEPT)
        self._boards: set[Subscription] = set()
        self._snapshot: tuple[int, bytes] | None = None

    @contextlib.contextmanager
    def subscribed(self, tenants: frozenset[str] | None, last: str) -> Iterator[Subscription]:
        """Open a board that has seen the events up to the id `last`; empty or unknown: none of them."""
        self.publish()  # or what a snapshot holds would come a second time
        board = Subscription(self, tenants)
        missed = self._missed(last)
        if missed is not None:
            board.needs_snapshot = False
            for sent in missed:
                if tenants is None or sent.tenant in tenants:
                    board.pending.append(sent)
        self._boards.add(board)
        self.site.streams += 1
        try:
            yield board
        finally:
            self._boards.discard(board)
            self.site.streams -= 1

    def publish(self) -> None:
        """Hand out what has changed since the last call."""
        changes = self.site.view.drain()
        if not changes:
            return
        self._snapshot = None
        if changes.anew:
            self._kept.clear()
            self.number += 1
            for board in self._boards:
                board.begin_anew()
            return
        for tenant, update in events.updates(self.site, changes.levels, changes.alerts).items():
            self.number += 1
            sent = Sent(self.number, tenant, events.event("update", update, self._id()))
            self._kept.append(sent)
            for board in self._boards:
                board.put(sent)

    def snapshot(self, tenants: frozenset[str] | None) -> bytes:
        """Return everything as an event. That of all tenants is made once for all who ask for it."""
        if tenants is not None:
            return events.event("snapshot", events.snapshot(self.site, tenants), self._id())
        if self._snapshot is None or self._snapshot[0] != self.number:
            self._snapshot = (self.number, events.event("snapshot", events.snapshot(self.site, None), self._id()))
        return self._snapshot[1]

    async def run(self) -> None:
        """Publish for ever."""
        while True:
            await asyncio.sleep(PUBLISH_SECONDS)
            self.publish()

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        for board in self._boards:
            board.end()

    def _id(self) -> str:
        return f"{self._boot}-{self.number}"

    def _missed(self, last: str) -> list[Sent] | None:
        """Return what came after an event; `None` where that cannot be known any more."""
        boot, _, digits = last.rpartition("-")
        if boot != self._boot or not digits.isdecimal() or len(digits) > 15:
            return None
        number = int(digits)
        oldest = self._kept[0].number if self._kept else self.number + 1
        if number > self.number or number + 1 < oldest:
            return None
        return [sent for sent in self._kept if sent.number > number]
