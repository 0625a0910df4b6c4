"""Responders: how many a queue has at a time, and the desk where customers wait for one of them."""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import TYPE_CHECKING

from agents.simulator.centre import HOUR_MS, QueueProfile, load
from agents.simulator.manners import MANNERS, work_ms

if TYPE_CHECKING:
    from agents.simulator.simulation import Life

_CATCH_UP_HOURS = 3
"""What came while a queue was closed is planned into so many first hours of its day."""
_CATCH_UP_LIMIT = 1.0
"""... but no more than so many times those hours' own work: Mondays begin behind."""


class Work:
    """One reply that somebody must write. A life yields it and is given the responder's name, or `None`: nobody in time."""

    __slots__ = ("busy_ms", "done", "life", "live", "patience_ms", "queue")

    def __init__(self, queue: str, busy_ms: int, *, live: bool = False, patience_ms: int = 0) -> None:
        """Ask for a responder of `queue` for `busy_ms`; give up after `patience_ms`, if it is not 0."""
        self.queue = queue
        self.busy_ms = busy_ms
        self.live = live
        self.patience_ms = patience_ms
        self.done = False
        self.life: Life | None = None


class Desk:
    """A queue: first in, first out, those who sit and wait before the others; and the responders who are there."""

    __slots__ = ("_away", "_free", "_later", "_live", "busy", "capacity", "name")

    def __init__(self, name: str) -> None:
        """Open a desk with nobody at it."""
        self.name = name
        self.capacity = 0
        self.busy = 0
        self._live: deque[Work] = deque()
        self._later: deque[Work] = deque()
        self._free: list[int] = []
        self._away = 0

    def put(self, work: Work) -> None:
        """Let a customer wait."""
        (self._live if work.live else self._later).append(work)

    def take(self) -> tuple[Work, int] | None:
        """Return the next customer and the number of the responder who picks them up, or `None`."""
        if self.busy >= self.capacity:
            return None
        for waiting in (self._live, self._later):
            while waiting:
                work = waiting.popleft()
                if not work.done:
                    work.done = True
                    self.busy += 1
                    return work, self._responder()
        return None

    def release(self, responder: int) -> None:
        """Take a responder back."""
        self.busy -= 1
        heapq.heappush(self._free, responder)

    def _responder(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._away += 1
        return self._away


def plan(profile: QueueProfile) -> tuple[int, ...]:
    """Return the planned number of responders for each hour of the week."""
    per_ticket = sum(share * work_ms(MANNERS[channel]) for channel, share in profile.channels.items()) / HOUR_MS
    offered = [profile.tickets_per_hour * load(hour) * per_ticket for hour in range(168)]
    catch_up = [0.0] * 168
    waiting = 0.0
    for hour in (*range(168), *range(168)):  # twice round, so that the weekend's work meets Monday
        if not profile.is_open(hour):
            waiting += offered[hour]
        elif waiting:
            for later in range(hour, min(hour + _CATCH_UP_HOURS, 168)):
                catch_up[later] = min(waiting / _CATCH_UP_HOURS, _CATCH_UP_LIMIT * offered[later])
            waiting = 0.0
    return tuple(
        math.ceil((offered[hour] + catch_up[hour]) * profile.spare + math.sqrt(offered[hour])) if profile.is_open(hour) else 0
        for hour in range(168)
    )
