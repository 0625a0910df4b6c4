"""The queues of the evaluation: six volumes, their channels and the shape of a week. Time unit: minutes from Monday 00:00."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HOUR, DAY, WEEK = 60.0, 1440.0, 10080.0
WEEKS, WARM_WEEKS = 8, 3
"""Weeks simulated, and how many of them are there to learn from."""
Floats = NDArray[np.float64]
Hours = tuple[float, float]
"""Opening hours, Monday to Friday: from, until."""


class Channel(NamedTuple):
    """Reply time (median, minutes; spread of its log), handling time (mean, minutes; spread of its log), chats at a time."""

    name: str
    reply_median: float
    reply_spread: float
    handling_mean: float
    handling_spread: float
    at_a_time: int = 1


EMAIL = Channel("email", 45.0, 1.0, 12.0, 0.9)
MESSAGING = Channel("messaging", 8.0, 0.85, 9.0, 0.8)
CHAT = Channel("chat", 2.0, 0.75, 10.0, 0.7, 2)
VOLUMES: dict[float, Channel] = {0.2: EMAIL, 1: EMAIL, 5: MESSAGING, 20: MESSAGING, 60: CHAT, 200: CHAT}
"""Tickets an hour."""

_DAY = [
    0.25,
    0.2,
    0.18,
    0.18,
    0.2,
    0.25,
    0.4,
    0.7,
    1.1,
    1.7,
    1.8,
    1.7,
    1.4,
    1.4,
    1.6,
    1.7,
    1.6,
    1.4,
    1.1,
    1.0,
    0.8,
    0.6,
    0.45,
    0.35,
]
_WEEKEND = 0.55


class Week(NamedTuple):
    """By hour of the week: the load, what the rota plans for, and how much slower replies are."""

    load: Floats
    planned: Floats
    slower: Floats


def week() -> Week:
    """Return the week that every queue has: a Monday peak that is not fully planned for, slow nights and weekends."""
    load = np.concatenate([np.array(_DAY) * (_WEEKEND if day >= 5 else 1.0) for day in range(7)])
    load[8:12] *= 1.35
    load /= load.mean()
    planned = load.copy()
    planned[8:12] /= 1.10
    night = np.array([2.0 if hour < 7 else 1.5 if hour == 7 else 1.4 if hour >= 21 else 1.0 for hour in range(24)])
    slower = np.concatenate([night * (1.3 if day >= 5 else 1.0) for day in range(7)])
    return Week(load, planned, slower)


def is_open(at: float, hours: Hours | None) -> bool:
    """Return whether a queue is open."""
    if hours is None:
        return True
    return int(at // DAY) % 7 < 5 and hours[0] * HOUR <= at % DAY < hours[1] * HOUR


def next_open(at: float, hours: Hours) -> float:
    """Return when a queue is next open."""
    while not is_open(at, hours):
        day = at // DAY * DAY
        before = int(day // DAY) % 7 < 5 and at < day + hours[0] * HOUR
        at = day + hours[0] * HOUR if before else day + DAY
    return at
