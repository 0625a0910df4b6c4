"""Which promise holds for a ticket: the first policy whose condition holds, its target for the measure and priority."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import msgspec

from pipeline.config import Condition, Domain, PolicyModel, SlaMeasure
from pipeline.events import Event, Status
from pipeline.measures import Clock as ClockKind
from tests.oracle.calendar import EveryHour, Hours

EVERY_HOUR = EveryHour()
NAMES = ("status", "priority", "channel", "queue", "assignee", "team", "brand", "region", "tags", "requester")


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
        if value is None and name == "priority":
            value = domain.default_priority
        return "" if value is None else str(value)

    @property
    def status(self) -> Status:
        """Return the status; `new` before the first known one."""
        value = self.values.get("status", Status.NEW)
        assert isinstance(value, Status)
        return value

    @property
    def tags(self) -> frozenset[str]:
        """Return the tags as a set."""
        value = self.values.get("tags", ())
        assert isinstance(value, tuple)
        return frozenset(value)

    def leaf(self, domain: Domain) -> tuple[str, ...]:
        """Return the values of the configured dimensions."""
        return tuple(self.text(domain, dimension) for dimension in domain.dimensions)


class Terms(msgspec.Struct, frozen=True):
    """What a clock promises at some time."""

    policy: str
    version: int
    limit_ms: int
    hours: Hours
    steps: tuple[float, ...]
    """At-risk steps, shares of the limit, ascending."""

    @property
    def at_risk_ms(self) -> int | None:
        """Return the elapsed time at which the first at-risk step is reached."""
        return int(self.limit_ms * Fraction(str(self.steps[0]))) if self.steps else None

    def same(self, other: Terms) -> bool:
        """Return whether limit, clock, calendar and steps are the same, so that nothing has to be computed anew."""
        return (self.limit_ms, self.hours.name, self.steps) == (other.limit_ms, other.hours.name, other.steps)


def terms_for(
    domain: Domain, attributes: Attributes, measure: SlaMeasure, hours: Callable[[str], Hours], start_ms: int
) -> Terms | None:
    """Return what is promised by a clock that began at `start_ms` on a ticket with these attributes, or `None`.

    `hours` returns a calendar by its name, or the ticket's own for the empty one.
    """
    channel = _channel_at(domain, attributes, hours, start_ms)
    policy = next((p for p in domain.policies if _holds(domain, p.when, attributes, channel)), None)
    if policy is None:
        return None
    return _terms(policy, measure, attributes.text(domain, "priority"), hours(""))


def _channel_at(domain: Domain, attributes: Attributes, hours: Callable[[str], Hours], start_ms: int) -> str:
    """Return the ticket's channel, or the one that stands in for it where it was closed."""
    channel, queue = attributes.text(domain, "channel"), attributes.text(domain, "queue")
    for fallback in domain.fallbacks:
        if str(fallback.channel) == channel and (not fallback.queues or queue in fallback.queues):
            is_open = hours(fallback.calendar).elapsed(start_ms, start_ms + 1) == 1
            return channel if is_open else str(fallback.to)
    return channel


def _terms(policy: PolicyModel, measure: SlaMeasure, priority: str, hours: Hours) -> Terms | None:
    for target in policy.targets:
        limits = {str(known): limit for known, limit in target.within.items()}
        if target.measure is measure and priority in limits:
            limit = limits[priority]
            clock = EVERY_HOUR if target.clock is ClockKind.CALENDAR else hours
            return Terms(policy.name, policy.version, limit, clock, target.at_risk)
    return None


def _holds(domain: Domain, when: Condition, attributes: Attributes, channel: str) -> bool:
    lists = {
        "queue": when.queues,
        "channel": when.channels,
        "priority": when.priorities,
        "team": when.teams,
        "brand": when.brands,
        "region": when.regions,
    }
    if when.tenants and attributes.tenant not in when.tenants:
        return False
    if when.tags and not attributes.tags.intersection(when.tags):
        return False
    values = {name: attributes.text(domain, name) for name in lists} | {"channel": channel}
    return all(not wanted or values[name] in {str(value) for value in wanted} for name, wanted in lists.items())
