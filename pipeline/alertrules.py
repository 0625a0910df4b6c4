"""The configuration of the alert rules beside the FRT jump. A rule that is not configured does not run and costs nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipeline.duration import Millis
from pipeline.policy import SlaMeasure

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000

Severity = Literal["page", "warn"]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    segments: tuple[tuple[str, ...], ...] = (("queue",),)
    """Which segments are judged; each must be among the domain's."""


class SilenceModel(_Rule):
    """Nobody answers: customers wait, and no reply has gone out for a while of the queue's working hours."""

    waiting: int = Field(default=3, ge=1, le=100)
    """So many customers must have waited for `quiet`, for a first or a further reply."""
    quiet: Millis = Field(default=30 * _MINUTE_MS, ge=_MINUTE_MS)
    """No reply for so long, on the queue's calendar."""
    raise_after: Millis = 0
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = 5 * _MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    severity: Severity = "page"
    """`page`: somebody is to look now; `warn`: today."""


class MuteModel(BaseModel):
    """A time in which the detector keeps quiet and learns nothing: planned maintenance, a drill."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: AwareDatetime
    """The first instant."""
    until: AwareDatetime
    """The first instant after it."""
    queues: tuple[str, ...] = ()
    """Empty: every queue."""


class AcceptanceModel(BaseModel):
    """From then on, what was slow is the new normal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    """The instant from which on."""
    queues: tuple[str, ...] = ()
    """Empty: every queue."""


class DetectorModel(_Rule):
    """The statistical FRT-jump detector: finds a slow-down of first replies by `jump` at any volume. See docs/detection.md."""

    segments: tuple[tuple[str, ...], ...] = (("queue", "channel"),)
    jump: float = Field(default=3.0, ge=1.5, le=20)
    """The slow-down to find, as a factor. What is slower by less than its square root never adds up."""
    caution: float = Field(default=0.5, ge=-3, le=20)
    """The one setting between few false alarms and early ones: one more roughly halves the false alarms of quiet queues."""
    floor: Millis = _MINUTE_MS
    """No alarm while first replies, waits counted in, take less than this."""
    clear_after: Millis = Field(default=30 * _MINUTE_MS, ge=_MINUTE_MS)
    """Over without a break for so long before the alert is resolved."""
    new_normal_after: Millis = Field(default=48 * _HOUR_MS, ge=_HOUR_MS)
    """A slow-down that lasts for so long is the new normal."""
    mute: tuple[MuteModel, ...] = ()
    accept_new_normal: tuple[AcceptanceModel, ...] = ()
    severity: Severity = "page"
    """`page`: somebody is to look now; `warn`: today."""


class BudgetModel(_Rule):
    """Error-budget burn of one promise: `objective` of its outcomes are to be kept over `period`.

    Two rules, each over two pairs of windows: fast (pages) and slow (warns). The factors follow from the objective, so that
    both can fire; `pipeline.judgement.budget.factors` has them.
    """

    measure: SlaMeasure = SlaMeasure.FIRST_REPLY
    """Which promise."""
    objective: float = Field(default=0.9, ge=0.5, le=0.9999)
    """The share of its outcomes that is to be kept."""
    period: Millis = Field(default=30 * _DAY_MS, gt=0)
    """Over which time."""
    minimum_count: int = Field(default=10, ge=1)
    """Fewer outcomes than this in the long window say nothing."""
    clear_after: Millis = 15 * _MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    fast_severity: Severity = "page"
    """Of `budget_burn_fast`."""
    slow_severity: Severity = "warn"
    """Of `budget_burn_slow`."""


class SlaAlertsModel(_Rule):
    """Promises of many tickets of one queue at once: about to be broken (`sla_at_risk`), just broken (`sla_breached`)."""

    at_risk: int = Field(default=5, ge=1)
    """So many clocks past their first at-risk step and not broken yet."""
    breached: int = Field(default=3, ge=1)
    """So many promises broken within `window` and still open."""
    window: Millis = Field(default=_HOUR_MS, ge=_MINUTE_MS)
    """How far back a promise counts as just broken."""
    raise_after: Millis = 0
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = 5 * _MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    at_risk_severity: Severity = "warn"
    """Of `sla_at_risk`."""
    breached_severity: Severity = "warn"
    """Of `sla_breached`."""


