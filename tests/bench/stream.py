"""What every contender reads: a seeded day of a large support centre, 2 % of its events half an hour late."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from agents.configuration import load
from agents.settings import Settings
from agents.simulator.centre import CENTRE
from agents.simulator.disorder import Disorder
from agents.simulator.simulation import simulate
from pipeline.codec import encode
from pipeline.events import Event
from pipeline.identity import ticket_key

CONFIG = Path(__file__).with_name("bench.toml")
MONDAY_MS = 1_767_589_200_000
"""2026-01-05 06:00 in Berlin: the first tickets of the day come."""
_EVENTS_PER_TICKET = 7.7
_HOURS = 14
_MOST_MS = 5 * 86_400_000


class Told(NamedTuple):
    """One record of the log."""

    timestamp: int
    key: bytes
    value: bytes


@cache
def settings() -> Settings:
    """Return the configuration of the bench: ten policies of five targets."""
    return load(CONFIG)


def events(count: int, seed: int = 7) -> list[tuple[int, Event]]:
    """Return (arrival, ms, event) in the order of arrival: always `count` of them, over about half a day."""
    tickets_per_hour = sum(queue.tickets_per_hour for queue in CENTRE.queues)
    scale = max(1.0, count / _EVENTS_PER_TICKET / _HOURS / tickets_per_hour)
    disorder = Disorder(delayed=0.02, delay_ms=1_800_000)
    centre = msgspec.structs.replace(CENTRE.scaled(scale), disorder=disorder)
    return list(itertools.islice(simulate(centre, seed, MONDAY_MS, _MOST_MS), count))


def log(count: int, end_ms: int | None = None, seed: int = 7) -> Iterator[Told]:
    """Yield the records of a log; with `end_ms` the last one arrives then, as if the centre had been watched until now."""
    told = events(count, seed)
    shift_ms = 0 if end_ms is None else end_ms - told[-1][0]
    for arrival, event in told:
        at = event.ingested_at
        moved = msgspec.structs.replace(
            event, occurred_at=event.occurred_at + shift_ms, ingested_at=None if at is None else at + shift_ms
        )
        yield Told(arrival + shift_ms, ticket_key(event.tenant, event.ticket_id), encode(moved))
