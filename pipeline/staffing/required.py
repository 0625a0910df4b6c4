"""The least number of responders that keeps a promise: from what arrives, how long each takes, and how soon each is to be taken.

What goes in and what comes out are whole numbers; the floats between are the same on every machine (`pipeline.staffing.scaled`).
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.staffing.erlang import blocking, following, within
from pipeline.staffing.impatience import queueing

_PPM = 1_000_000


class Traffic(NamedTuple):
    """Contacts that arrive over a stretch of time, ms, and the time that each takes a responder, ms."""

    contacts: int
    period_ms: int
    handling_ms: int

    @property
    def work_ms(self) -> int:
        """Return the handling time that arrives in the period."""
        return self.contacts * self.handling_ms

    @property
    def erlangs(self) -> float:
        """Return the load."""
        return self.work_ms / self.period_ms


class Promise(NamedTuple):
    """`share_ppm` of customers are taken within `wait_ms`; `patience_ms`: how long one waits on average before leaving."""

    share_ppm: int
    wait_ms: int
    occupancy_ppm: int = 850_000
    """Nobody is to be at work on contacts for more than this part of the time."""
    patience_ms: int | None = None
    """`None`: who waits, waits on (Erlang C)."""


def least(work_ms: int, period_ms: int, occupancy_ppm: int) -> int:
    """Return the least number that does work, ms, which arrives in a period, while nobody is busier than `occupancy_ppm`."""
    return -(-work_ms * _PPM // (period_ms * occupancy_ppm))


def required(traffic: Traffic, promise: Promise) -> int:
    """Return the least number of responders, one contact each at a time, that keeps a promise; 0 where nothing arrives."""
    if traffic.contacts <= 0:
        return 0
    enough = _patient(traffic, promise)
    if promise.patience_ms is not None:
        enough = _impatient(traffic, promise, enough)
    return max(1, enough, least(traffic.work_ms, traffic.period_ms, promise.occupancy_ppm))


def kept_ppm(traffic: Traffic, promise: Promise, responders: int) -> int:
    """Return the share of customers who are taken in time by so many responders, parts per million, rounded down."""
    if traffic.contacts <= 0:
        return _PPM
    return int(_share(traffic, promise, responders) * _PPM)


def _share(traffic: Traffic, promise: Promise, responders: int) -> float:
    wait = promise.wait_ms / traffic.handling_ms
    if promise.patience_ms is None:
        return within(traffic.erlangs, responders, wait)
    return queueing(traffic.erlangs, responders, promise.patience_ms / traffic.handling_ms, wait).within


def _patient(traffic: Traffic, promise: Promise) -> int:
    """Walk up from the least stable number, taking the recursion along: linear in the answer."""
    load, wait, share = traffic.erlangs, promise.wait_ms / traffic.handling_ms, promise.share_ppm / _PPM
    number = traffic.work_ms // traffic.period_ms + 1
    blocked = blocking(load, number)
    while within(load, number, wait, blocked) < share:
        number += 1
        blocked = following(load, number, blocked)
    return number


def _impatient(traffic: Traffic, promise: Promise, enough: int) -> int:
    """Search below what Erlang C asks for, since customers who leave make nobody wait."""
    share = promise.share_ppm / _PPM
    low, high = 0, enough
    while high - low > 1:
        middle = (low + high) // 2
        if _share(traffic, promise, middle) >= share:
            high = middle
        else:
            low = middle
    return high
