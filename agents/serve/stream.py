"""`/api/v1/stream`: server-sent events for boards."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiohttp import hdrs, web

from agents.serve.access import Caller
from agents.serve.http import Handle
from agents.serve.hub import Hub
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import StreamQuery, read

_LAST: Final = "Last-Event-ID"
_RETRY: Final = b"retry: 1000\n\n"
_PATIENCE_SECONDS: Final = 15.0
"""A reader that takes nothing for so long is gone."""
_HEADERS: Final = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",  # a proxy that collects first would make it late
}


def following(hub: Hub, most: int) -> Handle:
    """Return the handler of the stream; at most so many boards are open at a time."""

    async def handle(request: web.Request, caller: Caller) -> web.StreamResponse:
        query = read(list(request.query.items()), StreamQuery)
        tenants = caller.narrowed(query.tenant)
        if hub.closed or hub.site.streams >= most:
            how = "close some, or raise serve.streams"
            raise refusal(ProblemKind.UNAVAILABLE, "As many boards are open as may be.", how, retry_after_seconds=10)
        response = web.StreamResponse(headers=_HEADERS)
        last = request.headers.get(_LAST, "")[:100]
        with hub.subscribed(tenants, last) as board, contextlib.suppress(ConnectionResetError, TimeoutError):
            await response.prepare(request)
            await response.write(_RETRY)
            async for data in board.stream():
                await asyncio.wait_for(response.write(data), _PATIENCE_SECONDS)
        return response

    return handle
