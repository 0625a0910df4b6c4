"""A queue at work: first come, first served by a number of responders that changes with time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from math import inf

import numpy as np

from tests.evaluate.channels import Floats


def served(arrivals: Floats, handling: Floats, slots_at: Callable[[float], int], cuts: Iterable[float]) -> Floats:
    """Return when each ticket is picked up; `inf`: never. `cuts` are the times at which `slots_at` may change."""
    picked = np.full(len(arrivals), inf)
    came, took = arrivals.tolist(), handling.tolist()
    waiting: deque[int] = deque()
    busy: list[float] = []
    changes = list(cuts)
    heapify(changes)
    slots, following, count = slots_at(0.0), 0, len(came)
    while changes or following < count:
        now = min(came[following] if following < count else inf, busy[0] if busy else inf, changes[0] if changes else inf)
        if busy and busy[0] == now:
            heappop(busy)
        elif changes and changes[0] == now:
            slots = slots_at(heappop(changes))
        else:
            waiting.append(following)
            following += 1
        while waiting and len(busy) < slots:
            ticket = waiting.popleft()
            heappush(busy, now + took[ticket])
            picked[ticket] = now
    return picked
