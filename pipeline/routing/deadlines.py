"""Which tickets' promises fall due next, per queue: an index over the topic `clocks` that changes by one ticket at a time.

A ticket without an open clock takes no room. A bound holds however many are open: beyond it the furthest deadlines are let go.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from heapq import nlargest
from typing import NamedTuple

from pipeline.routing.signal import Deadline
from pipeline.signals import ClockState, TicketClocks

_LET_GO = 16
"""At the bound, one in so many tickets is let go at once: finding the furthest costs a look at all."""
_BREACHED = "breached"


class Queue(NamedTuple):
    """Whose deadlines."""

    tenant: str
    name: str


class _Held(NamedTuple):
    queue: Queue
    clocks: int
    running: Deadline | None
    breached: Deadline | None

    @property
    def due_at(self) -> int:
        """Return how near the ticket is: a broken promise first, a paused clock last."""
        nearest = self.breached or self.running
        return 1 << 62 if nearest is None else nearest.due_at


class _Lines:
    """One queue's tickets in the order of their deadlines, and how many clocks are open."""

    __slots__ = ("breached", "clocks", "running")

    def __init__(self) -> None:
        self.running: list[Deadline] = []
        self.breached: list[Deadline] = []
        self.clocks = 0


class Deadlines:
    """The index. Not thread-safe."""

    def __init__(self, most_tickets: int = 1_000_000) -> None:
        """Hold at most so many tickets, about 500 bytes each."""
        self._most = max(_LET_GO, most_tickets)
        self._held: dict[bytes, _Held] = {}
        self._lines: dict[Queue, _Lines] = {}
        self.let_go = 0
        """Tickets dropped at the bound since the index began."""

    def __len__(self) -> int:
        """Return how many tickets are held."""
        return len(self._held)

    def take(self, key: bytes, ticket: TicketClocks | None) -> set[Queue]:
        """Take a ticket's newest clocks, `None` for a forgotten one; return the queues whose order changed."""
        before = self._held.pop(key, None)
        after = None if ticket is None else _held(ticket)
        if before == after:
            if before is not None:
                self._held[key] = before
            return set()
        if before is not None:
            self._remove(before)
        if after is not None:
            self._held[key] = after
            self._insert(after)
        changed = {held.queue for held in (before, after) if held is not None}
        if len(self._held) > self._most:
            changed |= self._relieve()
        return changed

    def next(self, queue: Queue, count: int) -> tuple[Deadline, ...]:
        """Return the nearest deadlines that can still be met."""
        return tuple(self._lines[queue].running[:count]) if queue in self._lines else ()

    def overdue(self, queue: Queue, count: int) -> tuple[Deadline, ...]:
        """Return the oldest deadlines that were missed and are still open."""
        return tuple(self._lines[queue].breached[:count]) if queue in self._lines else ()

    def clocks(self, queue: Queue) -> int:
        """Return the number of open clocks."""
        return self._lines[queue].clocks if queue in self._lines else 0

    def _insert(self, held: _Held) -> None:
        lines = self._lines.setdefault(held.queue, _Lines())
        lines.clocks += held.clocks
        if held.running is not None:
            insort(lines.running, held.running)
        if held.breached is not None:
            insort(lines.breached, held.breached)

    def _remove(self, held: _Held) -> None:
        lines = self._lines[held.queue]
        lines.clocks -= held.clocks
        for line, deadline in ((lines.running, held.running), (lines.breached, held.breached)):
            if deadline is not None:
                del line[bisect_left(line, deadline)]
        if not lines.clocks:
            del self._lines[held.queue]

    def _relieve(self) -> set[Queue]:
        furthest = nlargest(max(1, self._most // _LET_GO), self._held, key=lambda key: (self._held[key].due_at, key))
        changed = set()
        for key in furthest:
            held = self._held.pop(key)
            self._remove(held)
            changed.add(held.queue)
        self.let_go += len(furthest)
        return changed


def _held(ticket: TicketClocks) -> _Held | None:
    if not ticket.clocks:
        return None
    running, breached = (min(_deadlines(ticket, broken=broken), default=None) for broken in (False, True))
    return _Held(Queue(ticket.tenant, ticket.queue), len(ticket.clocks), running, breached)


def _deadlines(ticket: TicketClocks, *, broken: bool) -> Iterator[Deadline]:
    for clock in ticket.clocks:
        if clock.due_at is not None and (clock.state == _BREACHED) is broken:
            yield _deadline(ticket, clock, clock.due_at)


def _deadline(ticket: TicketClocks, clock: ClockState, due_at: int) -> Deadline:
    return Deadline(
        due_at=due_at,
        ticket_id=ticket.ticket_id,
        measure=clock.measure,
        priority=ticket.priority,
        channel=ticket.channel,
        assignee=ticket.assignee,
        waiting_since=ticket.waiting_since or 0,
    )
