"""What happens in the demo: a morning of last week, this morning, and from lunch on, live, a queue that nobody answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from agents.eventlog import Arrival
from agents.simulator import CENTRE, Jump, simulate
from pipeline.codec import encode
from pipeline.config import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.events import Event
from pipeline.identity import ticket_key

ZONE = CENTRE.zone
WEEK_MS = 7 * DAY_MS
LAST_WEEK_MS = 1_772_614_800_000
"""Wednesday 2026-03-04, 10:00 in Berlin."""
LAST_WEEK_LENGTH_MS = 7 * HOUR_MS
"""Until 17:00, when the first queue closes."""
THIS_WEEK_MS = LAST_WEEK_MS + WEEK_MS
LIVE_MS = THIS_WEEK_MS + 3 * HOUR_MS
"""Wednesday 2026-03-11, 13:00 in Berlin: all queues are open and busy."""
JUMP_AT_MS = LIVE_MS + 3 * MINUTE_MS
JUMP_QUEUE = "technical"
ALERT_WITHIN_MS = 55 * MINUTE_MS
"""After `LIVE_MS` the alert is to be expected by then, whatever the seed."""
_DAYS = 30
_UNANSWERED = (JUMP_QUEUE, "orders", "billing")
_LAST_WEEK = "L"


def jumps() -> tuple[Jump, ...]:
    """Return what goes wrong this week: nobody answers a queue for an hour, once a day, at the same time."""
    return tuple(
        Jump(
            queue=_UNANSWERED[day % len(_UNANSWERED)],
            at_ms=JUMP_AT_MS - THIS_WEEK_MS + day * DAY_MS,
            duration_ms=HOUR_MS,
            staff_share=0,
        )
        for day in range(_DAYS)
    )


def told(seed: int) -> Iterator[Arrival]:
    """Yield the events of the story in the order of arrival.

    Both Wednesdays begin with an empty centre, and of last week only the tickets that began on Wednesday are told, to their
    end: the same hours of last week are what today is measured against, and the demo starts in seconds.
    """
    this_week = msgspec.structs.replace(CENTRE, jumps=jumps())
    for at_ms, event in begun_before(simulate(CENTRE, 2 * seed, LAST_WEEK_MS, WEEK_MS), LAST_WEEK_MS + LAST_WEEK_LENGTH_MS):
        yield _arrival(at_ms, _of_last_week(event))
    for at_ms, event in simulate(this_week, 2 * seed + 1, THIS_WEEK_MS, _DAYS * DAY_MS):
        yield _arrival(at_ms, event)


def begun_before(events: Iterable[tuple[int, Event]], until_ms: int) -> Iterator[tuple[int, Event]]:
    """Yield the events of tickets whose first event arrived before a time."""
    mine: set[str] = set()
    for at_ms, event in events:
        if at_ms < until_ms:
            mine.add(event.ticket_id)
        if event.ticket_id in mine:
            yield at_ms, event


def _of_last_week(event: Event) -> Event:
    """Return the event of a ticket with another number: both simulations count from one."""
    merged_into = event.merged_into and _LAST_WEEK + event.merged_into
    return msgspec.structs.replace(
        event, id=_LAST_WEEK + event.id, ticket_id=_LAST_WEEK + event.ticket_id, merged_into=merged_into
    )


def split(arrivals: Iterator[Arrival], at_ms: int) -> tuple[list[Arrival], Iterator[Arrival]]:
    """Return what arrives before a time, and the rest."""
    before: list[Arrival] = []
    for arrival in arrivals:
        if arrival.at_ms >= at_ms:
            return before, _chained(arrival, arrivals)
        before.append(arrival)
    return before, iter(())


def learnt_percent(at_ms: int) -> int:
    """Return how much of what is told before `LIVE_MS` lies before a time."""
    last = min(max(0, at_ms - LAST_WEEK_MS), LAST_WEEK_LENGTH_MS)
    this = min(max(0, at_ms - THIS_WEEK_MS), LIVE_MS - THIS_WEEK_MS)
    return 100 * (last + this) // (LAST_WEEK_LENGTH_MS + LIVE_MS - THIS_WEEK_MS)


def _chained(first: Arrival, rest: Iterator[Arrival]) -> Iterator[Arrival]:
    yield first
    yield from rest


def _arrival(at_ms: int, event: Event) -> Arrival:
    return Arrival(at_ms, ticket_key(event.tenant, event.ticket_id), encode(event))
