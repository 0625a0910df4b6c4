"""What a backtest holds. Times are milliseconds since the Unix epoch, durations milliseconds, shares millionths.

Two sides stand beside each other everywhere: `present`, the rules in force, and `proposed`, the ones that are tried.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What the labels say of an alert."""

    INCIDENT = "incident"
    """It overlaps an incident of its segment."""
    FALSE_ALARM = "false_alarm"
    UNLABELLED = "unlabelled"


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of one side, from when it was raised until it was resolved."""

    id: str
    rule: str
    severity: str
    tenant: str
    segment: dict[str, str]
    onset_at: int
    raised_at: int
    resolved_at: int | None = None
    """`None`: it still fired at the end."""
    summary: str
    """What it said when it was raised."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """When one side had an alert on in an episode, and what it said first."""

    raised_at: int
    resolved_at: int | None
    rules: tuple[str, ...]
    alerts: int
    summary: str


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one place and severity that overlap in time, of both sides."""

    tenant: str
    segment: dict[str, str]
    """The queue; of alerts that are not about a queue, their segment."""
    severity: str
    verdict: Verdict
    present: Span | None
    proposed: Span | None
    earlier_ms: int | None
    """How much earlier the proposed side raised it; negative: later; `None`: only one side did."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Some alerts of one side."""

    alerts: int = 0
    on_ms: int = 0
    """How long they were on within the period, added up."""
    incidents: int = 0
    """Alerts that overlap a labelled incident."""
    false_alarms: int = 0


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The alerts of both sides under one heading."""

    name: str
    present: Tally
    proposed: Tally


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled incident, and when each side raised an alert in it."""

    name: str
    where: dict[str, str]
    since: int
    until: int
    present_at: int | None
    """The first alert that overlaps it; `None`: missed."""
    proposed_at: int | None


class Catches(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets whose first reply broke its present promise, and whether an alert on them was on before that."""

    tickets: int
    present: int
    """Of these, an alert of the present side was on before the deadline, while the customer waited."""
    proposed: int
    earlier: int
    """The proposed side was there earlier, or at all."""
    later: int
    present_lead_ms: int | None
    """Median time from then to the deadline, of those that were caught."""
    proposed_lead_ms: int | None


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one promise on one side."""

    met: int = 0
    breached: int = 0

    @property
    def decided(self) -> int:
        """Return how many there were."""
        return self.met + self.breached

    @property
    def kept_ppm(self) -> int | None:
        """Return the share kept, or `None` without outcomes."""
        return self.met * 1_000_000 // self.decided if self.decided > 0 else None


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One promise in one queue, or everywhere (`queue` is `None`), under the policies of both sides."""

    tenant: str
    queue: str | None
    measure: str
    present: Outcomes
    proposed: Outcomes


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which something was really wrong."""

    where: dict[str, str]
    """Dimension -> value, and `tenant`; what is left out is any."""
    since: int
    until: int
    name: str = ""


class FalseAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, or a time, in which nothing was wrong."""

    alert: str = ""
    """The id of an alert; then the rest is empty."""
    where: dict[str, str] = {}
    since: int = 0
    until: int = 0


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What people say of the past."""

    incidents: tuple[Incident, ...] = ()
    false_alarms: tuple[FalseAlarm, ...] = ()
    complete: bool = True
    """Where there are incidents: an alert outside all of them is a false alarm."""


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides over one period of a log."""

    zone: str
    since: int
    until: int
    log_since: int
    """Where the log begins: what is usual was learnt from here on."""
    tickets: int
    rules: tuple[str, ...]
    """The rules that were looked at; empty: all."""
    whole: Pair
    pages: Pair
    any_on_ms: tuple[int, int]
    """How long at least one alert was on, present and proposed."""
    by_rule: tuple[Pair, ...]
    by_place: tuple[Pair, ...]
    findings: tuple[Finding, ...]
    catches: Catches | None
    """`None`: the present policies promise no first reply."""
    promises: tuple[Promise, ...]
    episodes: tuple[Episode, ...]
    labelled: bool
    strangers: tuple[str, ...]
    """Ids of alerts labelled false that neither side raised."""
    headline: tuple[str, ...]
    """The outcome in words."""
