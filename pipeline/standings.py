"""Where a segment stands: service level, goals, expected wait, staffing. Parts of `pipeline.signals.ServiceLevel`."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class LevelMeasure(StrEnum):
    """What a service level is made of."""

    FIRST_REPLY = "first_reply"
    RESOLUTION = "resolution"
    ABANDONED = "abandoned"
    CSAT = "csat"


class LevelUnit(StrEnum):
    """Unit of `MeasureLevel.value` and `MeasureLevel.wanted`."""

    MS = "ms"
    PPM = "ppm"
    MILLISTARS = "millistars"
    """Thousandths of a star."""


class MeasureLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The level of one measure. `missing` and `missing_ppm` are what separates it from the next level, never negative."""

    measure: LevelMeasure
    level: int | None
    """From 1; `None`: too few contacts to tell."""
    count: int
    """Contacts that decide: those that ended in the window, and waiting customers who are past the next level's limit already."""
    waiting: int = 0
    """How many of them still wait."""
    unit: LevelUnit
    value: int | None = None
    """Now: what the configured share of contacts stayed within, or the share or mean itself."""
    wanted: int | None = None
    """What the next level asks of it; at the top, what the top asks."""
    missing: int | None = None
    """Difference between the two; `None` at the top, and where the value cannot be known while customers wait."""
    share_ppm: int | None = None
    """Share of contacts that meet the next level's limit."""
    missing_ppm: int | None = None
    """What this share lacks; `None` at the top."""
    words: str = ""


class LevelStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The service level of a segment: the lowest of its measures."""

    level: int | None
    """From 1; `None`: cannot tell."""
    levels: int
    """How many there are."""
    name: str
    group: str
    """Which column of the table: mail, social, live as shipped."""
    window: str
    measures: tuple[MeasureLevel, ...]
    words: str
    """The level, and what is missing to the next one."""
    expectation_ms: int | None = None
    """What these customers expect of a first reply."""
    expectation_ppm: int | None = None
    """Share of contacts that got it, waiting customers who did not counted in."""


class GoalState(StrEnum):
    """How a goal stands."""

    NOT_STARTED = "not_started"
    CANNOT_TELL = "cannot_tell"
    """Too few contacts."""
    ON_TRACK = "on_track"
    BEHIND = "behind"
    MET = "met"
    """The deadline has passed."""
    MISSED = "missed"


class GoalCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A date on the way."""

    at: int
    """End of that day."""
    wanted_ppm: int
    share_ppm: int | None = None
    """What it was; `None` before, or without contacts."""


class GoalProjection(msgspec.Struct, frozen=True, kw_only=True):
    """The share to expect at the deadline if things go on like this, with its 90 % interval."""

    share_ppm: int
    low_ppm: int
    high_ppm: int
    days: int
    """Days that the trend rests on; 0: too few for a trend, the share of now is carried on."""


class GoalStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One goal of this segment."""

    name: str
    state: GoalState
    certain: bool
    """The interval does not reach across what decides: more days would hardly change the state."""
    measure: str
    within_ms: int
    wanted_ppm: int
    starts_at: int
    deadline_at: int
    """End of the last day."""
    count: int
    share_ppm: int | None
    """Now, or at the deadline once it has passed."""
    required_ppm: int | None
    """What checkpoints and monthly improvement ask for by now."""
    projection: GoalProjection | None = None
    checkpoints: tuple[GoalCheckpoint, ...] = ()
    words: str


class ExpectedWait(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer who comes now should be told of the wait for a first reply, on the wall clock."""

    told_at: int
    """When it was worked out."""
    p50_ms: int | None
    """Half of the customers wait no longer; `None`: cannot tell."""
    p90_ms: int | None
    """Nine in ten wait no longer; `None`: cannot tell."""
    replies: int
    """First replies that it rests on."""
    waiting: int
    """Customers who wait now."""
    words: str
    judged: int = 0
    """Customers of the last 28 days whose wait can be compared with what was told when they came."""
    overdue: int = 0
    """How many of them wait still, longer than nine in ten were to wait."""
    within_p50_ppm: int | None = None
    """Share that waited no longer than the half-way figure told: 500,000 were right."""
    within_p90_ppm: int | None = None
    """Share that waited no longer than the nine-in-ten figure told: 900,000 were right."""


class StaffingStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How many responders a queue takes and has, as the rule `understaffed` judges it once a minute. `None`: cannot tell."""

    needed: int | None
    """With who waits already; 0 while the queue is closed, `None` while its events lag behind."""
    needed_after_backlog: int | None
    """For what goes on coming."""
    there: int | None
    """Available or busy, those who take any queue counted in; `None`: who is there is not told."""
    planned: int | None
    """On the rota to work now."""
    missing: int | None
    """How many more are needed than are there, never negative."""
    missing_after_backlog: int | None
    """The same, once who waits has been answered."""
    contacts_per_hour: int | None
    """At the pace of the last half hour."""
    backlog: int | None
    """Live customers who wait beyond what is normal, and others who are overdue."""
    kept_now_ppm: int | None
    """Share of live customers whom those who are there take in time."""
    done_in_ms: int | None
    """How long those who are there take for the backlog; `None` where it grows, too."""
    words: str
    """The same in plain words: `4 missing: 5 needed, 1 there, 7 on the rota`."""
