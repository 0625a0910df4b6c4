"""One queue's service levels and deadlines, put together as a routing signal. Pure: equal input, equal signal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.config import HOUR_MS, SlaMeasure
from pipeline.measures import Measure, Work
from pipeline.routing.deadlines import Deadlines, Queue
from pipeline.routing.roster import Roster
from pipeline.routing.signal import ChannelFit, RoutingSignal, SlaPressure
from pipeline.signals import ServiceLevel, WindowLevels

_WAITING = (Work.AWAITING_FIRST_REPLY.value, Work.AWAITING_NEXT_REPLY.value)
_PPM = 1_000_000


class Said(NamedTuple):
    """A service level and when the pipeline said it, wall clock, ms."""

    level: ServiceLevel
    at: int


def compose(said: Said, channels: Iterable[ServiceLevel], deadlines: Deadlines, roster: Roster, depth: int) -> RoutingSignal:
    """Return the signal of the queue that `said` is about.

    Args:
        said: the queue's service level.
        channels: the service levels of the queue's channels, in any order.
        deadlines: the open clocks.
        roster: the responders.
        depth: how many tickets each of the two orders names, and how many responders are named.

    """
    level = said.level
    queue = Queue(level.tenant, level.segment["queue"])
    available = roster.available(queue, level.as_of, depth)
    return RoutingSignal(
        tenant=queue.tenant,
        queue=queue.name,
        epoch=level.epoch,
        as_of=level.as_of,
        said_at=said.at,
        expires_at=said.at + level.expires_at - level.as_of,
        waiting=_waiting(level),
        waiting_first=_count(level, Work.AWAITING_FIRST_REPLY),
        oldest_at=min((at for kind in _WAITING if (at := _oldest(level, kind)) is not None), default=None),
        pressure=_pressure(level, deadlines, queue),
        channels=tuple(sorted((_fit(channel) for channel in channels), key=_rank)),
        next_to_breach=deadlines.next(queue, depth),
        overdue=deadlines.overdue(queue, depth),
        deadlines_complete=not deadlines.let_go,
        first_reply_now_ms=level.first_reply_now_ms,
        first_reply_usual_ms=level.first_reply_usual_ms,
        level=None if level.level is None else level.level.level,
        levels=None if level.level is None else level.level.levels,
        expected_wait_ms=None if level.expected_wait is None else level.expected_wait.p50_ms,
        expected_wait_p90_ms=None if level.expected_wait is None else level.expected_wait.p90_ms,
        opening=level.opening,
        staffing=level.staffing,
        available=None if available is None else available.number,
        responders=None if available is None else available.named,
    )


def _count(level: ServiceLevel, kind: Work) -> int:
    work = level.work.get(kind.value)
    return 0 if work is None else work.count


def _oldest(level: ServiceLevel, kind: str) -> int | None:
    work = level.work.get(kind)
    return None if work is None else work.oldest_at


def _waiting(level: ServiceLevel) -> int:
    return sum(level.work[kind].count for kind in _WAITING if kind in level.work)


def _pressure(level: ServiceLevel, deadlines: Deadlines, queue: Queue) -> SlaPressure:
    at_risk, breached = _count(level, Work.AT_RISK), _count(level, Work.BREACHED)
    # Two topics: their records come in any order between them, so the count of all may be a moment behind that of some.
    clocks = max(deadlines.clocks(queue), at_risk + breached)
    nearest = deadlines.next(queue, 1)
    return SlaPressure(
        clocks=clocks,
        at_risk=at_risk,
        breached=breached,
        share_ppm=(at_risk + breached) * _PPM // clocks if clocks else None,
        next_breach_at=nearest[0].due_at if nearest else None,
    )


def _fit(level: ServiceLevel) -> ChannelFit:
    window = _window(level)
    replies = None if window is None else window.durations.get(Measure.FIRST_REPLY.value)
    promise = None if window is None else window.promises.get(SlaMeasure.FIRST_REPLY.value)
    return ChannelFit(
        channel=level.segment["channel"],
        waiting=_waiting(level),
        replies=0 if replies is None else replies.now.count,
        within_ppm=None if promise is None else promise.within_ppm,
        first_reply_p90_ms=None if replies is None else replies.now.p90_ms,
        level=None if level.level is None else level.level.level,
        expected_wait_ms=None if level.expected_wait is None else level.expected_wait.p50_ms,
        expected_wait_p90_ms=None if level.expected_wait is None else level.expected_wait.p90_ms,
    )


def _window(level: ServiceLevel) -> WindowLevels | None:
    """Return the shortest window of an hour or more, else the longest there is."""
    by_length = sorted(level.windows.values(), key=lambda window: window.until - window.since)
    return next((window for window in by_length if window.until - window.since >= HOUR_MS), by_length[-1] if by_length else None)


def _rank(fit: ChannelFit) -> tuple[bool, int, bool, int, str]:
    return (
        fit.within_ppm is None,
        -(fit.within_ppm or 0),
        fit.first_reply_p90_ms is None,
        fit.first_reply_p90_ms or 0,
        fit.channel,
    )
