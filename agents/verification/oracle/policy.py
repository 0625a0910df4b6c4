"""Which promise holds for a ticket: the first policy whose condition holds, its target for the measure and priority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import msgspec

from agents.verification.oracle.calendar import EveryHour, Hours
from pipeline.config import Condition, Domain, PolicyModel, SlaMeasure
from pipeline.events import ActorKind, Event, Status
from pipeline.measures import Clock as ClockKind
from pipeline.policy import TeamGoal

EVERY_HOUR = EveryHour()
NAMES = (
    *("status", "priority", "channel", "queue", "assignee", "team", "brand", "region", "tags", "requester"),
    "customer_tier",
)


@dataclass
class Attributes:
    """The ticket after the events seen; `None` is unknown."""

    tenant: str
    values: dict[str, object] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Replace each attribute that the event carries."""
        for name in NAMES:
            value = getattr(event, name)
            if value is not None:
                self.values[name] = value

    def text(self, domain: Domain, name: str) -> str:
        """Return one attribute as text; an unknown one is empty, an unknown priority the default."""
        value = self.values.get(name)
        if name == "topic":
            return next((topic for topic, tags in domain.topics.items() if self.tags.intersection(tags)), "")
        if value is None and name == "priority":
            value = domain.default_priority
        return "" if value is None else str(value)

    @property
    def status(self) -> Status:
        """Return the status; `new` before the first known one."""
        value = self.values.get("status", Status.NEW)
        assert isinstance(value, Status)  # noqa: S101 - an event carries nothing else; narrows the type
        return value

    @property
    def tags(self) -> frozenset[str]:
        """Return the tags as a set."""
        value = self.values.get("tags", ())
        assert isinstance(value, tuple)  # noqa: S101 - an event carries nothing else; narrows the type
        return frozenset(value)

    def leaf(self, domain: Domain) -> tuple[str, ...]:
        """Return the values of the configured dimensions; nobody is the author of what time adds."""
        return tuple(self.text(domain, dimension) for dimension in domain.dimensions)


def signed(domain: Domain, leaf: tuple[str, ...], event: Event) -> tuple[str, ...]:
    """Return the leaf of what an event adds: its author is the responder who acted."""
    author = event.actor_id or "" if event.actor is ActorKind.RESPONDER else ""
    return tuple(author if name == "author" else value for name, value in zip(domain.dimensions, leaf, strict=True))


class Terms(msgspec.Struct, frozen=True):
    """What a clock promises at some time."""

    policy: str
    version: int
    limit_ms: int
    hours: Hours
    steps: frozenset[int]
    """Elapsed times, ms, at which the at-risk steps are reached."""
    pauses: frozenset[Status] | None
    """Statuses in which the clock stands still, where the target says so itself."""
    until: TeamGoal

    @property
    def at_risk_ms(self) -> int | None:
        """Return the elapsed time at which the first at-risk step is reached."""
        return min(self.steps, default=None)

    def same(self, other: Terms) -> bool:
        """Return whether limit, clock, calendar and steps are the same, so that nothing has to be computed anew."""
        return (self.limit_ms, self.hours.name, self.steps) == (other.limit_ms, other.hours.name, other.steps)


def terms_for(
    domain: Domain, attributes: Attributes, measure: SlaMeasure, hours: Callable[[str], Hours], start_ms: int
) -> Terms | None:
    """Return what is promised by a clock that began at `start_ms` on a ticket with these attributes, or `None`.

    `hours` returns a calendar by its name, or the ticket's own for the empty one.
    """
    policy = policy_for(domain, attributes, hours, start_ms, of_teams=measure is SlaMeasure.TEAM_TIME)
    if policy is None:
        return None
    return _terms(policy, measure, attributes.text(domain, "priority"), hours(""))


def policy_for(
    domain: Domain, attributes: Attributes, hours: Callable[[str], Hours], start_ms: int, *, of_teams: bool = False
) -> PolicyModel | None:
    """Return the first policy (`of_teams`: of promises between teams) in force at a time whose condition holds."""
    channel = _channel_at(domain, attributes, hours, start_ms)
    policies = in_force(domain.team_policies if of_teams else domain.policies, start_ms)
    return next((policy for policy in policies if _holds(domain, policy.when, attributes, channel)), None)


def _channel_at(domain: Domain, attributes: Attributes, hours: Callable[[str], Hours], start_ms: int) -> str:
    """Return the ticket's channel, or the one that stands in for it where it was closed."""
    channel, queue = attributes.text(domain, "channel"), attributes.text(domain, "queue")
    for fallback in domain.fallbacks:
        if str(fallback.channel) == channel and (not fallback.queues or queue in fallback.queues):
            is_open = hours(fallback.calendar).elapsed(start_ms, start_ms + 1) == 1
            return channel if is_open else str(fallback.to)
    return channel


def in_force(policies: Sequence[PolicyModel], at_ms: int) -> list[PolicyModel]:
    """Return the entries in force at a time: of each name the one that began last, unless it has been ended."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    newest: dict[str, PolicyModel] = {}
    for policy in policies:
        begun = policy.effective_from is None or policy.effective_from <= moment
        if begun and (policy.name not in newest or _later(policy, newest[policy.name])):
            newest[policy.name] = policy
    ended = {name for name, policy in newest.items() if policy.effective_until is not None and policy.effective_until <= moment}
    return [policy for policy in policies if policy.name not in ended and newest.get(policy.name) is policy]


def _later(policy: PolicyModel, other: PolicyModel) -> bool:
    if policy.effective_from is None or other.effective_from is None:
        return policy.effective_from is not None
    return policy.effective_from > other.effective_from


def _terms(policy: PolicyModel, measure: SlaMeasure, priority: str, hours: Hours) -> Terms | None:
    for target in policy.targets:
        limits = {str(known): limit for known, limit in target.within.items()}
        if target.measure is measure and priority in limits:
            limit = limits[priority]
            clock = EVERY_HOUR if target.clock is ClockKind.CALENDAR else hours
            steps = frozenset(int(limit * Fraction(str(share))) for share in target.at_risk)
            steps |= {limit - before for before in target.at_risk_before if before < limit}
            pauses = None if target.pauses is None else frozenset(target.pauses)
            return Terms(policy.name, policy.version, limit, clock, steps, pauses, target.until)
    return None


def _holds(domain: Domain, when: Condition, attributes: Attributes, channel: str) -> bool:
    lists = {
        "queue": when.queues,
        "channel": when.channels,
        "priority": when.priorities,
        "team": when.teams,
        "brand": when.brands,
        "region": when.regions,
        "customer_tier": when.customer_tiers,
    }
    if when.tenants and attributes.tenant not in when.tenants:
        return False
    if when.tags and not attributes.tags.intersection(when.tags):
        return False
    if attributes.tags.intersection(when.excluded_tags):
        return False
    if when.vip is not None:
        by_tier = attributes.text(domain, "customer_tier") in domain.vip.customer_tiers
        if when.vip != (by_tier or bool(attributes.tags.intersection(domain.vip.tags))):
            return False
    values = {name: attributes.text(domain, name) for name in lists} | {"channel": channel}
    return all(not wanted or values[name] in {str(value) for value in wanted} for name, wanted in lists.items())
