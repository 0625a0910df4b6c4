"""The rule book as configuration: conditions, targets and versioned policies. Rules: docs/semantics.md, "SLA clocks"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipeline.duration import Millis
from pipeline.events import Channel, Priority, Status
from pipeline.measures import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlaMeasure(StrEnum):
    """What a promise is about. Append, never reorder (row format)."""

    FIRST_REPLY = "first_reply"
    """The customer's first message to the first reply, or to solved. Never pauses."""
    NEXT_REPLY = "next_reply"
    """Each later unanswered message to the reply, or to solved. Never pauses."""
    FIRST_RESOLUTION = "first_resolution"
    """Creation to the first solve. Never pauses."""
    REQUESTER_WAIT = "requester_wait"
    """Creation to the first solve, less the time pending."""
    RESPONDER_WORK = "responder_work"
    """Creation to the first solve, less the time pending or on hold."""
    EACH_REPLY = "each_reply"
    """Every unanswered message of the customer, each by itself, to the next reply, or to solved."""
    PERIODIC_UPDATE = "periodic_update"
    """From one public reply to the next, less the time pending or solved."""
    TOTAL_RESOLUTION = "total_resolution"
    """Creation to the last solve, less the time solved."""
    PICKUP = "pickup"
    """Nobody assigned, until somebody is, or to solved."""
    TEAM_TIME = "team_time"
    """A team holds the ticket, until it hands it on or has answered, or to solved, less the time pending. For any team."""


class TeamGoal(StrEnum):
    """What a team has promised about the tickets that come to it."""

    HANDED_ON = "handed_on"
    """To be through with it: another team has it, or it is solved."""
    REPLY = "reply"
    """To reply to the customer, at the latest when it hands the ticket on."""
    ANSWER = "answer"
    """To answer whomever: a reply, or an internal note to the colleagues who asked."""


PAUSES: dict[SlaMeasure, frozenset[Status]] = {
    SlaMeasure.FIRST_REPLY: frozenset(),
    SlaMeasure.NEXT_REPLY: frozenset(),
    SlaMeasure.FIRST_RESOLUTION: frozenset(),
    SlaMeasure.REQUESTER_WAIT: frozenset({Status.PENDING}),
    SlaMeasure.RESPONDER_WORK: frozenset({Status.PENDING, Status.HOLD}),
    SlaMeasure.EACH_REPLY: frozenset(),
    SlaMeasure.PERIODIC_UPDATE: frozenset({Status.PENDING}),
    SlaMeasure.TOTAL_RESOLUTION: frozenset(),
    SlaMeasure.PICKUP: frozenset(),
    SlaMeasure.TEAM_TIME: frozenset({Status.PENDING}),
}
"""In which statuses the clock of a measure stands still, where its target does not say otherwise."""


class Target(_Model):
    """One promise: a measure, a limit per priority and the clock that it runs on."""

    measure: SlaMeasure
    """What is promised."""
    within: dict[Priority, Millis]
    """A priority without a limit has no promise."""
    clock: Clock = Clock.BUSINESS
    """`business`: only the hours of the ticket's calendar count; `calendar`: every hour does."""
    at_risk: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.75,)
    """Warn when these shares of the limit have gone, ascending."""
    at_risk_before: tuple[Millis, ...] = ()
    """Warn this long before the limit, on the target's clock, descending. A step not shorter than the limit is left out."""
    pauses: tuple[Status, ...] | None = None
    """Statuses in which the clock stands still; left out: those of the measure."""
    until: TeamGoal = TeamGoal.HANDED_ON
    """For `team_time`: what fulfils it."""


class Condition(_Model):
    """Which tickets a policy is for: every list that is given must hold the ticket's value."""

    tenants: tuple[str, ...] = ()
    """Any of these tenants."""
    queues: tuple[str, ...] = ()
    """Any of these queues."""
    channels: tuple[Channel, ...] = ()
    """Any of these channels."""
    priorities: tuple[Priority, ...] = ()
    """Any of these priorities."""
    teams: tuple[str, ...] = ()
    """Any of these teams."""
    brands: tuple[str, ...] = ()
    """Any of these brands."""
    regions: tuple[str, ...] = ()
    """Any of these regions."""
    customer_tiers: tuple[str, ...] = ()
    """Any of these tiers."""
    tags: tuple[str, ...] = ()
    """At least one of these tags."""
    excluded_tags: tuple[str, ...] = ()
    """None of these tags."""
    vip: bool | None = None
    """Only VIP customers, or only the others; who is one, `domain.vip` says."""


class VipModel(_Model):
    """Who is a VIP customer: one of these tiers, or a ticket with one of these tags."""

    customer_tiers: tuple[str, ...] = ()
    """Tiers whose customers are VIP."""
    tags: tuple[str, ...] = ()
    """Tags that make a ticket that of a VIP customer."""


class CycleModel(_Model):
    """When a reopened ticket is a new case, whose first reply is promised and measured again."""

    reopen_after: Millis | None = None
    """Solved for at least this long; left out: however long."""
    unanswered: bool = False
    """Also one that automation solved before anybody had replied."""


class PolicyModel(_Model):
    """A set of promises. The first policy in order whose condition holds is the ticket's.

    Several entries of one name are its versions: each is in force from `effective_from` until the next one's.
    """

    name: str
    """What the policy is called, in every breach and warning too."""
    version: int = 1
    """Which version of the name this is."""
    effective_from: AwareDatetime | None = None
    """First instant, in event time, at which a clock that starts is under this version; left out: ever since."""
    effective_until: AwareDatetime | None = None
    """First instant at which it no longer is; left out: until the next version, or for good."""
    when: Condition = Condition()
    targets: tuple[Target, ...]


def milliseconds(moment: datetime) -> int:
    """Return an aware time as milliseconds since the Unix epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def spans_in_force(policies: tuple[PolicyModel, ...]) -> list[tuple[int | None, int | None]]:
    """Return, per policy in order, from when until when (exclusive) it is in force, ms; `None` is for ever."""
    starts: dict[str, list[int]] = {}
    for policy in policies:
        if policy.effective_from is not None:
            starts.setdefault(policy.name, []).append(milliseconds(policy.effective_from))
    spans: list[tuple[int | None, int | None]] = []
    for policy in policies:
        since = None if policy.effective_from is None else milliseconds(policy.effective_from)
        ends = [start for start in starts.get(policy.name, ()) if since is None or start > since]
        if policy.effective_until is not None:
            ends.append(milliseconds(policy.effective_until))
        spans.append((since, min(ends, default=None)))
    return spans
