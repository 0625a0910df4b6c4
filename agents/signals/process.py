"""The process `firstreply signals`: follower, publisher, metrics and health, until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from typing import Any

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from agents.clock import Clock, SystemClock
from agents.connection import access_to
from agents.exporter import process_registry
from agents.health import Verdict
from agents.lifetime import run_until, told_to_end
from agents.partitions.failstop import ConfigurationError
from agents.settings import Settings
from agents.signals.figures import SignalFigures
from agents.signals.follower import BoardFollower
from agents.signals.publisher import Publisher
from agents.signals.store import SignalStore
from agents.web import WebServer, check_handler
from pipeline.routing.board import RoutingBoard

logger = logging.getLogger(__name__)
_PATIENCE_MS = 60_000


class SignalsProcess:
    """Everything that the process is made of, not started."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Put it together.

        Raises:
            ConfigurationError: a TLS file holds no usable certificate or key.

        """
        own = settings.signals
        self._clock = clock or SystemClock()
        self._registry = process_registry()
        figures = SignalFigures(self._registry)
        self._board = RoutingBoard(settings.time, depth=own.depth, most_tickets=own.most_tickets)
        self._store = SignalStore(settings.redis, own.fence_expiry)
        self.publisher = Publisher(self._board, self._store, self._clock, figures, own.pause / 1_000)
        try:
            access = access_to(settings.broker)
        except ssl.SSLError as error:
            msg = f"a file of broker.tls holds no usable certificate or key: {error.reason or error}"
            raise ConfigurationError(msg) from error
        self._began = asyncio.Event()
        self.follower = BoardFollower(access, settings.topics, self._board, figures, self._told)
        self._seen = (-1, self._clock.now_ms())
        routes = [
            web.get("/metrics", _metrics_handler(self._registry)),
            web.get("/livez", check_handler(self.live)),
            web.get("/readyz", check_handler(self.ready)),
        ]
        self.web = WebServer(routes, host=own.metrics_host, port=own.metrics_port)

    def live(self) -> Verdict:
        """Tell whether reading goes on."""
        now = self._clock.now_ms()
        steps, since = self._seen
        if self.follower.steps != steps:
            self._seen = (self.follower.steps, now)
            return Verdict(ok=True, reason="reads")
        stands = now - since
        return Verdict(stands <= _PATIENCE_MS, f"the broker was asked for more {stands // 1_000} s ago")

    def ready(self) -> Verdict:
        """Tell whether signals in Redis are kept current."""
        if not self.follower.caught_up:
            return Verdict(ok=False, reason="reads what has been said so far")
        if self.publisher.failure:
            return Verdict(ok=False, reason=f"Redis: {self.publisher.failure}")
        return Verdict(ok=True, reason=f"keeps {len(self._board.queues())} signals current")

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises:
            FatalError: the broker is away or lacks a topic.
            agents.web.ListenError: the address of `/metrics` is taken.

        """
        told = told_to_end()
        await self.web.start()
        try:
            await run_until(told, self.follower.run(), self._publish())
        finally:
            with contextlib.suppress(Exception):  # it may be away: that must not keep us
                await self._store.close()
            await self.web.stop()

    def _told(self) -> None:
        self._began.set()
        self.publisher.wake()

    async def _publish(self) -> None:
        """Write nothing before everything that was said is known: an old value must not be written over a new one."""
        await self._began.wait()
        logger.info("caught up: %d queues, %d open tickets", len(self._board.queues()), len(self._board.deadlines))
        await self.publisher.run()


def _metrics_handler(registry: CollectorRegistry) -> Any:
    async def handle(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(",".join(request.headers.getall(hdrs.ACCEPT, [])))
        return web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})

    return handle
