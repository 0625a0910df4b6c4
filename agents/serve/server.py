"""The process of `firstreply serve`: reads the topics, answers HTTP, ends on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from collections.abc import Callable
from functools import partial

from aiohttp import web

from agents.alertlog import record
from agents.clock import Clock, SystemClock
from agents.connection import access_to
from agents.serve.application import build
from agents.serve.reader import Reader
from agents.serve.settings import ServeSettings
from agents.serve.site import Site
from agents.settings import Delivery, Settings
from agents.topics import name_of
from agents.web import ListenError
from pipeline import __version__
from pipeline.routing.board import RoutingBoard
from pipeline.view.state import READ, View

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


def reader_of(settings: Settings, site: Site) -> Reader:
    """Return what reads the topics of these settings into a site."""
    topics = {name_of(topic, settings.topics): topic for topic in READ}
    transactions = settings.delivery is not Delivery.AT_LEAST_ONCE
    return Reader(access_to(settings.broker), topics, site, transactions=transactions)


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is told the address once it can be opened.

    Raises:
        ListenError: the address cannot be listened on.
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    site = site_of(settings)
    reading = asyncio.create_task(reader_of(settings, site).run())
    runner = web.AppRunner(
        build(site, settings.serve, partial(record, settings)), access_log=None, shutdown_timeout=_GOODBYE_SECONDS
    )
    try:
        address = await listen(runner, settings.serve)
        announce(address)
        await _until_told(reading)
    finally:
        await runner.cleanup()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


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


async def _until_told(reading: asyncio.Task[None]) -> None:
    """Return on SIGTERM or SIGINT; pass on what ends the reading, which nothing should."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    done, _ = await asyncio.wait({waiting, reading}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if reading in done:
        reading.result()
