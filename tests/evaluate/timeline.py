"""What happens in a queue, in order, for contenders that are fed with opens and replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.windows.slots import MINUTE_MS
from tests.evaluate.queues import END, Queue
from tests.support.detection.feeding import Wait

MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) // 60
"""Where minute 0 of a simulated queue lies."""


class Reply(NamedTuple):
    at: float
    opened: float
    took: float


def replies(queue: Queue) -> Iterator[Reply]:
    """Yield the first replies in order."""
    ended = sorted((ticket.end, ticket.start) for ticket in queue.tickets if ticket.answered and ticket.end < END)
    return (Reply(end, start, max(end - start, 1 / 60)) for end, start in ended)


def waits(queue: Queue) -> list[Wait]:
    """Return the waits as the pipeline knows them."""
    offset = MONDAY * MINUTE_MS
    return [
        Wait(
            offset + round(ticket.start * MINUTE_MS),
            offset + round(ticket.end * MINUTE_MS) if ticket.end < END else None,
            answered=ticket.answered,
        )
        for ticket in queue.tickets
        if ticket.start < END
    ]
