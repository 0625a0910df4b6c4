"""The process of `firstreply serve`: reads the topics, answers HTTP, ends on SIGTERM."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial

from aiohttp import web

from agents.alertlog import record
from agents.clock import Clock, SystemClock
from agents.connection import access_to
from agents.lifetime import run_until, told_to_end
from agents.serve.application import build
from agents.serve.reader import SiteReader
from agents.serve.settings import ServeSettings
from agents.serve.site import READ, Site
from agents.settings import Settings
from agents.topics import name_of
from agents.web import ListenError
from pipeline import __version__
from pipeline.routing.board import RoutingBoard
from pipeline.view.state import View

_GOODBYE_SECONDS = 2.0


def site_of(settings: Settings, clock: Clock | None = None) -> Site:
    """Return a site that knows nothing yet."""
    signals = settings.signals  # the same bounds as in Redis: one content
    return Site(
        View(settings.serve.window, settings.time),
        clock or SystemClock(),
        __version__,
        settings.domain.zone,
        routing=RoutingBoard(settings.time, depth=signals.depth, most_tickets=signals.most_tickets),
    )


def reader_of(settings: Settings, site: Site) -> SiteReader:
    """Return what reads the topics of these settings into a site."""
    topics = {name_of(topic, settings.topics): topic for topic in READ}
    return SiteReader(access_to(settings.broker), topics, site)


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is told the address once it can be opened.

    Raises:
        ListenError: the address cannot be listened on.
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    site = site_of(settings)
    runner = web.AppRunner(
        build(site, settings.serve, partial(record, settings)), access_log=None, shutdown_timeout=_GOODBYE_SECONDS
    )
    told = told_to_end()
    try:
        announce(await listen(runner, settings.serve))
        await run_until(told, reader_of(settings, site).run())
    finally:
        await runner.cleanup()


async def listen(runner: web.AppRunner, settings: ServeSettings) -> str:
    """Begin to listen, and return the address for people.

    Raises:
        ListenError: with what to do.

    """
    await runner.setup()
    context = _tls(settings)
    try:
        await web.TCPSite(runner, settings.host.strip("[]"), settings.port, ssl_context=context).start()
    except OSError as error:
        where = f"{settings.host}:{settings.port} ({error.strerror})"
        msg = f"cannot listen on {where}; stop what holds it, or set serve.port (0 takes a free one)"
        raise ListenError(msg) from error
    port: int = runner.addresses[0][1]
    host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host
    return f"{'https' if context else 'http'}://{host}:{port}"


def _tls(settings: ServeSettings) -> ssl.SSLContext | None:
    if settings.certificate_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context
