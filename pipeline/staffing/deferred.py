"""Work that may wait: mails, tickets, whatever is answered within hours. No queueing theory, only due dates, in whole numbers.

Work is done in the order of its due dates. By each of them, everything due until then must be done: what waits already, and what
will have come since and be due too (processor demand, Liu and Layland 1973 and Baruah, Rosier and Howell 1990).
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.staffing.required import Traffic, least

OCCUPANCY_PPM = 950_000
"""Nobody waits on the line: responders may be busier than where they must be free when it rings."""
OVERDUE_MS = 15 * 60_000
"""What is overdue, or due sooner than this, is to be done within this time: nobody can do it in the past."""
_PPM = 1_000_000


def due_need(waiting: Iterable[tuple[int, int]], traffic: Traffic, promised_ms: int, occupancy_ppm: int = OCCUPANCY_PPM) -> int:
    """Return the least number of responders with whom nothing is late that need not be.

    Args:
        waiting: due in how long, ms (negative: overdue), and how many contacts are.
        traffic: what goes on arriving; each contact is due `promised_ms` after it came.
        promised_ms: how long a contact may wait.
        occupancy_ppm: the part of the time in which a responder is at work on contacts.

    """
    need = least(traffic.work_ms, traffic.period_ms, occupancy_ppm)
    work_ms = 0
    for due_ms, contacts in sorted(waiting):
        work_ms += contacts * traffic.handling_ms
        horizon_ms = max(due_ms, OVERDUE_MS)
        coming = traffic.work_ms * max(0, horizon_ms - promised_ms)
        whole = work_ms * traffic.period_ms + coming
        need = max(need, -(-whole * _PPM // (traffic.period_ms * occupancy_ppm * horizon_ms)))
    return need


def done_ms(waiting: int, traffic: Traffic, responders: int, occupancy_ppm: int = OCCUPANCY_PPM) -> int | None:
    """Return how long so many responders take until nothing of a backlog is left, ms; `None`: it grows.

    The fluid limit: `backlog / (rate of work - rate of arrivals)`.
    """
    backlog_ms = waiting * traffic.handling_ms
    if backlog_ms <= 0:
        return 0
    spare = responders * occupancy_ppm * traffic.period_ms - traffic.work_ms * _PPM
    return None if spare <= 0 else -(-backlog_ms * traffic.period_ms * _PPM // spare)
