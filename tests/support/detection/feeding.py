"""Feeds a detector's judge as the segments engine does: additions of a minute, then a tick at its end; wakes in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.measures import HISTOGRAM, Measure, base
from pipeline.windows.histogram import index_of
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import MINUTE_MS

_CLASS_0 = base(Measure.FIRST_REPLY) + HISTOGRAM


class Wait(NamedTuple):
    """One customer's wait for a first reply. Times in ms."""

    start_ms: int
    end_ms: int | None
    """`None`: it goes on for ever."""
    answered: bool = True
    """Ended by a reply; else abandoned, closed, merged."""
    told_ms: int | None = None
    """When the pipeline heard of it, where that was later."""


class Step(NamedTuple):
    """What one minute adds: how many began or ended by the minute of their start, and replies by minute and class."""

    starts: dict[int, int]
    replies: dict[int, dict[int, int]]


def steps(waits: Iterable[Wait]) -> list[tuple[int, Step]]:
    """Group waits by the tick, minute, at which a segment hears of what happened before it."""
    found: dict[int, Step] = {}
    for start_ms, end_ms, answered, told_ms in waits:
        start = start_ms // MINUTE_MS
        begun = found.setdefault(max(start_ms, told_ms or 0) // MINUTE_MS + 1, Step({}, {}))
        begun.starts[start] = begun.starts.get(start, 0) + 1
        if end_ms is None:
            continue
        ended = found.setdefault(max(end_ms, told_ms or 0) // MINUTE_MS + 1, Step({}, {}))
        ended.starts[start] = ended.starts.get(start, 0) - 1
        if answered:
            cell = ended.replies.setdefault(end_ms // MINUTE_MS, {})
            code = _CLASS_0 + index_of(end_ms - start_ms)
            cell[code] = cell.get(code, 0) + 1
    return sorted(found.items())


def play(judge: DetectorJudge, waits: StartTimes, timeline: list[tuple[int, Step]], until: int) -> Iterator[tuple[int, bool]]:
    """Yield every minute at which the alarm begins or ends, with what it does."""
    alarmed = False
    following = [minute for minute, _ in timeline[1:]] + [until]
    for (minute, step), end in zip(timeline, following, strict=True):
        for start, count in step.starts.items():
            if count:
                waits.add(start, count, 0)
                judge.wake_ms = 0
        for at, cell in step.replies.items():
            judge.add(at, cell)
        tick: int | None = minute
        while tick is not None:
            holds = judge.judge(tick * MINUTE_MS).holds
            if holds != alarmed:
                yield tick, holds
                alarmed = holds
            due = None if judge.wake_ms is None else max(tick + 1, -(-judge.wake_ms // MINUTE_MS))
            tick = due if due is not None and due < end else None
