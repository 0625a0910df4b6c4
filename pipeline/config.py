"""The domain's configuration: calendars (`pipeline.hours`), policies, dimensions, windows and the jump rule. One validated model.

Where it comes from (TOML, environment) is the shell's business: `agents.settings`.
"""

from __future__ import annotations

from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline import alertrules, rulebook
from pipeline.alertrules import (
    BudgetModel,
    DetectorModel,
    GoalAlertsModel,
    LagModel,
    LevelAlertsModel,
    SilenceModel,
    SlaAlertsModel,
    UnderstaffedModel,
)
from pipeline.duration import Millis, parse
from pipeline.events import Channel, Priority
from pipeline.hours import CalendarModel, FallbackModel, Zone
from pipeline.policy import PAUSES, Condition, CycleModel, PolicyModel, SlaMeasure, Target, VipModel
from pipeline.relations import CustomersModel
from pipeline.responders.model import RespondersModel
from pipeline.staffing.model import StaffingModel
from pipeline.standards import ExpectedWaitModel, GoalModel, LadderModel

__all__ = ["PAUSES", "Condition", "CycleModel", "Domain", "PolicyModel", "SlaMeasure", "Target", "VipModel"]

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Dimension = Literal["queue", "channel", "priority", "team", "brand", "region", "customer_tier", "topic", "assignee", "author"]


class JumpModel(_Model):
    """The FRT-jump rule: fires while `now >= floor` and `now >= factor * usual`, long enough and on enough tickets."""

    segments: tuple[tuple[Dimension, ...], ...] = (("queue",),)
    """Which segments are judged."""
    window: Millis = HOUR_MS
    """First replies of so long make up `now`."""
    floor: Millis = 5 * MINUTE_MS
    """No alert while first replies, waits counted in, take less than this."""
    factor: float = Field(default=2.0, gt=1)
    """How many times the usual value is a jump."""
    clear_factor: float = Field(default=1.4, ge=1)
    """Below so many times the usual value it is over."""
    minimum_count: int = Field(default=5, ge=1)
    """Replies plus waiting customers in the window, below which the rule stays silent."""
    raise_after: Millis = 5 * MINUTE_MS
    """Holding without a break for so long before the alert fires."""
    clear_after: Millis = 30 * MINUTE_MS
    """Over without a break for so long before the alert is resolved."""
    baseline_weeks: int = Field(default=4, ge=1, le=12)
    """The same hours of this many weeks before make the usual value."""
    baseline_minimum: int = Field(default=20, ge=1)
    """Fewer replies than this in those hours: the usual value is that of the last seven days, or `cold_usual`."""
    cold_usual: Millis = 15 * MINUTE_MS
    """Usual where there is no history."""
    while_closed: bool = False
    """Fire also while the queue is closed, and in the first `window` after it opens, when the pile of the night waits."""
    severity: Literal["page", "warn"] = "page"
    """`page`: somebody is to look now; `warn`: today."""

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.clear_factor > self.factor:
            msg = "clear_factor must not exceed factor"
            raise ValueError(msg)
        return self


class Retention(_Model):
    """How long panes of each length are kept."""

    minutes: Millis = 9 * DAY_MS
    """Panes of one minute: what windows up to a day are made of."""
    hours: Millis = 100 * DAY_MS
    """Panes of one hour."""
    days: Millis = 3 * 365 * DAY_MS
    """Panes of one day."""
    alerts: Millis = 100 * DAY_MS
    """Alerts that are over: so long they stay in the topic `alerts`."""


class CostModel(_Model):
    """What one contact costs, in whole minor units of the currency (cents)."""

    contact: int = Field(default=0, ge=0)
    """Of every contact handled."""
    minute: int = Field(default=0, ge=0)
    """Of every minute from when a responder takes the contact to its solve, in the hours of the queue's calendar."""


def _minutes(*texts: str) -> tuple[int, ...]:
    return tuple(int(parse(text)) for text in texts)  # type: ignore[call-overload]


