"""One row of the board: the numbers of a queue that a lead looks at, and how they compare with what is usual."""

from __future__ import annotations

from typing import Final

import msgspec

from pipeline.config import SlaMeasure
from pipeline.measures import Measure, Work
from pipeline.signals import MeasureWindow, ServiceLevel
from pipeline.standings import StaffingStanding
from pipeline.view.history import History, window_of
from pipeline.view.state import View, name_of

SPARK_MINUTES: Final = 60


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A segment with at most one dimension, now."""

    tenant: str
    name: str
    """As in paths of the API: `queue=billing`, or `everything`."""
    segment: dict[str, str]
    as_of: int
    expires_at: int
    waiting: int
    """Customers who have had no reply yet."""
    oldest_at: int | None
    """Since when the first of them waits."""
    open: int
    unassigned: int
    first_reply_ms: int | None
    """First reply time now: customers still waiting counted in where a jump rule watches, else the mean of the window."""
    usual_ms: int | None
    """What is usual at this hour; without a jump rule the same hours last week."""
    difference_ms: int | None
    """Now minus usual."""
    replies: int
    """First replies in the window."""
    breached: int
    """SLA clocks breached and still running."""
    at_risk: int
    broken: int
    """First-reply promises broken in the window."""
    within_ppm: int | None
    """First-reply promises kept in the window, parts per million."""
    level: int | None
    """Service level reached, from 1; null where none is configured or nobody can tell."""
    levels: int
    """How many there are."""
    closed: str
    """Outside the queue's hours: plain words of when it opens; empty while it is open."""
    staffing: StaffingStanding | None
    """How many responders are needed, there and missing; null where the rule `understaffed` is not configured."""
    spark: tuple[int | None, ...]
    """First reply time of each of the last 60 minutes."""


def row_of(view: View, key: bytes) -> Row | None:
    """Return the row of a segment, or `None` where nothing is said of it any more."""
    level = view.level(key)
    return None if level is None else _row(level, name_of(key), view.history(key), view.window)


def _row(level: ServiceLevel, name: str, history: History, wanted: str) -> Row:
    window = level.windows.get(window_of(level, wanted))
    first = None if window is None else window.durations.get(Measure.FIRST_REPLY)
    promise = None if window is None else window.promises.get(SlaMeasure.FIRST_REPLY)
    shown, usual = _first_reply(level, first)
    waiting = level.work.get(Work.AWAITING_FIRST_REPLY)
    return Row(
        tenant=level.tenant,
        name=name,
        segment=level.segment,
        as_of=level.as_of,
        expires_at=level.expires_at,
        waiting=0 if waiting is None else waiting.count,
        oldest_at=None if waiting is None else waiting.oldest_at,
        open=_count(level, Work.OPEN),
        unassigned=_count(level, Work.UNASSIGNED),
        first_reply_ms=shown,
        usual_ms=usual,
        difference_ms=None if shown is None or usual is None else shown - usual,
        replies=0 if first is None else first.now.count,
        breached=_count(level, Work.BREACHED),
        at_risk=_count(level, Work.AT_RISK),
        broken=0 if promise is None else promise.breached,
        within_ppm=None if promise is None else promise.within_ppm,
        level=None if level.level is None else level.level.level,
        levels=0 if level.level is None else level.level.levels,
        closed="" if level.opening is None or level.opening.open else level.opening.summary,
        staffing=level.staffing,
        spark=tuple(history.recent(level.as_of, SPARK_MINUTES)),
    )


def _first_reply(level: ServiceLevel, first: MeasureWindow | None) -> tuple[int | None, int | None]:
    """Return now and usual."""
    if level.first_reply_now_ms is not None:
        return level.first_reply_now_ms, level.first_reply_usual_ms
    return (None, None) if first is None else (first.now.mean_ms, first.last_week.mean_ms)


def _count(level: ServiceLevel, work: Work) -> int:
    found = level.work.get(work)
    return 0 if found is None else found.count
