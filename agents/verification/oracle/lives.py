"""The lives of one ticket: one, or several where it was forgotten in between."""

from __future__ import annotations

from collections.abc import Sequence

from agents.verification.oracle.calendar import OpeningHours
from agents.verification.oracle.facts import DONE, TicketResult
from agents.verification.oracle.order import distinct, out_of_order, sort_key
from agents.verification.oracle.policy import Attributes
from agents.verification.oracle.ticket import Life
from pipeline.config import Domain
from pipeline.events import Event


def tell(domain: Domain, calendars: dict[str, OpeningHours], log: Sequence[Event], until_ms: int) -> TicketResult:
    """Return everything about one ticket, from its events in log order (duplicates and all) and the partition's last time."""
    events, duplicates = distinct(log)
    lives = _lives(domain, sorted(events, key=sort_key))
    results = [_tell_life(domain, calendars, life, until_ms) for life in lives]
    last = results[-1]
    for earlier in results[:-1]:  # forgotten: what it added stands, what was open of it does not
        last.facts += earlier.facts
        last.outcomes += earlier.outcomes
    last.lives = len(results)
    last.duplicates, last.out_of_order = duplicates, out_of_order(events)
    return last


def _lives(domain: Domain, events: list[Event]) -> list[list[Event]]:
    """Cut where a solved ticket was quiet for the reopen horizon: it is forgotten, and what comes later is a resumed ticket."""
    lives: list[list[Event]] = []
    attributes = Attributes(events[0].tenant)
    for event in events:
        quiet = event.occurred_at - lives[-1][-1].occurred_at if lives else 0
        if not lives or (attributes.status in DONE and quiet > domain.reopen_horizon):
            lives.append([])
            attributes = Attributes(event.tenant)
        lives[-1].append(event)
        attributes.apply(event)
    return lives


def _tell_life(domain: Domain, calendars: dict[str, OpeningHours], events: list[Event], until_ms: int) -> TicketResult:
    life = Life(domain, calendars, events)
    for index in range(len(events)):
        life.step(index)
    life.finish(max(until_ms, events[-1].occurred_at))
    return life.result
