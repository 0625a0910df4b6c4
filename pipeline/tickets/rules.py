"""The domain's configuration, compiled for the fold: leaves, calendars, and which promise a ticket has."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter

import msgspec

from pipeline.additions import Leaf
from pipeline.config import PAUSES, Condition, Domain, PolicyModel, Target
from pipeline.measures import Clock
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.tickets.entry import CHANNELS, PRIORITIES, STATUSES
from pipeline.tickets.fallback import Fallbacks
from pipeline.tickets.state import SLA_MEASURES, State

_MATCHES_KEPT = 10_000
_PPM = 1_000_000


class Promise(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A limit as a clock froze it. Kept in the changelog, so that a clock outlives the policy that started it."""

    measure: int
    policy: str
    policy_version: int
    priority: str
    limit_ms: int
    calendar: str
    """Name of the calendar it runs on; empty for calendar time."""
    calendar_version: int
    steps_ppm: tuple[int, ...]
    """At-risk steps, parts per million of the limit, ascending."""

    @property
    def id(self) -> int:
        """Return a number made of the content: equal promises have equal ids on every partition."""
        return int.from_bytes(blake2b(msgspec.msgpack.encode(self), digest_size=6).digest(), "big")


class Rules:
    """What the fold asks about a ticket. One per engine; remembers the matches that it has made."""

    def __init__(self, domain: Domain) -> None:
        """Compile `domain`."""
        self.domain = domain
        self.edges_ms = domain.all_edges_ms
        self.calendars = Calendars(domain)
        self.fallbacks = Fallbacks(domain, self.calendars)
        self.default_priority = PRIORITIES.index(domain.default_priority)
        self.pauses = tuple(tuple(status in PAUSES[measure] for measure in SLA_MEASURES) for status in STATUSES)
        """By status, whether the clock of each SLA measure pauses."""
        self.pauses_all = (True,) * len(SLA_MEASURES)
        self.promises: dict[int, Promise] = {}
        self.leaf: Callable[[State], Leaf] = _leaf_of(domain, self.default_priority)
        self._matches: dict[tuple[object, ...], tuple[int, ...]] = {}

    def calendar(self, state: State) -> Calendar:
        """Return the calendar of a ticket: its queue's, else its team's, else the default one."""
        return self.calendars.of(state.queue, state.team)

    def learn(self, promise: Promise) -> None:
        """Take up a promise from the changelog."""
        self.promises[promise.id] = promise

    def match(self, tenant: str, state: State, started_at: int) -> tuple[int, ...]:
        """Return the id of the promise per SLA measure, 0 where there is none, of clocks that began at `started_at`.

        The first policy that holds; where the ticket's channel was closed then, for the channel that stands in for it.
        """
        channel = self.fallbacks.channel(state, started_at) if self.fallbacks else state.channel
        key = (tenant, state.queue, channel, state.priority, state.team, state.brand, state.region, state.tags)
        found = self._matches.get(key)
        if found is None:
            if len(self._matches) >= _MATCHES_KEPT:
                self._matches.clear()
            found = self._matches[key] = self._match(tenant, state, channel)
        return found

    def _match(self, tenant: str, state: State, channel: int | None) -> tuple[int, ...]:
        ids = [0] * len(SLA_MEASURES)
        policies = self.domain.policies
        policy = next((p for p in policies if _holds(p.when, tenant, state, channel, self.default_priority)), None)
        for target in policy.targets if policy else ():
            promise = self._promise(policy, target, state)
            if promise is not None and not ids[promise.measure]:
                self.promises[promise.id] = promise
                ids[promise.measure] = promise.id
        return tuple(ids)

    def _promise(self, policy: PolicyModel | None, target: Target, state: State) -> Promise | None:
        priority = PRIORITIES[self.default_priority if state.priority is None else state.priority]
        limit_ms = target.within.get(priority)
        if limit_ms is None or policy is None:
            return None
        business = target.clock is Clock.BUSINESS
        calendar = self.calendar(state)
        return Promise(
            SLA_MEASURES.index(target.measure),
            policy.name,
            policy.version,
            priority.value,
            limit_ms,
            calendar.name if business else "",
            calendar.version if business else 0,
            tuple(sorted(round(share * _PPM) for share in target.at_risk)),
        )

    def clock(self, promise: Promise) -> Calendar:
        """Return what a promise's time runs on."""
        return self.calendars.named(promise.calendar)


def _holds(when: Condition, tenant: str, state: State, channel_index: int | None, default_priority: int) -> bool:
    priority = PRIORITIES[default_priority if state.priority is None else state.priority]
    channel = None if channel_index is None else CHANNELS[channel_index]
    return (
        (not when.tenants or tenant in when.tenants)
        and (not when.queues or state.queue in when.queues)
        and (not when.channels or channel in when.channels)
        and (not when.priorities or priority in when.priorities)
        and (not when.teams or state.team in when.teams)
        and (not when.brands or state.brand in when.brands)
        and (not when.regions or state.region in when.regions)
        and (not when.tags or not set(when.tags).isdisjoint(state.tags))
    )


def _leaf_of(domain: Domain, default_priority: int) -> Callable[[State], Leaf]:
    channels = {index: channel.value for index, channel in enumerate(CHANNELS)}
    priorities: dict[int | None, str] = {index: priority.value for index, priority in enumerate(PRIORITIES)}
    priorities[None] = PRIORITIES[default_priority].value
    if domain.dimensions == ("queue", "channel", "priority"):
        return lambda s: (s.queue, channels.get(s.channel, ""), priorities[s.priority])  # type: ignore[arg-type]
    readers: dict[str, Callable[[State], str]] = {
        "channel": lambda s: channels.get(s.channel, ""),  # type: ignore[arg-type]
        "priority": lambda s: priorities[s.priority],
    }
    read = tuple(readers.get(dimension, attrgetter(dimension)) for dimension in domain.dimensions)
    return lambda s: tuple(reader(s) for reader in read)