class UnderstaffedModel(BaseModel):
    """Too few people on a queue for what comes, live. Needs `domain.responders` and `domain.staffing.handling`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: int = Field(default=1, ge=1)
    """At least so many people must be missing."""
    share: float = Field(default=0.1, ge=0, le=5)
    """And this part of those who are there."""
    clear_in: Millis = Field(default=30 * _MINUTE_MS, ge=5 * _MINUTE_MS)
    """Live customers who wait are to be gone after this time: how many people that takes is told."""
    raise_after: Millis = 5 * _MINUTE_MS
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = 20 * _MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    severity: Severity = "page"
    """`page`: somebody is to look now; `warn`: today."""


class GoalAlertsModel(BaseModel):
    """A goal of `[[domain.goals]]` is behind, or was missed. Judged on the hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certain: bool = True
    """Only where chance does not explain it, and on seven days of contacts or more; false: as soon as less is to be expected."""
    raise_after: Millis = 6 * _HOUR_MS
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = _DAY_MS
    """Over without a break for so long before the alert is resolved."""
    missed_for: Millis = Field(default=7 * _DAY_MS, ge=_DAY_MS, validate_default=True)
    """For so long after its deadline it is said that a goal was missed."""
    severity: Severity = "warn"
    """`page`: somebody is to look now; `warn`: today."""


class LevelAlertsModel(_Rule):
    """The service level of a segment, of those that have one, has fallen below the one that it held. Judged on the hour."""

    segments: tuple[tuple[str, ...], ...] = (("queue", "channel"),)
    margin: float = Field(default=0.02, ge=0, lt=0.5)
    """The level held must be missed by so much of the contacts, and by more than chance explains."""
    settle_after: Millis = Field(default=_DAY_MS, ge=_HOUR_MS, validate_default=True)
    """A level reached for so long is the one that is held; the first one for as long as the ladder's window lasts."""
    new_normal_after: Millis = Field(default=7 * _DAY_MS, ge=_DAY_MS, validate_default=True)
    """A lower level that lasts for so long is the one that the segment holds: the alert is resolved."""
    raise_after: Millis = _HOUR_MS
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = 6 * _HOUR_MS
    """Over without a break for so long before the alert is resolved."""
    severity: Severity = "warn"
    """`page`: somebody is to look now; `warn`: today."""


class LagModel(BaseModel):
    """Nothing is judged while what comes in is older than `limit`; after `raise_after` that is said instead (`pipeline_lag`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Millis = Field(default=_MINUTE_MS, ge=1_000)
    """How old what comes in may be."""
    raise_after: Millis = _MINUTE_MS
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = _MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    severity: Severity = "warn"
    """`page`: somebody is to look now; `warn`: today."""


class Judged(Protocol):
    """The configuration of a rule on segments."""

    @property
    def segments(self) -> tuple[tuple[str, ...], ...]: ...


def mistakes(rules: Mapping[str, Judged], segments: Collection[tuple[str, ...]]) -> list[str]:
    """Return what is wrong with the segments of rules."""
    judged = [(name, shape) for name, rule in rules.items() for shape in rule.segments]
    return [f"{name}.segments: {shape!r} is not among the segments" for name, shape in judged if shape not in segments]


def budget_mistakes(budgets: Sequence[BudgetModel]) -> list[str]:
    """Return which promises have two budgets: their alerts could not be told apart."""
    measures = [budget.measure for budget in budgets]
    twice = sorted({measure.value for measure in measures if measures.count(measure) > 1})
    return [f"budgets: {measure} has more than one; give one budget all its segments" for measure in twice]
