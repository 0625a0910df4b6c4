"""The oracle's numbers: every fact of every ticket, and questions about them answered by looking at each."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agents.verification.oracle.calendar import OpeningHours
from agents.verification.oracle.customers import ABOUT_CUSTOMERS, Customers, customers
from agents.verification.oracle.facts import BUSINESS, Fact, Leaf, Outcome, Piece, TicketResult
from agents.verification.oracle.lives import tell
from pipeline.config import Domain, SlaMeasure
from pipeline.events import Event, EventType
from pipeline.measures import EDGES, SUM, Measure, Work, base

MINUTE_MS, HOUR_MS, DAY_MS, WEEK_MS = 60_000, 3_600_000, 86_400_000, 604_800_000
DURATIONS = frozenset({*BUSINESS.keys(), *BUSINESS.values()})
COUNTERS = frozenset(measure for measure in Measure if measure not in DURATIONS and not measure.value.startswith("sla_"))
"""Counters and amounts: one number each."""
Segment = Mapping[str, str]
EVERYTHING: Segment = {}
Time = int | None


class Bounds(NamedTuple):
    """A window `[since_ms, until_ms)`."""

    since_ms: int
    until_ms: int

    def earlier(self, by_ms: int) -> Bounds:
        """Return the window of the same length that much earlier."""
        return Bounds(self.since_ms - by_ms, self.until_ms - by_ms)


class Breach(NamedTuple):
    """Who broke which promise and when."""

    tenant: str
    ticket_id: str
    measure: SlaMeasure
    instance: int
    at_ms: int


class Oracle:
    """Reads a whole log by brute force."""

    def __init__(self, domain: Domain) -> None:
        """Take the configuration."""
        self.domain = domain
        self._calendars: dict[str, OpeningHours] = {}

    def run(self, events: Iterable[Event], until: int | Callable[[str, str], int]) -> OracleResult:
        """Tell every ticket's life, from events in log order, up to its partition's time, ms: one for all, or by ticket."""
        until_ms = (lambda _tenant, _ticket: until) if isinstance(until, int) else until
        logs: dict[tuple[str, str], list[Event]] = {}
        register: list[Event] = []
        for event in events:
            if event.type in ABOUT_CUSTOMERS:
                register.append(event)
            elif event.type is not EventType.CLOCK_PASSED:
                logs.setdefault((event.tenant, event.ticket_id), []).append(event)
        tickets = {key: tell(self.domain, self._calendars, log, until_ms(*key)) for key, log in logs.items()}
        told = customers(self.domain, logs, tickets, register) if self.domain.customers else Customers([], [], {})
        return OracleResult(self.domain, tickets, told)


class OracleResult:
    """Everything that the numbers must be. `segment` maps dimensions to values; an empty one is everything."""

    def __init__(self, domain: Domain, tickets: dict[tuple[str, str], TicketResult], told: Customers) -> None:
        """Take what was found of every ticket and of the customers."""
        self.domain, self.tickets, self.customers = domain, tickets, told
        self._facts: dict[Measure, list[tuple[str, Fact]]] = {measure: [] for measure in Measure}
        for (tenant, _), ticket in tickets.items():
            for fact in (*ticket.facts, *map(_as_fact, ticket.outcomes)):
                self._facts[fact.measure].append((tenant, fact))
        for tenant, fact in told.facts:
            self._facts[fact.measure].append((tenant, fact))

    def facts(
        self,
        measure: Measure,
        tenant: str | None = None,
        segment: Segment = EVERYTHING,
        since: int | None = None,
        until: int | None = None,
    ) -> Iterator[Fact]:
        """Yield the facts of a measure whose minute is in `[since, until)`."""
        for owner, fact in self._facts[measure]:
            in_time = (since is None or fact.at_ms >= since) and (until is None or fact.at_ms < until)
            if in_time and (tenant is None or owner == tenant) and self.inside(fact.leaf, segment):
                yield fact

    def owned(self, measure: Measure) -> list[tuple[str, Fact]]:
        """Return every fact of a measure, with its tenant."""
        return self._facts[measure]

    def owned_pieces(self) -> Iterator[tuple[str, Piece]]:
        """Yield every piece of open work, with its tenant."""
        for (tenant, _), ticket in self.tickets.items():
            for piece in ticket.work:
                yield tenant, piece
        yield from self.customers.pieces

    def inside(self, leaf: Leaf, segment: Segment) -> bool:
        """Return whether a leaf belongs to a segment."""
        return all(leaf[self.domain.dimensions.index(dimension)] == value for dimension, value in segment.items())

    def durations(
        self,
        measure: Measure,
        tenant: str | None = None,
        segment: Segment = EVERYTHING,
        since: int | None = None,
        until: int | None = None,
    ) -> list[int]:
        """Return the durations, milliseconds, ascending."""
        return sorted(fact.value for fact in self.facts(measure, tenant, segment, since, until))

    def count(
        self,
        measure: Measure,
        tenant: str | None = None,
        segment: Segment = EVERYTHING,
        since: int | None = None,
        until: int | None = None,
    ) -> int:
        """Return how often, for counters, durations and SLA outcomes alike."""
        return sum(1 for _ in self.facts(measure, tenant, segment, since, until))

    def sla(
        self,
        measure: SlaMeasure,
        tenant: str | None = None,
        segment: Segment = EVERYTHING,
        since: int | None = None,
        until: int | None = None,
    ) -> tuple[int, int]:
        """Return (met, breached)."""
        met, breached = (sla_code(measure, met=met) for met in (True, False))
        return self.count(met, tenant, segment, since, until), self.count(breached, tenant, segment, since, until)

    def outcomes(self) -> dict[tuple[str, str], list[Outcome]]:
        """Return every SLA outcome by (tenant, ticket)."""
        return {key: ticket.outcomes for key, ticket in self.tickets.items() if ticket.outcomes}

    def breaches(self) -> set[Breach]:
        """Return every breach that stands at the end."""
        return {Breach(*key, o.measure, o.instance, o.at_ms) for key, t in self.tickets.items() for o in t.outcomes if not o.met}

    def pieces(self, kind: Work | None = None, tenant: str | None = None, segment: Segment = EVERYTHING) -> Iterator[Piece]:
        """Yield the pieces of open work."""
        for (owner, _), ticket in self.tickets.items():
            for piece in ticket.work:
                wanted = (kind is None or piece.work is kind) and (tenant is None or owner == tenant)
                if wanted and self.inside(piece.leaf, segment):
                    yield piece

    def work(self, kind: Work, tenant: str | None = None, segment: Segment = EVERYTHING) -> list[int]:
        """Return the start times of open work, ascending."""
        return sorted(piece.start_ms for piece in self.pieces(kind, tenant, segment))

    def work_starts(self) -> dict[tuple[str, Leaf, Work], dict[int, int]]:
        """Return (tenant, leaf, kind) -> start -> how many: the sum of all shifts of work in `panes`."""
        found: dict[tuple[str, Leaf, Work], Counter[int]] = {}
        for tenant, piece in self.owned_pieces():
            found.setdefault((tenant, piece.leaf, piece.work), Counter())[piece.start_ms] += 1
        return {key: dict(starts) for key, starts in found.items()}

    def cells(self) -> dict[tuple[str, Leaf, int, Measure], list[int]]:
        """Return (tenant, leaf, minute, measure) -> values, ascending (a counter's are ones)."""
        found: dict[tuple[str, Leaf, int, Measure], list[int]] = {}
        for measure, facts in self._facts.items():
            for tenant, fact in facts:
                found.setdefault((tenant, fact.leaf, fact.at_ms // MINUTE_MS, measure), []).append(fact.value)
        return {key: sorted(values) for key, values in found.items()}

    def codes(self) -> dict[tuple[str, Leaf, int], dict[int, int]]:
        """Return (tenant, leaf, minute) -> code -> amount as `panes` must add up to, without the histogram classes and zeros."""
        found: dict[tuple[str, Leaf, int], Counter[int]] = {}
        edges = self.domain.all_edges_ms
        for (tenant, leaf, minute, measure), values in self.cells().items():
            cell = found.setdefault((tenant, leaf, minute), Counter())
            if measure in COUNTERS or measure.value.startswith("sla_"):
                cell[base(measure)] += sum(values)
            else:
                cell[base(measure) + SUM] += sum(values)
                cell.update(base(measure) + EDGES + edge_index(edges, value) for value in values)
        return {key: {code: amount for code, amount in cell.items() if amount} for key, cell in found.items()}

    def segments(self) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        """Return every configured segment that has a fact or open work: (tenant, ((dimension, value), ...))."""
        leaves = {(tenant, fact.leaf) for facts in self._facts.values() for tenant, fact in facts}
        leaves |= {(tenant, piece.leaf) for (tenant, _), ticket in self.tickets.items() for piece in ticket.work}
        index = self.domain.dimensions.index
        return {(tenant, tuple((d, leaf[index(d)]) for d in names)) for tenant, leaf in leaves for names in self.domain.segments}

    @property
    def duplicates(self) -> int:
        """Return how many events were duplicates."""
        return sum(ticket.duplicates for ticket in self.tickets.values())

    @property
    def out_of_order(self) -> int:
        """Return how many events sorted before one that came earlier in the log."""
        return sum(ticket.out_of_order for ticket in self.tickets.values())


def sla_code(measure: SlaMeasure, *, met: bool) -> Measure:
    """Return the counter of one SLA outcome."""
    return Measure(f"sla_{measure.value}_{'met' if met else 'breached'}")


def edge_index(edges: tuple[int, ...], value: int) -> int:
    """Return the index of the first edge at or above a value; one past the last when it is above every edge."""
    return bisect_left(edges, value)


def mean(values: list[int]) -> int | None:
    """Return the mean, rounded down."""
    return sum(values) // len(values) if values else None


def quantile(values: list[int], per_mille: int) -> int | None:
    """Return the value of rank `ceil(q * count)` of ascending values; q in thousandths."""
    return values[-(-per_mille * len(values) // 1000) - 1] if values else None


def within_ppm(met: int, breached: int) -> int | None:
    """Return the share within a promise, parts per million."""
    return met * 1_000_000 // (met + breached) if met + breached else None


def window(domain: Domain, length_ms: int, as_of_ms: int) -> Bounds:
    """Return the window of a length at a time: to the end of the minute, or for more than a day of the zone's hour."""
    if length_ms <= DAY_MS:
        until = as_of_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS
    else:
        local = datetime.fromtimestamp(as_of_ms // 1000, UTC).astimezone(ZoneInfo(domain.zone))
        into = timedelta(minutes=local.minute, seconds=local.second)
        until = as_of_ms // 1000 * 1000 - into // timedelta(milliseconds=1) + HOUR_MS
    return Bounds(until - length_ms, until)


def _as_fact(outcome: Outcome) -> Fact:
    return Fact(sla_code(outcome.measure, met=outcome.met), outcome.at_ms, outcome.leaf, 1)