class Domain(_Model):
    """Everything that the pure core needs to know."""

    zone: Zone = "UTC"
    """Hours and days of panes and reports."""
    dimensions: tuple[Dimension, ...] = ("queue", "channel", "priority")
    """What makes a leaf. `author` is the responder by whose event something was added, nobody for what time has added."""
    segments: tuple[tuple[Dimension, ...], ...] = ((), ("queue",), ("channel",), ("queue", "channel"), ("queue", "priority"))
    """Which combinations of dimensions have numbers of their own; `[]` is everything together."""
    windows: dict[str, Millis] = {
        name: int(parse(name))  # type: ignore[call-overload]
        for name in ("5m", "1h", "8h", "1d", "7d", "30d")
    }
    """The rolling windows: name and length."""
    edges: tuple[Millis, ...] = _minutes(
        *("15s", "30s", "1m", "2m", "3m", "5m", "450s", "10m", "15m", "20m", "30m", "45m", "1h", "2h", "4h", "8h", "16h"),
        *("1d", "2d", "7d"),
    )
    """Edges of the exact counts; every SLA limit is added."""
    age_bands: tuple[Millis, ...] = _minutes("1h", "4h", "8h", "1d", "3d", "7d", "30d")
    """Upper bounds of the backlog's age bands."""
    default_priority: Priority = Priority.NORMAL
    """Of tickets that name none."""
    calendars: dict[str, CalendarModel] = {"always": CalendarModel()}
    default_calendar: str = "always"
    """Of queues and teams that are in neither list below."""
    queue_calendars: dict[str, str] = {}
    """A queue's calendar goes before its team's, so that a promise to a customer does not change with a hand-over."""
    team_calendars: dict[str, str] = {}
    """For tickets of queues that have no calendar of their own; what is in neither list keeps the default calendar."""
    fallbacks: tuple[FallbackModel, ...] = ()
    """What holds for channels that are closed; the first one that fits counts."""
    vip: VipModel = VipModel()
    policies: tuple[PolicyModel, ...] = ()
    team_policies: tuple[PolicyModel, ...] = ()
    """What teams promise each other (`team_time`): matched beside the policies, first one in order."""
    retract_on_relax: bool = False
    """Whether a breach is taken back when a change of the ticket gives it a promise that it has not broken."""
    cycles: CycleModel = CycleModel()
    """Reopened tickets that are new cases; by default none is."""
    live_channels: tuple[Channel, ...] = (Channel.CHAT, Channel.MESSAGING, Channel.PHONE)
    """Where customers wait to be taken, and where all messages of one session are one touch."""
    automations: tuple[str, ...] = ()
    """Assignees that are no people: a ticket that one of them holds has not been taken by a responder."""
    short_abandon: Millis = 5_000
    """A customer who leaves within this time of the first contact is no loss: counted, but not in the abandonment rate."""
    expectations: dict[Channel, Millis] = {}
    """How soon customers expect a first reply. The worker's default is `pipeline/defaults/expectations.toml`."""
    costs: dict[Channel, CostModel] = {}
    """What contacts cost, per channel; a channel left out has no cost."""
    topics: dict[str, tuple[str, ...]] = {}
    """What tickets are about: name -> tags, any of which says so. The first topic in order is the ticket's dimension `topic`."""
    customers: CustomersModel | None = None
    jump: JumpModel = JumpModel()
    detector: DetectorModel | None = None
    """The rule `frt_jump_statistical`."""
    silence: SilenceModel | None = None
    """The rule `nobody_answers`."""
    ladder: LadderModel = LadderModel()
    """The table of service levels."""
    goals: tuple[GoalModel, ...] = ()
    expected_wait: ExpectedWaitModel = ExpectedWaitModel()
    sla_alerts: SlaAlertsModel | None = None
    """The rules `sla_at_risk` and `sla_breached`."""
    budgets: tuple[BudgetModel, ...] = ()
    """The rules `budget_burn_fast` and `budget_burn_slow`, for one promise each."""
    understaffed: UnderstaffedModel | None = None
    """The rule `understaffed` on queues (live)."""
    goal_alerts: GoalAlertsModel | None = None
    """The rule `goal_behind` on every goal."""
    level_alerts: LevelAlertsModel | None = None
    """The rule `level_dropped`."""
    lag: LagModel | None = None
    """Whether nothing is judged while the source lags, and `pipeline_lag` is said instead (live)."""
    responders: RespondersModel = RespondersModel()
    """Presence, rota, load and points of responders."""
    staffing: StaffingModel = StaffingModel()
    """How long contacts take, and the rota: for `firstreply plan` and the rule `understaffed`."""
    retention: Retention = Retention()
    reopen_horizon: Millis = 35 * DAY_MS
    """A solved ticket quiet for this long is forgotten."""
    late_after: Millis = MINUTE_MS
    """An event this much older than the partition's time counts as late."""
    future_skew: Millis = 5 * MINUTE_MS
    """An event dated this much after it was appended is invalid."""
    ticket_tick: Millis = 250
    """Grid of the ticket partitions' timers (live)."""
    segment_tick: Millis = 1_000
    """Grid of the segments' ticks (live)."""
    queue_tick: Millis | None = None
    """Grid on which whole queues are judged and said between the segments' ticks, with the windows of the last one (live)."""
    event_tick: Millis = MINUTE_MS
    """Grid of both in event time."""
    heartbeat: Millis = 15_000
    """Unchanged service levels are said again this often (live), so that readers can tell quiet from dead."""
    signal_expiry: Millis = 60_000
    """A service level older than this is stale to its readers."""

    @model_validator(mode="after")
    def _references(self) -> Self:
        wrong = [
            f"segments: {dimension!r} is not among the dimensions"
            for segment in (*self.segments, *self.jump.segments)
            for dimension in segment
            if dimension not in self.dimensions
        ]
        named = {"default_calendar": self.default_calendar}
        named |= {f"queue_calendars.{queue}": name for queue, name in self.queue_calendars.items()}
        named |= {f"team_calendars.{team}": name for team, name in self.team_calendars.items()}
        named |= {f"fallbacks.{i}.calendar": one.calendar for i, one in enumerate(self.fallbacks) if one.calendar}
        wrong += [f"{path}: there is no calendar {name!r}" for path, name in named.items() if name not in self.calendars]
        wrong += rulebook.mistakes("policies", self.policies, self.vip)
        wrong += rulebook.mistakes("team_policies", self.team_policies, self.vip, of_teams=True)
        wrong += self._standards()
        judged: dict[str, alertrules.Judged | None] = {"jump": self.jump, "detector": self.detector}
        judged |= {"silence": self.silence, "sla_alerts": self.sla_alerts, "level_alerts": self.level_alerts}
        judged |= {f"budgets.{index}": budget for index, budget in enumerate(self.budgets)}
        wrong += alertrules.mistakes({name: rule for name, rule in judged.items() if rule is not None}, self.segments)
        wrong += alertrules.budget_mistakes(self.budgets)
        wrong += self._crewed()
        if self.queue_tick is not None and (self.queue_tick <= 0 or self.segment_tick % self.queue_tick):
            wrong.append("queue_tick: must divide segment_tick")
        if self.lag is not None and self.lag.limit < 2 * self.heartbeat:
            wrong.append("lag.limit: must be at least twice heartbeat, by which a quiet source is known to be there")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _crewed(self) -> list[str]:
        """Return what the rule `understaffed` lacks."""
        if self.understaffed is None:
            return []
        needed = {
            "understaffed: needs responders.enabled, to know who is there": self.responders.enabled,
            "understaffed: needs staffing.handling: nobody is called because of a guess": bool(self.staffing.handling),
            "understaffed: needs queue and channel among the dimensions": {"queue", "channel"} <= set(self.dimensions),
            "understaffed: ('queue',) is not among the segments": ("queue",) in self.segments,
        }
        return [words for words, there in needed.items() if not there]

    def _standards(self) -> list[str]:
        """Return what ladder, goals and expected wait name that is not there."""
        shapes = {frozenset(segment) for segment in self.segments}
        wrong = [
            f"expected_wait.segments: {segment!r} is not among the segments"
            for segment in self.expected_wait.segments
            if frozenset(segment) not in shapes
        ]
        if self.ladder.window and self.ladder.window not in self.windows:
            wrong.append(f"ladder.window: there is no window {self.ladder.window!r}")
        names = [goal.name for goal in self.goals]
        wrong += [f"goals: the name {name!r} is used twice" for name in sorted(set(names)) if names.count(name) > 1]
        wrong += [
            f"goals.{goal.name}.segment: {', '.join(goal.segment) or 'everything'} is not among the segments"
            for goal in self.goals
            if frozenset(goal.segment) not in shapes
        ]
        return wrong

    @property
    def all_edges_ms(self) -> tuple[int, ...]:
        """Return the configured edges and every SLA limit, ascending."""
        policies = (*self.policies, *self.team_policies)
        limits = {limit for policy in policies for target in policy.targets for limit in target.within.values()}
        return tuple(sorted({*self.edges, *limits}))


def zone_of(domain: Domain) -> ZoneInfo:
    """Return the zone of panes and reports."""
    return ZoneInfo(domain.zone)
