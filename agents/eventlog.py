"""Files of ticket events or of responder events, one JSON object a line, and when each event arrived."""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from pipeline.arrival import Arrivals
from pipeline.codec import decode
from pipeline.events import Event, EventType
from pipeline.identity import ticket_key
from pipeline.reasons import Invalid, Skipped
from pipeline.responders.codec import decode as decode_responder
from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.timestamps import LATEST_MS

CHUNK_BYTES = 1 << 18


class UnreadableEventError(ValueError):
    """A line is no event. The message says which line and why, never what it holds."""


class Arrival(NamedTuple):
    """One record to be."""

    at_ms: int
    key: bytes | None
    value: bytes
    everywhere: bool = False
    """A clock record, for every partition."""


class EventLog:
    """Reads lines and finds when each arrived (`pipeline.arrival`)."""

    kind = "ticket"
    """What its lines are events of."""

    def __init__(self, *, since: int | None = None, until: int | None = None, keep_invalid: bool = False) -> None:
        """Keep what arrived in `[since, until)`, ms; refuse lines that are no event unless `keep_invalid`."""
        self._since = since
        self._until = until
        self._keep_invalid = keep_invalid
        self._arrivals = Arrivals()
        self._latest_ms = 0
        self.line = 0
        """Lines read so far."""
        self.invalid = 0

    def read(self, lines: list[bytes]) -> Iterator[Arrival]:
        """Yield the arrivals among further lines.

        Raises:
            UnreadableEventError: a line is no event.

        """
        for line in lines:
            self.line += 1
            value = line.rstrip(b"\r\n")
            if not value:
                continue
            arrival = self._arrival(value)
            if (self._since is None or arrival.at_ms >= self._since) and (self._until is None or arrival.at_ms < self._until):
                yield arrival

    def _arrival(self, value: bytes) -> Arrival:
        found = self._found(value)
        if isinstance(found, Arrival):
            return found
        if not self._keep_invalid:
            why = f"{found.reason}: {found.detail}" if isinstance(found, Invalid) else "its type is unknown"
            msg = f"line {self.line} is no {self.kind} event ({why})"
            raise UnreadableEventError(msg)
        self.invalid += 1
        return Arrival(self._latest_ms, None, value)

    def _found(self, value: bytes) -> Arrival | Invalid | Skipped:
        event = decode(value, appended_at=LATEST_MS)
        if not isinstance(event, Event):
            return event
        self._latest_ms = self._arrivals.stamp(event)
        if event.type is EventType.CLOCK_PASSED:
            return Arrival(self._latest_ms, None, value, everywhere=True)
        return Arrival(self._latest_ms, ticket_key(event.tenant, event.ticket_id), value)


class ResponderLog(EventLog):
    """The same of responder events: each arrived when it occurred, none before the one above it."""

    kind = "responder"

    def _found(self, value: bytes) -> Arrival | Invalid | Skipped:
        event = decode_responder(value, (), appended_at=LATEST_MS, future_skew_ms=0)
        if not isinstance(event, ResponderEvent):
            return event
        self._latest_ms = max(self._latest_ms, event.occurred_at)
        everywhere = event.type is ResponderEventType.CLOCK_PASSED
        return Arrival(self._latest_ms, None if everywhere else event.tenant.encode(), value, everywhere)


async def arrivals(log: EventLog, stream: BinaryIO) -> AsyncIterator[list[Arrival]]:
    """Yield what arrives from a stream, some at a time.

    Raises:
        UnreadableEventError: a line is no event.

    """
    async for lines in chunks(stream):
        yield list(log.read(lines))


async def chunked(told: Iterable[Arrival], size: int = 500) -> AsyncIterator[list[Arrival]]:
    """Yield arrivals that are made here, such as the simulator's, some at a time, and let others run in between."""
    source = iter(told)
    while part := list(itertools.islice(source, size)):
        yield part
        await asyncio.sleep(0)


async def chunks(stream: BinaryIO) -> AsyncIterator[list[bytes]]:
    """Yield whole lines as they come, from a file or from a pipe; a pipe that is silent holds nobody up."""
    rest = b""
    async for data in _pieces(stream):
        lines = (rest + data).split(b"\n")
        rest = lines.pop()
        if lines:
            yield lines
    if rest:
        yield [rest]


async def _pieces(stream: BinaryIO) -> AsyncIterator[bytes]:
    try:
        regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        regular = True  # in memory
    if regular:
        while data := stream.read(CHUNK_BYTES):
            yield data
            await asyncio.sleep(0)
        return
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)
    try:
        while data := await reader.read(CHUNK_BYTES):
            yield data
    finally:
        transport.close()
