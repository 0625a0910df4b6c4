"""The real application of `firstreply serve` on a port of its own, for the length of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Thread
from typing import Any

import msgspec
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from agents.serve.acting import Record
from agents.serve.application import build
from agents.serve.settings import ServeSettings
from agents.serve.site import Site
from pipeline.engine import Topic
from pipeline.signals import AlertAction


def reread(site: Site) -> Record:
    """Return a writer of acts whose site has read them back at once."""

    async def record(action: AlertAction) -> None:
        site.view.take(Topic.ALERT_ACTIONS, action.alert_id.encode(), msgspec.json.encode(action))

    return record


@asynccontextmanager
async def serving(site: Site, settings: ServeSettings | None = None) -> AsyncIterator[TestClient[Any, Any]]:
    """Serve a site."""
    async with TestClient(TestServer(build(site, settings or ServeSettings(), reread(site)))) as client:
        yield client


def visit(site: Site, look: Callable[[TestClient[Any, Any]], Awaitable[None]], settings: ServeSettings | None = None) -> None:
    """Serve a site while `look` looks at it."""

    async def main() -> None:
        async with serving(site, settings) as client:
            await look(client)

    asyncio.run(main())


class Following:
    """Reads server-sent events from a response."""

    def __init__(self, response: ClientResponse) -> None:
        """Take a response whose headers have come."""
        self._response = response

    async def event(self, *names: str) -> tuple[str, str, str]:
        """Return kind, id and data of the next event of one of these kinds."""
        while True:
            kind, identity, data = "", "", ""
            while line := (await asyncio.wait_for(self._response.content.readline(), 10)).decode().rstrip("\n"):
                field, _, value = line.partition(": ")
                kind = value if field == "event" else kind
                identity = value if field == "id" else identity
                data = value if field == "data" else data
            if kind in names:
                return kind, identity, data
            if self._response.content.at_eof():
                raise EOFError


@contextmanager
def served_aside(site: Site, settings: ServeSettings | None = None) -> Iterator[str]:
    """Serve a site from a thread of its own, for clients that block; yields the address."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = TestServer(build(site, settings or ServeSettings(), reread(site)), loop=loop)
    try:
        asyncio.run_coroutine_threadsafe(server.start_server(), loop).result(30)
        yield str(server.make_url("")).rstrip("/")
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
