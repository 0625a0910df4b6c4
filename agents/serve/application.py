"""The whole application: routes, middleware, and the task that hands changes to open boards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import cache
from typing import Final

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from agents.serve import files
from agents.serve.access import Door
from agents.serve.acting import Record, acting
from agents.serve.docspage import docs_page
from agents.serve.figures import Figures
from agents.serve.http import Front, answer, answering, guarded, problems, secure, tagged
from agents.serve.hub import Hub
from agents.serve.openapi import document
from agents.serve.operations import BASE, OPERATIONS
from agents.serve.settings import Scope, ServeSettings
from agents.serve.site import Site
from agents.serve.stream import following

_BODY_BYTES: Final = 16_384
_BRIEFLY: Final = "private, max-age=60"


def build(site: Site, settings: ServeSettings, record: Record) -> web.Application:
    """Return the application that shows a site; `record` writes what people do about alerts."""
    hub = Hub(site, boot=f"{site.clock.now_ms():x}")
    front = Front(site, Door(settings), Figures(hub))
    application = web.Application(middlewares=[problems], client_max_size=_BODY_BYTES)
    application.add_routes(web.get(BASE + operation.path, answering(front, operation)) for operation in OPERATIONS)
    application.add_routes(
        [
            web.get(f"{BASE}/stream", guarded(front, "followBoard", following(hub, settings.streams))),
            web.post(f"{BASE}/alerts/{{id}}/actions", guarded(front, "actOnAlert", acting(site, record), Scope.ACT)),
            *_descriptions(site.version),
            *_probes(site, front.figures),
            *files.routes(files.read_all()),
        ]
    )
    application.on_response_prepare.append(secure)

    async def publishing(_application: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def close(_application: web.Application) -> None:
        hub.close()  # an open stream would hold the server back

    application.cleanup_ctx.append(publishing)
    application.on_shutdown.append(close)
    return application


@cache
def _page(version: str) -> bytes:
    return docs_page(document(version)).encode()


def _descriptions(version: str) -> list[web.RouteDef]:
    """Return the routes of what is no secret: what can be asked."""
    described, page = document(version), _page(version)

    async def openapi(request: web.Request) -> web.StreamResponse:
        return answer(request, described, cache=_BRIEFLY)

    async def docs(request: web.Request) -> web.StreamResponse:
        return tagged(request, page, "text/html; charset=utf-8", cache=_BRIEFLY)

    return [web.get("/openapi.json", openapi), web.get("/docs", docs)]


def _probes(site: Site, figures: Figures) -> list[web.RouteDef]:
    """Return the routes for supervisors and Prometheus: no token, and no number of the centre."""

    async def livez(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="the event loop answers\n", headers={"Cache-Control": "no-store"})

    async def readyz(_request: web.Request) -> web.StreamResponse:
        connected = site.reading.connected(site.clock.now_ms())
        ready = connected and site.reading.caught_up
        text = "caught up" if ready else "still reading the topics" if connected else "the broker does not answer"
        return web.Response(status=200 if ready else 503, text=text + "\n", headers={"Cache-Control": "no-store"})

    async def metrics(request: web.Request) -> web.StreamResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = encode(figures.registry)
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return [web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)]
