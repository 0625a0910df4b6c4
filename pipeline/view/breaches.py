"""Which promise breaks next: the running SLA clocks of all tickets by deadline, per queue, and those broken already."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from heapq import merge
from typing import NamedTuple

from pipeline.signals import TicketClocks
from pipeline.view.ordered import Ordered

GONE = "gone"
"""Merged, spam or deleted: nothing is due while it is."""


class Phase(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    """Its deadline lies ahead."""
    BREACHED = "breached"
    """Its deadline has passed and nobody has answered yet."""


class Due(NamedTuple):
    """One clock in the order of deadlines."""

    due_at: int
    """Milliseconds since the Unix epoch, UTC."""
    tenant: str
    ticket_id: str
    measure: str
    instance: int


class QueuePhase(NamedTuple):
    """What has an order of its own."""

    tenant: str
    queue: str
    phase: Phase


class BreachOrder:
    """Keeps the order while tickets change; a change costs the logarithm of what is open."""

    __slots__ = ("_of_ticket", "_orders")

    def __init__(self) -> None:
        """Know no ticket."""
        self._orders: dict[QueuePhase, Ordered[Due]] = {}
        self._of_ticket: dict[bytes, tuple[tuple[QueuePhase, Due], ...]] = {}

    def put(self, key: bytes, ticket: TicketClocks | None) -> None:
        """Replace what is due of a ticket, by its key; `None` forgets it."""
        for place, due in self._of_ticket.pop(key, ()):
            order = self._orders[place]
            order.discard(due)
            if not order:
                del self._orders[place]
        mine = () if ticket is None or ticket.status == GONE else tuple(_dues(ticket))
        for place, due in mine:
            self._orders.setdefault(place, Ordered()).add(due)
        if mine:
            self._of_ticket[key] = mine

    def upcoming(self, phase: Phase, tenants: frozenset[str] | None, queue: str | None, after: Due | None) -> Iterator[Due]:
        """Yield clocks by deadline: of these tenants or all, of one queue or all, after a place in the order."""
        orders = [
            order
            for place, order in self._orders.items()
            if place.phase is phase and (tenants is None or place.tenant in tenants) and (queue is None or place.queue == queue)
        ]
        return merge(*(order.after(after) for order in orders))


def _dues(ticket: TicketClocks) -> Iterator[tuple[QueuePhase, Due]]:
    for clock in ticket.clocks:
        if clock.due_at is not None and clock.state in (Phase.RUNNING, Phase.BREACHED):
            due = Due(clock.due_at, ticket.tenant, ticket.ticket_id, clock.measure.value, clock.instance)
            yield QueuePhase(ticket.tenant, ticket.queue, Phase(clock.state)), due
