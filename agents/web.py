"""The worker's small HTTP server: `/metrics`, `/livez`, `/readyz`.

It shows numbers and never personal data, and has no login: it listens on loopback unless told otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from mode import Service
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder

from agents.exporter import Exporter, Photograph
from agents.health import Check

log = logging.getLogger(__name__)


class ListenError(Exception):
    """The address cannot be listened on; the message says what to do."""


class _Joined:
    """A collector made of a picture of the pipeline and a registry."""

    def __init__(self, photograph: Photograph, registry: CollectorRegistry) -> None:
        self._photograph = photograph
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        yield from self._photograph.collect()
        yield from self._registry.collect()


def metrics_handler(exporter: Exporter, registry: CollectorRegistry) -> Handler:
    """Serve the pipeline's families and those of `registry`, as Prometheus text or OpenMetrics, whichever is asked for.

    `prometheus_client.aiohttp` renders in the event loop, which the partitions share: thousands of series would hold up
    their ticks. Here the loop takes the picture and a thread renders it, one scrape at a time.
    """
    one_at_a_time = asyncio.Lock()

    async def handle(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(",".join(request.headers.getall(hdrs.ACCEPT, [])))
        async with one_at_a_time:
            body = await asyncio.to_thread(encode, _Joined(exporter.photograph(), registry))
        response = web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})
        response.enable_compression()
        return response

    return handle


def check_handler(check: Check) -> Handler:
    """Answer 200 or 503 with the check's sentence."""

    async def handle(_request: web.Request) -> web.Response:
        verdict = check()
        return web.Response(
            status=200 if verdict.ok else 503, text=verdict.reason + "\n", headers={hdrs.CACHE_CONTROL: "no-store"}
        )

    return handle


class WebServer(Service):
    """Serves while the worker runs: add it to the worker's services, or `start` and `stop` it in any event loop."""

    def __init__(
        self,
        routes: Iterable[web.AbstractRouteDef],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        setting: str = "worker.metrics_port",
    ) -> None:
        """Listen on `host`; port 0 takes a free one, see `port` once started. `setting` is what chose the port."""
        super().__init__()
        self._setting = setting
        self._routes = tuple(routes)
        self._host = host
        self._wanted_port = port
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        """Listen, or raise `ListenError` when the address is taken or not this machine's."""
        application = web.Application()
        application.add_routes(self._routes)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._wanted_port).start()
        except OSError as error:
            await runner.cleanup()
            address = f"{self._host}:{self._wanted_port} ({error.strerror})"
            msg = f"cannot listen on {address}; stop what holds it, or set {self._setting} (0 takes a free one)"
            raise ListenError(msg) from error
        self._runner = runner
        log.info("metrics at http://%s:%d/metrics", self._host, self.port)

    async def on_stop(self) -> None:
        """Stop listening; a scrape under way has a second to finish."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        if self._runner is None:
            raise RuntimeError("the server is not running")
        port: int = self._runner.addresses[0][1]
        return port


def worker_routes(exporter: Exporter, registry: CollectorRegistry, *, live: Check, ready: Check) -> list[web.RouteDef]:
    """Return the pages of a worker."""
    return [
        web.get("/metrics", metrics_handler(exporter, registry)),
        web.get("/livez", check_handler(live)),
        web.get("/readyz", check_handler(ready)),
    ]
