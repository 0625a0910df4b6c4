"""What a network does to events on their way: copies, delays, and bytes that are no event."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random

import msgspec

from pipeline.codec import encode
from pipeline.events import Event
from pipeline.identity import ticket_key


class Disorder(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of events, 0 to 1, that are disturbed."""

    duplicates: float = 0.0
    """Told twice, the second time after a delay."""
    delayed: float = 0.0
    """Told late, so that they arrive out of order."""
    malformed: float = 0.0
    """Bytes that are no event, beside the events (`lines` only)."""
    delay_ms: int = 120_000
    """Mean delay."""


def disturb(told: Iterator[tuple[int, Event]], disorder: Disorder, seed: int, end_ms: int) -> Iterator[tuple[int, Event]]:
    """Yield (arrival, ms, event) in the order of arrival. Nothing is lost: delays end at `end_ms`."""
    if not (disorder.duplicates or disorder.delayed):
        yield from told
        return
    rng = Random(f"{seed}:disorder")  # noqa: S311 - a simulation
    held: list[tuple[int, int, Event]] = []
    for count, (at, event) in enumerate(told):
        while held and held[0][0] <= at:
            arrival, _, late = heapq.heappop(held)
            yield arrival, late
        chance = rng.random()
        if chance < disorder.duplicates + disorder.delayed:
            arrival = min(at + 1 + int(rng.expovariate(1 / disorder.delay_ms)), max(end_ms, at))
            heapq.heappush(held, (arrival, count, msgspec.structs.replace(event, ingested_at=arrival)))
        if chance < disorder.duplicates or chance >= disorder.duplicates + disorder.delayed:
            yield at, event
    while held:
        arrival, _, late = heapq.heappop(held)
        yield arrival, late


_MALFORMED = (b"", b"{", b"null", b"\xff\xfe", b'{"id":1}', b'{"specversion":"1.0","type":"support.ticket.created"}', b"[" * 200)


def lines(told: Iterator[tuple[int, Event]], disorder: Disorder, seed: int) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Yield (arrival, ms, key, value) as records carry them, with malformed values, whose key is `None`, in between."""
    rng = Random(f"{seed}:malformed")  # noqa: S311 - a simulation
    for arrival, event in told:
        if rng.random() < disorder.malformed:
            yield arrival, None, rng.choice(_MALFORMED)
        yield arrival, ticket_key(event.tenant, event.ticket_id), encode(event)
