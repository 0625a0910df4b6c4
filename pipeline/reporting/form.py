"""What a report holds. Durations are milliseconds, times milliseconds since the Unix epoch, rates millionths."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pipeline.catalogue import Direction, Unit
from pipeline.signals import Alert
from pipeline.standings import GoalStanding, LevelStanding


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a period, with what it was before. `None`: there was nothing to count."""

    code: str
    title: str
    unit: Unit
    direction: Direction
    is_rate: bool = False
    """Its values are millionths of the unit."""
    value: int | None
    count: int | None = None
    """Observations behind a duration, or the denominator of a rate."""
    counts_time: bool = False
    """Its `count` is milliseconds: a share of time."""
    p50: int | None = None
    p90: int | None = None
    p95: int | None = None
    previous: int | None = None
    """The same in the period before."""
    last_week: int | None = None
    """The same seven days earlier."""
    month_before: int | None = None
    """The same twenty-eight days earlier."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What was promised, and kept."""

    segment: dict[str, str]
    promise: str
    met: int
    breached: int
    kept_ppm: int
    previous_ppm: int | None


class SegmentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one segment, by code."""

    segment: dict[str, str]
    figures: dict[str, Figure]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the course of the period: an hour, a day or a week."""

    since: int
    created: int
    solved: int
    first_reply_p50_ms: int | None
    first_reply_p90_ms: int | None
    breached: int


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's wait for the first reply."""

    ticket_id: str
    segment: dict[str, str]
    waited_ms: int
    ended_at: int | None
    """`None`: still waiting."""


class Form(StrEnum):
    """What a report is for."""

    PERIOD = "period"
    HANDOVER = "handover"
    """The last eight hours, and what the next shift takes over."""
    WEEKLY = "weekly"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant's period."""

    form: Form
    tenant: str
    zone: str
    since: int
    until: int
    complete_since: int
    """From here on the log is known; what compares with earlier times than this is left out."""
    headline: tuple[str, ...]
    """What a lead should know first, in words."""
    figures: tuple[Figure, ...]
    by_queue: tuple[SegmentFigures, ...]
    by_channel: tuple[SegmentFigures, ...]
    by_topic: tuple[SegmentFigures, ...] = ()
    """Only where `topic` is a dimension."""
    promises: tuple[Promise, ...]
    course: tuple[Bin, ...]
    step_ms: int
    volume: tuple[tuple[int, ...], ...]
    """Tickets created by weekday (Monday first) and hour, in the zone."""
    waits: tuple[Wait, ...]
    open_work: dict[str, int]
    levels: tuple[tuple[dict[str, str], LevelStanding], ...] = ()
    goals: tuple[tuple[dict[str, str], GoalStanding], ...] = ()
    alerts: tuple[Alert, ...] = ()
