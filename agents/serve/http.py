"""The way of a request: security headers, who asks, what is asked, and an answer with an ETag or a problem document."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from agents.serve.access import Caller, Door
from agents.serve.figures import Figures
from agents.serve.operations import BASE, Operation
from agents.serve.problems import CONTENT_TYPE, Problem, ProblemKind, Refused, problem, refusal
from agents.serve.queries import read
from agents.serve.settings import Scope
from agents.serve.site import Site

log = logging.getLogger(__name__)

SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_KINDS: Final = {
    404: ProblemKind.NOT_FOUND,
    405: ProblemKind.METHOD_NOT_ALLOWED,
    413: ProblemKind.TOO_LARGE,
}
_WHERE: Final = "/docs lists what can be asked"

_encode = msgspec.json.Encoder().encode
Handle: TypeAlias = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Front:
    """What every handler needs."""

    site: Site
    door: Door
    figures: Figures


def guarded(front: Front, name: str, handle: Handle, scope: Scope = Scope.READ) -> Handler:
    """Return a handler that lets callers in who may, and counts."""

    async def enter(request: web.Request) -> web.StreamResponse:
        began, status = time.perf_counter(), 500
        try:
            caller = front.door.enter(
                request.headers.get(hdrs.AUTHORIZATION), request.host, request.remote or "", front.site.clock.now_ms()
            )
            _check_scope(caller, scope)
            response = await handle(request, caller)
            status = response.status
        except Refused as refused:
            status = refused.problem.status
            raise
        else:
            return response
        finally:
            front.figures.observe(name, status, time.perf_counter() - began)

    return enter


def _check_scope(caller: Caller, scope: Scope) -> None:
    if scope not in caller.scopes:
        raise refusal(ProblemKind.FORBIDDEN, f"The token has no scope {scope}.", f"add {scope} to its scopes")


def answering(front: Front, operation: Operation) -> Handler:
    """Return the handler of an operation."""

    async def handle(request: web.Request, caller: Caller) -> web.StreamResponse:
        if operation.waits:
            _check_current(front.site)
        path = read(list(request.match_info.items()), operation.path_type)
        query = read(list(request.query.items()), operation.query_type)
        return answer(request, operation.handle(front.site, caller, path, query))

    return guarded(front, operation.id, handle, operation.scope)


def _check_current(site: Site) -> None:
    """Refuse to answer from half a log: the newest word may not have been read yet.

    Raises:
        Refused: 503.

    """
    if not site.reading.caught_up:
        how = "follow your static rules, and ask again"
        raise refusal(ProblemKind.UNAVAILABLE, "The topics are still being read.", how, retry_after_seconds=2)


def answer(request: web.Request, body: object, *, cache: str = "private, no-cache") -> web.Response:
    """Return JSON with an ETag, or 304 where the caller has it."""
    return tagged(request, _encode(body), "application/json", cache=cache)


def tagged(request: web.Request, data: bytes, content_type: str, *, cache: str) -> web.Response:
    """Return bytes with an ETag, or 304."""
    tag = blake2b(data, digest_size=12).hexdigest()
    headers = {hdrs.ETAG: f'"{tag}"', hdrs.CACHE_CONTROL: cache, hdrs.VARY: "Authorization, Accept-Encoding"}
    if any(given.value in (tag, "*") for given in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    response = web.Response(body=data, headers=headers | {hdrs.CONTENT_TYPE: content_type})
    if len(data) > 1_024:
        response.enable_compression()
    return response


def refuse(what: Problem) -> web.Response:
    """Return a problem document."""
    headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store"}
    if what.status == 401:
        headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="firstreply"'
    if what.retry_after_seconds:
        headers[hdrs.RETRY_AFTER] = str(what.retry_after_seconds)
    return web.Response(status=what.status, body=_encode(what), headers=headers)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal and every mistake of ours into a problem document."""
    try:
        return await handler(request)
    except Refused as refused:
        return refuse(refused.problem)
    except web.HTTPMethodNotAllowed as error:
        response = refuse(
            problem(ProblemKind.METHOD_NOT_ALLOWED, "", f"allowed here: {', '.join(sorted(error.allowed_methods))}")
        )
        response.headers[hdrs.ALLOW] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refuse(problem(_KINDS.get(error.status, ProblemKind.BAD_REQUEST), "", _WHERE))
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("a request of %s failed", BASE)  # the path may name a ticket
        return refuse(problem(ProblemKind.INTERNAL, "The log of the server says more.", "report it, with that log"))


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every response, also to a stream before it begins."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
