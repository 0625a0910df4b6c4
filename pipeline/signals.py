"""What leaves the pipeline as JSON: SLA events, ticket clocks, service levels and alerts.

Durations are milliseconds (`_ms`), times are milliseconds since the Unix epoch, UTC (`_at`). Shares are parts per
million as integers (`_ppm`), so that equal input gives equal bytes.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pipeline.config import SlaMeasure
from pipeline.standings import ExpectedWait, GoalStanding, LevelStanding, StaffingStanding


class SlaEventType(StrEnum):
    """What became of one SLA clock."""

    AT_RISK = "support.sla.at_risk"
    BREACHED = "support.sla.breached"
    BREACH_RETRACTED = "support.sla.breach_retracted"
    FULFILLED = "support.sla.fulfilled"
    CANCELLED = "support.sla.cancelled"


class SlaEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact about one clock. Key of the record: `tenant:ticket_id`. Equal ids are the same fact."""

    id: str
    type: SlaEventType
    tenant: str
    ticket_id: str
    measure: SlaMeasure
    instance: int
    """Counts the clocks of this measure on this ticket from 1 (each next reply is one)."""
    policy: str
    policy_version: int
    priority: str
    target_ms: int
    started_at: int
    due_at: int
    """The deadline in force."""
    occurred_at: int
    """Event time of the fact: the deadline for a breach, the at-risk step for a warning, the reply for a fulfilment."""
    detected_at: int
    """Time of the partition when it said so."""
    queue: str = ""
    channel: str = ""
    team: str = ""
    share: float = 0.0
    """at_risk: which step."""
    cause: str = ""
    """breached: `deadline` or `target_changed`; fulfilled: `reply` or `solve`; cancelled: why."""


class ClockState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One SLA clock of a ticket, as it stands."""

    measure: SlaMeasure
    instance: int
    state: str
    """running, paused, breached."""
    policy: str
    target_ms: int
    started_at: int
    due_at: int | None = None
    at_risk_at: int | None = None


class TicketClocks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is due when, per ticket: compacted topic `clocks`, key `tenant:ticket_id`; a tombstone once forgotten."""

    tenant: str
    ticket_id: str
    as_of: int
    status: str = ""
    priority: str = ""
    queue: str = ""
    channel: str = ""
    team: str = ""
    assignee: str = ""
    created_at: int = 0
    waiting_since: int | None = None
    first_reply_ms: int | None = None
    first_resolution_ms: int | None = None
    full_resolution_ms: int | None = None
    replies: int = 0
    reopened: int = 0
    clocks: tuple[ClockState, ...] = ()


class DurationStats(msgspec.Struct, frozen=True, kw_only=True):
    """One duration measure in one window. Means and quantiles are whole milliseconds; `None` without observations."""

    count: int
    sum_ms: int
    mean_ms: int | None
    p50_ms: int | None
    p90_ms: int | None
    p95_ms: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A measure against an earlier window of the same length: there, and the difference (now minus then)."""

    count: int
    mean_ms: int | None
    difference_ms: int | None


class MeasureWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A duration measure in a window, against the window before, the same hours last week and the month before."""

    now: DurationStats
    previous: Change
    last_week: Change
    month_before: Change | None = None
    """Four weeks before, by whole hours; absent where nothing was, and from windows under an hour."""


class CounterWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A counter in a window, against the window before, the same hours last week and the month before."""

    now: int
    previous: int
    last_week: int
    month_before: int | None = None
    """Four weeks before, by whole hours; absent where nothing was, and from windows under an hour."""


class PromiseWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One promise in a window: outcomes decided in it, a breach at its deadline."""

    met: int
    breached: int
    within_ppm: int | None
    """met / (met + breached), parts per million; `None` without outcomes."""


class RateWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rate in a window: one number over another, and the rate in the window before, last week and the month before.

    `ppm` is in millionths of the rate's unit (of a share: parts per million); `None` where the denominator is not above zero.
    """

    numerator: int
    denominator: int
    ppm: int | None
    previous_ppm: int | None
    last_week_ppm: int | None
    month_before_ppm: int | None = None


class WindowLevels(msgspec.Struct, frozen=True, kw_only=True):
    """All measures in one window `[since, until)`."""

    since: int
    until: int
    durations: dict[str, MeasureWindow]
    counters: dict[str, CounterWindow]
    promises: dict[str, PromiseWindow]
    rates: dict[str, RateWindow] = {}
    """By name of the catalogue (`pipeline.catalogue.Rate`); absent means no denominator."""


class OpenWork(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of open work now."""

    count: int
    oldest_at: int | None
    p50_age_ms: int | None
    """Median age, to the minute."""
    bands: dict[str, int]
    """Count per age band, keyed by the band's upper bound, the last one `older`."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of a queue, a team or a channel. From `opens_at` or `closes_at` on it is the other way round."""

    open: bool
    opens_at: int | None
    """While closed: when it opens next; `None` if never."""
    closes_at: int | None
    """While open: when it closes next; `None` if never."""
    instead: dict[str, str]
    """Channels that are closed -> the channel whose promises hold meanwhile, where customers should be sent."""
    summary: str
    """Plain words: `closed, opens Mon 2026-11-23 09:00 (Europe/Berlin), use email`."""


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What routing systems read of one segment: compacted topic `service-levels`, key `tenant|dimension=value,...`."""

    tenant: str
    segment: dict[str, str]
    """Dimension -> value; empty for everything."""
    as_of: int
    """Engine time of the numbers."""
    expires_at: int
    """After this, treat the signal as unknown."""
    epoch: int
    """Grows when the state was begun anew; readers keep the newest epoch only."""
    windows: dict[str, WindowLevels]
    work: dict[str, OpenWork]
    first_reply_now_ms: int | None = None
    """First reply time in the jump rule's window with waiting customers counted in."""
    first_reply_usual_ms: int | None = None
    retention_ppm: dict[str, int] = {}
    """Customer retention by window, where a customer register is kept and had customers at the window's start."""
    opening: Opening | None = None
    """Of segments with a queue or a team whose hours end; `None`: never closed, or said of neither."""
    level: LevelStanding | None = None
    """The service level, where the ladder has one for this segment."""
    goals: tuple[GoalStanding, ...] = ()
    expected_wait: ExpectedWait | None = None
    """What a customer who comes now should be told, where that is configured."""
    staffing: StaffingStanding | None = None
    """Of queues, where the rule `understaffed` is configured: how many responders are needed, there and missing."""


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """One contact that repeats another: compacted topic `repeats`, key `tenant:ticket_id:digest`; a tombstone ends it."""

    tenant: str
    ticket_id: str
    repeats: str
    """The ticket that did not settle it."""
    after_ms: int | None
    """From that ticket's first solve to this contact; `None`: it was not solved."""
    because: str
    """The relation in words: `same customer, both about refund; 2d after it was solved, within 7d`."""


class AlertState(StrEnum):
    """Whether an alert holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alert: compacted topic `alerts`, key = id. The id is made of rule, segment and onset, so a replay says the same."""

    id: str
    rule: str
    severity: str
    state: AlertState
    tenant: str
    segment: dict[str, str]
    onset_at: int
    """When the condition began to hold."""
    raised_at: int
    resolved_at: int | None = None
    as_of: int
    summary: str
    """Plain words: what, where, how bad against usual, who waits."""
    now_ms: int | None = None
    usual_ms: int | None = None
    waiting: int = 0
    oldest_at: int | None = None
    replies: int = 0
    peak_ms: int = 0
    """The worst so far: ms for rules on times, else in the unit that the rule's documentation gives."""
    epoch: int = 0
    measure: str = ""
    """The promise that the rule is about, where there may be a rule per promise."""
    action: str = ""
    """What to do, in plain words."""
    related: tuple[str, ...] = ()
    """Ids of the other alerts that fired on the same queue when this was said."""
    numbers: dict[str, int] = {}
    """What the rule read, by name; the unit is the name's end (`_ms`, `_ppm`, `_at`), else it is a count."""
    goal: str = ""
    """The name of the goal that the rule is about."""


class AlertActionType(StrEnum):
    """What a person did about an alert."""

    ACKNOWLEDGE = "acknowledge"
    """Somebody works on it: it is not escalated any further."""
    SNOOZE = "snooze"
    """Nobody is told of it until `until`; an `until` in the past ends that."""
    ANNOTATE = "annotate"
    """A note for whoever looks next."""


class AlertAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act of a person on one alert: topic `alert-actions`, key = the alert's id. They add up in the order of the log."""

    id: str
    """Unique; equal ids are the same act."""
    alert_id: str
    tenant: str
    type: AlertActionType
    at: int
    """When, ms."""
    by: str = ""
    """Who, as they call themselves."""
    note: str = ""
    until: int | None = None
    """snooze: until when, ms."""
