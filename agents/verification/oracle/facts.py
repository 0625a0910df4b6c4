"""What the oracle finds about a ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pipeline.config import SlaMeasure
from pipeline.events import Status
from pipeline.measures import Measure, Work

Leaf = tuple[str, ...]
DONE = frozenset({Status.SOLVED, Status.CLOSED})
BUSINESS = {
    Measure.FIRST_REPLY: Measure.FIRST_REPLY_BUSINESS,
    Measure.FIRST_REPLY_RESPONDER: Measure.FIRST_REPLY_RESPONDER_BUSINESS,
    Measure.NEXT_REPLY: Measure.NEXT_REPLY_BUSINESS,
    Measure.FIRST_RESOLUTION: Measure.FIRST_RESOLUTION_BUSINESS,
    Measure.FULL_RESOLUTION: Measure.FULL_RESOLUTION_BUSINESS,
    Measure.PICKUP: Measure.PICKUP_BUSINESS,
    Measure.ABANDONED_AFTER: Measure.ABANDONED_AFTER_BUSINESS,
}
"""Durations, and the same in business hours."""


class Fact(NamedTuple):
    """One observation that stands at the end: a counter's one, an amount, or a duration."""

    measure: Measure
    at_ms: int
    leaf: Leaf
    value: int
    """1, the amount, or the duration in milliseconds."""


class Outcome(NamedTuple):
    """How one SLA clock ended."""

    measure: SlaMeasure
    instance: int
    met: bool
    at_ms: int
    """Where it stands: the deadline (or the change) of a breach, what fulfilled a met clock."""
    policy: str
    policy_version: int
    target_ms: int
    started_at: int
    cause: str
    """deadline, target_changed, reply or solve."""
    leaf: Leaf


class Piece(NamedTuple):
    """One piece of open work."""

    work: Work
    start_ms: int
    leaf: Leaf


class EndedBy(StrEnum):
    """What ended a wait."""

    REPLY = "reply"
    SOLVE = "solve"
    ABANDONED = "abandoned"


class Running(NamedTuple):
    """One SLA clock that has not ended."""

    measure: SlaMeasure
    instance: int
    state: str
    """running, paused, breached."""
    policy: str
    target_ms: int
    started_at: int
    due_at: int | None
    """The deadline; `None` while paused."""


@dataclass
class Wait:
    """A customer waits for a reply."""

    first: bool
    """For the first reply."""
    start_ms: int
    end_ms: int | None = None
    ended_by: EndedBy | None = None
    ended_at: int | None = None
    """Place of the event that ended it, in the order of the life."""


class Stand(NamedTuple):
    """How the ticket stood from a time on."""

    since_ms: int
    leaf: Leaf
    status: Status
    gone: bool


@dataclass
class TicketResult:
    """Everything about one ticket."""

    tenant: str
    ticket_id: str
    resumed: bool
    proactive: bool
    duplicates: int
    out_of_order: int
    facts: list[Fact] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    work: list[Piece] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)
    clocks: list[Running] = field(default_factory=list)
    """Those that are promised something at the end."""
    replies: int = 0
    """Replies in the present life, counted or not."""
    lives: int = 1
    """More than one: it was forgotten in between."""
    last_at: int = 0
    """Its last event, ms."""

    def is_forgotten(self, now_ms: int, horizon_ms: int) -> bool:
        """Return whether the ticket has been quiet for so long that it is not kept any more."""
        last = self.stands[-1]
        return (last.gone or last.status in DONE) and now_ms - self.last_at >= horizon_ms

    def values(self, measure: Measure) -> list[int]:
        """Return the values of one measure in order of time."""
        return [fact.value for fact in sorted(self.facts, key=lambda fact: fact.at_ms) if fact.measure is measure]

    def leaf_at(self, at_ms: int) -> Leaf:
        """Return the leaf in force at a time, after the events of that time; before the first event, the first one's."""
        return next((stand.leaf for stand in reversed(self.stands) if stand.since_ms <= at_ms), self.stands[0].leaf)
