"""How long a wait will last, learnt from waits that ended of late and from those that go on.

The product-limit estimator (Kaplan & Meier 1958) with delayed entry (Klein & Moeschberger 2003, section 4.6): a wait counts as
at risk only at the ages that it had inside the period looked at, and one that goes on is censored at its age. So a period in
which nobody is answered makes waits longer, although no reply says so, and answers to very old waits do not pass for the usual.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

HALF, NINE_IN_TEN = 0.5, 0.1
_ALMOST = 1e-9
"""Products of shares such as 9/10 x 8/9 miss their exact value by less."""


class Ended(NamedTuple):
    """Waits that ended inside the period: how long they lasted, how old they were when it began (0: not yet begun), how many."""

    lasted_ms: int
    entered_ms: int
    waits: int


class Outlook(NamedTuple):
    """Durations, ms, that half and nine in ten of the waits will not exceed; `None` where the ends seen do not reach so far."""

    p50_ms: int | None
    p90_ms: int | None


def outlook(ended: Iterable[Ended], waiting_at_age: Callable[[int], int]) -> Outlook:
    """Estimate from waits that ended and `waiting_at_age`: how many who still wait were seen at an age, ms, inside the period."""
    waits = [wait for wait in ended if wait.waits > 0]
    entries = sorted((wait.entered_ms, wait.waits) for wait in waits)
    entered_at = [at for at, _ in entries]
    entered = [0, *accumulate(count for _, count in entries)]
    ends: dict[int, int] = {}
    for wait in waits:
        ends[wait.lasted_ms] = ends.get(wait.lasted_ms, 0) + wait.waits
    left, gone, p50 = 1.0, 0, None
    for age_ms in sorted(ends):
        count = ends[age_ms]
        at_risk = max(count, entered[bisect_left(entered_at, age_ms)] - gone + waiting_at_age(age_ms))
        left *= 1 - count / at_risk
        gone += count
        if p50 is None and left <= HALF + _ALMOST:
            p50 = age_ms
        if left <= NINE_IN_TEN + _ALMOST:
            return Outlook(p50, age_ms)
    return Outlook(p50, None)
