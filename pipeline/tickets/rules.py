"""The domain's configuration, compiled for the fold: leaves, calendars, and which promise a ticket has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from hashlib import blake2b
from operator import attrgetter
from typing import TypeVar

import msgspec

from pipeline.additions import Leaf
from pipeline.config import PAUSES, CycleModel, Domain, PolicyModel, Target
from pipeline.events import Channel, Status
from pipeline.measures import Clock
from pipeline.policy import SlaMeasure, TeamGoal, spans_in_force
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.tickets.conditions import Ticket, attributes_asked, holds
from pipeline.tickets.entry import CHANNELS, PRIORITIES, STATUSES
from pipeline.tickets.fallback import Fallbacks
from pipeline.tickets.state import PICKUP, SLA_MEASURES, SOLVED, TEAM_TIME, State
from pipeline.tickets.topics import Topics

MATCHED = len(SLA_MEASURES)
"""Place in what `Rules.match` returns."""
_Value = TypeVar("_Value")
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

    before_ms: tuple[int, ...] = ()
    """At-risk steps that stand this long before the limit."""
    pauses: tuple[int, ...] | None = None
    """Statuses in which it stands still; `None`: those of the measure."""
    until: str = ""
    """What fulfils a team's promise; empty: handing the ticket on."""

    @property
    def id(self) -> int:
        """Return a number made of the content: equal promises have equal ids on every partition.

        What a promise does not use is no part of it, so that those made before there was such a thing keep their ids.
        """
        content = msgspec.structs.astuple(self)
        if content[_PLAIN:] == _UNUSED:
            content = content[:_PLAIN]
        return int.from_bytes(blake2b(msgspec.msgpack.encode(content), digest_size=6).digest(), "big")

    def steps(self) -> tuple[tuple[int, int], ...]:
        """Return the at-risk steps: after how much elapsed time, ms, and which share of the limit that is, ppm; ascending."""
        found = {
            self.limit_ms - before: (self.limit_ms - before) * _PPM // self.limit_ms
            for before in self.before_ms
            if before < self.limit_ms
        }
        found |= {self.limit_ms * share // _PPM: share for share in self.steps_ppm}
        return tuple(sorted(found.items()))


_UNUSED = ((), None, "")
_PLAIN = len(Promise.__struct_fields__) - len(_UNUSED)


class _Era:
    """A stretch of time in which the same versions of all policies are in force, and the matches made for it."""

    __slots__ = ("matches", "policies", "team_policies")

    def __init__(self, policies: tuple[PolicyModel, ...], team_policies: tuple[PolicyModel, ...]) -> None:
        self.policies = policies
        self.team_policies = team_policies
        self.matches: dict[tuple[object, ...], tuple[int, ...]] = {}


class Rules:
    """What the fold asks about a ticket. One per engine; remembers the matches that it has made."""

    def __init__(self, domain: Domain) -> None:
        """Compile `domain`."""
        self.domain = domain
        self.edges_ms = domain.all_edges_ms
        self.calendars = Calendars(domain)
        self._fallbacks = Fallbacks(domain, self.calendars) if domain.fallbacks else None
        self.default_priority = PRIORITIES.index(domain.default_priority)
        self.live_channels = frozenset(CHANNELS.index(channel) for channel in domain.live_channels)
        self.automations = frozenset(domain.automations)
        self.expectations = _by_channel(domain.expectations)
        self.costs = _by_channel(domain.costs)
        self.pauses = tuple(tuple(_pauses(measure, status) for measure in SLA_MEASURES) for status in STATUSES)
        """By status, whether the clock of each SLA measure pauses."""
        self.pauses_all = (True,) * len(SLA_MEASURES)
        self.promises: dict[int, Promise] = {}
        self.steps: dict[int, tuple[tuple[int, int], ...]] = {}
        """At-risk steps by promise: elapsed time, ms, and share of the limit, ppm."""
        self.promised = _promised(domain)
        """By SLA measure, whether any version of any policy promises it: no clock runs for the others."""
        self.cycles = domain.cycles if domain.cycles != CycleModel() else None
        self.owning = self.promised[PICKUP] or self.promised[TEAM_TIME]
        self.authored = "author" in domain.dimensions
        """Whether it matters who holds a ticket."""
        self.paused_by: dict[int, tuple[bool, ...]] = {}
        """By promise with pauses of its own, then by status, whether its clock stands still."""
        self._topics = Topics(domain)
        self.leaf: Callable[[State], Leaf] = _leaf_of(domain, self.default_priority, self._topics)
        self._asked = attributes_asked(domain)
        self._changes, self._eras = _eras_of(domain)
        self.versioned = bool(self._changes or self._fallbacks)
        """Whether the promise of a clock depends on when it started."""

    def topics_of(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Return the configured topics that tags name, in their order."""
        return self._topics.of(tags)

    def calendar(self, state: State) -> Calendar:
        """Return the calendar of a ticket: its queue's, else its team's, else the default one."""
        return self.calendars.of(state.queue, state.team)

    def learn(self, promise: Promise) -> int:
        """Take up a promise, from a match or from the changelog; return its id."""
        promise_id = promise.id
        if promise_id not in self.promises:
            self.promises[promise_id] = promise
            self.steps[promise_id] = promise.steps()
            if promise.pauses is not None:
                self.paused_by[promise_id] = tuple(
                    status in promise.pauses or status in SOLVED for status in range(len(STATUSES))
                )
        return promise_id

    def match(self, tenant: str, state: State, started_at: int) -> tuple[int, ...]:
        """Return the id of the promise per SLA measure, 0 where there is none, of clocks that began at `started_at`.

        The first policy in force then that holds; where the ticket's channel was closed then, for the one that stands in for it.
        Behind them, at `MATCHED`: 0 where no policy is for the ticket, while there are policies.
        """
        era = self._eras[bisect_right(self._changes, started_at)] if self._changes else self._eras[0]
        channel = self._fallbacks.channel(state, started_at) if self._fallbacks else state.channel
        key = (tenant, channel, self._asked(state))
        found = era.matches.get(key)
        if found is None:
            if len(era.matches) >= _MATCHES_KEPT:
                era.matches.clear()
            found = era.matches[key] = self._match(era, tenant, state, channel)
        return found

    def _match(self, era: _Era, tenant: str, state: State, channel: int | None) -> tuple[int, ...]:
        ids = [0] * (len(SLA_MEASURES) + 1)
        priority = PRIORITIES[self.default_priority if state.priority is None else state.priority]
        ticket = Ticket(tenant, state, None if channel is None else CHANNELS[channel], priority)
        ids[MATCHED] = int(not self.domain.policies)
        for policies in (era.policies, era.team_policies):
            policy = next((p for p in policies if holds(p.when, self.domain.vip, ticket)), None)
            if policy is None:
                continue
            if policies is era.policies:
                ids[MATCHED] = 1
            for target in policy.targets:
                measure = SLA_MEASURES.index(target.measure)
                limit_ms = target.within.get(priority)
                if limit_ms is not None and not ids[measure]:
                    ids[measure] = self.learn(self._promise(policy, target, measure, priority.value, limit_ms, state))
        return tuple(ids)

    def _promise(self, policy: PolicyModel, target: Target, measure: int, priority: str, limit_ms: int, state: State) -> Promise:
        business = target.clock is Clock.BUSINESS
        calendar = self.calendar(state)
        own_pauses = target.pauses is not None and frozenset(target.pauses) != PAUSES[target.measure]
        return Promise(
            measure,
            policy.name,
            policy.version,
            priority,
            limit_ms,
            calendar.name if business else "",
            calendar.version if business else 0,
            tuple(sorted(round(share * _PPM) for share in target.at_risk)),
            tuple(sorted(target.at_risk_before, reverse=True)),
            tuple(sorted({STATUSES.index(status) for status in target.pauses or ()})) if own_pauses else None,
            "" if target.until is TeamGoal.HANDED_ON else target.until.value,
        )

    def clock(self, promise: Promise) -> Calendar:
        """Return what a promise's time runs on."""
        return self.calendars.named(promise.calendar)


def _promised(domain: Domain) -> tuple[bool, ...]:
    measures = {target.measure for policy in (*domain.policies, *domain.team_policies) for target in policy.targets}
    return tuple(measure in measures for measure in SLA_MEASURES)


def _pauses(measure: SlaMeasure, status: Status) -> bool:
    return status in PAUSES[measure] or STATUSES.index(status) in SOLVED


def _eras_of(domain: Domain) -> tuple[list[int], list[_Era]]:
    """Return the instants, ms, at which the policies in force change, and the eras before, between and after them."""
    lists = (domain.policies, domain.team_policies)
    spans = [spans_in_force(policies) for policies in lists]
    changes = sorted({at for several in spans for span in several for at in span if at is not None})
    eras: list[_Era] = []
    for begin in (None, *changes):
        in_force = (
            tuple(policy for policy, span in zip(policies, several, strict=True) if _covers(span, begin))
            for policies, several in zip(lists, spans, strict=True)
        )
        eras.append(_Era(*in_force))
    return changes, eras


def _covers(span: tuple[int | None, int | None], at_ms: int | None) -> bool:
    since, until = span
    return (since is None or (at_ms is not None and since <= at_ms)) and (until is None or at_ms is None or at_ms < until)


def _by_channel(values: Mapping[Channel, _Value]) -> dict[int | None, _Value]:
    return {CHANNELS.index(channel): value for channel, value in values.items()}


def _leaf_of(domain: Domain, default_priority: int, topics: Topics) -> Callable[[State], Leaf]:
    channels = {index: channel.value for index, channel in enumerate(CHANNELS)}
    priorities: dict[int | None, str] = {index: priority.value for index, priority in enumerate(PRIORITIES)}
    priorities[None] = PRIORITIES[default_priority].value
    if domain.dimensions == ("queue", "channel", "priority"):
        return lambda s: (s.queue, channels.get(s.channel, ""), priorities[s.priority])  # type: ignore[arg-type]
    readers: dict[str, Callable[[State], str]] = {
        "channel": lambda s: channels.get(s.channel, ""),  # type: ignore[arg-type]
        "priority": lambda s: priorities[s.priority],
        "topic": lambda s: topics.first(s.tags),
    }
    read = tuple(readers.get(dimension, attrgetter(dimension)) for dimension in domain.dimensions)
    return lambda s: tuple(reader(s) for reader in read)
