"""How many people a queue takes now: for what goes on coming, and to get rid of who waits already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipeline.staffing.deferred import done_ms, due_need
from pipeline.staffing.erlang import mean_waiting
from pipeline.staffing.required import Traffic, kept_ppm, least
from pipeline.staffing.terms import Asks, Terms

_PPM = 1_000_000
_NEVER_MS = 1 << 50


class Waiting(NamedTuple):
    """Customers of one channel who wait for a first reply."""

    channel: str
    due_ms: int
    """In how long they should have been taken; 0 or less: overdue."""
    contacts: int


class Sizing(NamedTuple):
    """What it takes."""

    steady: int
    """For what goes on coming."""
    with_backlog: int
    """And for who waits, until the backlog is gone."""
    backlog: int
    """Live customers who wait beyond what is normal at the steady number, and those elsewhere who are overdue."""
    kept_ppm: int
    """Share of live customers whom those who are there take in time."""
    done_ms: int | None
    """How long those who are there take for the backlog; `None`: it grows."""


class Flow(NamedTuple):
    """What came to a queue over a stretch of time, ms, by channel."""

    queue: str
    contacts: Mapping[str, int]
    period_ms: int


def sizing(terms: Terms, flow: Flow, waiting: Iterable[Waiting], here: int, clear_ms: int) -> Sizing:
    """Size a queue at which so many are there; live customers who wait are to be gone after `clear_ms`.

    Channels whose handling time nobody has said are left out.
    """
    queue, contacts, period_ms = flow
    asked = [(one, asks) for one in waiting if (asks := terms.of(queue, one.channel)) is not None]
    came = [(number, asks) for channel, number in sorted(contacts.items()) if (asks := terms.of(queue, channel)) is not None]
    live_ms, later_ms = (sum(number * asks.effort_ms for number, asks in came if asks.live is live) for live in (True, False))
    steady = terms.need(queue, contacts, period_ms, later_ms)
    pooled = terms.pooled(queue, contacts, period_ms)
    normal = 0 if pooled is None else int(mean_waiting(pooled[0].erlangs, steady)) + here
    live = [(one.contacts, asks.effort_ms) for one, asks in asked if asks.live]
    there = sum(number for number, _ in live)
    excess = max(0, there - normal)
    excess_ms = sum(number * effort_ms for number, effort_ms in live) * excess // there if there else 0
    overdue = [(one.contacts, asks.effort_ms) for one, asks in asked if not asks.live and one.due_ms <= 0]
    backlog_ms = excess_ms + sum(number * effort_ms for number, effort_ms in overdue)
    by_due = _due(asked, came, later_ms, period_ms, terms)
    return Sizing(
        steady=steady,
        with_backlog=max(
            steady + -(-excess_ms * _PPM // (clear_ms * terms.occupancy_ppm)),
            by_due + least(live_ms, period_ms, terms.deferred_ppm),
        ),
        backlog=excess + sum(number for number, _ in overdue),
        kept_ppm=_PPM if pooled is None else kept_ppm(*pooled, here),
        done_ms=done_ms(backlog_ms, Traffic(live_ms + later_ms, period_ms, 1), here, terms.deferred_ppm),
    )


def _due(
    asked: Iterable[tuple[Waiting, Asks]], came: Iterable[tuple[int, Asks]], later_ms: int, period_ms: int, terms: Terms
) -> int:
    """Return what work that may wait takes by its due dates: in milliseconds of work, so that channels add up."""
    due = [(one.due_ms, one.contacts * asks.effort_ms) for one, asks in asked if not asks.live]
    promised_ms = min((asks.within_ms for _, asks in came if not asks.live), default=_NEVER_MS)
    return due_need(due, Traffic(later_ms, period_ms, 1), promised_ms, terms.deferred_ppm)
