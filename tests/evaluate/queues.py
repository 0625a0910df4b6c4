"""One simulated queue: eight weeks of tickets, three of them to learn from, with everyday trouble and labelled incidents.

Everyday trouble: Mondays not fully planned for, days off by 6 %, reply speed that wanders (three hours), 1 % of tickets
answered ten to sixty times later, 2 % never, sweeps of parked tickets. The labels are causal: the same random numbers are
run with and without the incidents, and a ticket is impacted if it waited at least 1.8 times as long as it would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np

from tests.evaluate.channels import DAY, HOUR, VOLUMES, WARM_WEEKS, WEEK, WEEKS, Channel, Floats, Hours, is_open, next_open, week
from tests.evaluate.incidents import Incident, Kind, planned
from tests.evaluate.service import served

END, WARM = WEEKS * WEEK, WARM_WEEKS * WEEK
_STEP = 10.0
_BLEND = 997


@dataclass
class Ticket:
    start: float
    end: float
    answered: bool


@dataclass
class Queue:
    rate: float
    seed: int
    hours: Hours | None
    tickets: list[Ticket]
    incidents: list[Incident]
    spells: list[tuple[float, float]]
    """Slow spells that came by themselves: real, and nobody's label; neither found nor false."""

    @property
    def arrivals(self) -> Floats:
        return np.sort(np.array([ticket.start for ticket in self.tickets]))


@dataclass
class Draws:
    """What chance decides, the same with and without incidents."""

    arrivals: Floats
    extra: np.ndarray
    """Whether a ticket belongs to a surge."""
    replies: Floats
    handling: Floats
    answered: np.ndarray


def queue_of(rate: float, seed: int, hours: Hours | None = None, *, incidents: bool = True) -> Queue:
    """Simulate a queue."""
    random = np.random.default_rng([int(rate * 1000), seed, 7])
    plan = planned(np.random.default_rng([seed, int(rate * 1000), 99]), rate, WARM, END) if incidents else []
    draws = drawn(random, rate, VOLUMES[rate], plan)
    slots = slots_of(rate, VOLUMES[rate], hours)
    with_them = _replied(draws, draws.answered, plan, slots, rate, hours)
    without = _replied(draws, draws.answered & ~draws.extra, [], slots, rate, hours) if plan else with_them
    _label(plan, draws, with_them, without, max(1.0, 0.5 * VOLUMES[rate].reply_median))
    base = draws.answered & ~draws.extra
    spells = _spells(draws.arrivals[base], (without - draws.arrivals)[base], rate) if rate >= 5 else []
    gone = np.random.default_rng([seed, 3]).uniform(5, DAY, len(draws.arrivals))
    tickets = [
        Ticket(start, max(reply, start + 1 / 60) if answered else start + closed, answered)
        for start, reply, answered, closed in zip(
            draws.arrivals.tolist(), with_them.tolist(), draws.answered.tolist(), gone.tolist(), strict=True
        )
    ]
    return Queue(rate, seed, hours, tickets + _sweeps(seed, rate), plan, spells)


def drawn(random: np.random.Generator, rate: float, channel: Channel, plan: list[Incident]) -> Draws:
    """Draw what chance decides of a queue."""
    load, _, slower = week()
    hours = np.arange(int(END / HOUR))
    days = random.gamma(300, 1 / 300, len(hours) // 24 + 1)
    counts = random.poisson(rate * load[hours % 168] * days[hours // 24])
    usual = np.sort(np.repeat(hours * HOUR, counts) + random.uniform(0, HOUR, counts.sum()))
    speed = _wander(random)
    surges = [_surge(random, rate * load, one) for one in plan if one.kind is Kind.SURGE]
    extra = np.concatenate([*surges, np.empty(0)])
    arrivals = np.concatenate([usual, extra])
    order = np.argsort(arrivals, kind="stable")
    arrivals, is_extra = arrivals[order], (np.arange(len(arrivals)) >= len(usual))[order]
    size = len(arrivals)
    replies = channel.reply_median * np.exp(channel.reply_spread * random.normal(size=size))
    spread = channel.handling_spread
    handling = channel.handling_mean * np.exp(spread * random.normal(size=size) - spread**2 / 2)
    replies *= slower[(arrivals // HOUR).astype(int) % 168] * np.exp(speed[(arrivals // _STEP).astype(int)])
    replies = np.where(random.uniform(size=size) < 0.01, replies * random.uniform(10, 60, size), replies)
    return Draws(arrivals, is_extra, replies, handling, random.uniform(size=size) >= 0.02)


def _wander(random: np.random.Generator) -> Floats:
    """Return the log of the reply speed by ten minutes: autoregressive, three hours, spread 0.18."""
    count, keep = int(END / _STEP) + 2, exp(-_STEP / 180)
    noise = random.normal(0, 0.18 * sqrt(1 - keep * keep), count).tolist()
    values, value = [0.0], 0.0
    for shock in noise[1:]:
        value = keep * value + shock
        values.append(value)
    return np.array(values)


def _surge(random: np.random.Generator, load: Floats, one: Incident) -> Floats:
    found = []
    for hour in range(int(one.start // HOUR), int(one.end // HOUR) + 1):
        at = hour * HOUR + random.uniform(0, HOUR, random.poisson(load[hour % 168] * (one.size - 1)))
        found.append(at[(at >= one.start) & (at < one.end)])
    return np.concatenate(found)


def slots_of(rate: float, channel: Channel, hours: Hours | None) -> np.ndarray:
    """Return how many can be handled at a time, by hour of the week."""
    load, planned_for, _ = week()
    work = rate * planned_for * channel.handling_mean / 60 / channel.at_a_time
    if hours is not None:
        opened = np.array([is_open(hour * HOUR + 1, hours) for hour in range(168)])
        work = work * load.sum() / load[opened].sum() * 1.05
    margin = 1.8 if rate < 40 else 1.2
    slots = np.maximum(1, np.ceil(np.maximum(work + margin * np.sqrt(work), 1.15 * work))).astype(int) * channel.at_a_time
    return np.maximum(slots, 2) if rate < 2 else slots


def _replied(draws: Draws, kept: np.ndarray, plan: list[Incident], slots: np.ndarray, rate: float, hours: Hours | None) -> Floats:
    """Return when each ticket is replied to."""
    jitter = np.random.default_rng(5).uniform(0, 8, _BLEND)

    def slots_at(at: float) -> int:
        if not is_open(at, hours):
            return 0
        now = int(slots[int(at // HOUR) % 168])
        for one in plan:
            if one.start <= at < one.end:
                if one.kind is Kind.OUTAGE:
                    return 0
                if one.kind is Kind.STAFF and now > 3:
                    now = max(1, int(now * (1 - one.size)))
        return now

    cuts = [*np.arange(HOUR, END + 3 * DAY, HOUR).tolist(), *(at for one in plan for at in (one.start, one.end))]
    index = np.flatnonzero(kept)
    picked = served(draws.arrivals[index], draws.handling[index], slots_at, cuts)
    replied = picked + _slowed(draws, plan, slots, rate)[index]
    late = jitter[np.arange(len(index)) % _BLEND]
    for one in plan:
        if one.kind is Kind.OUTAGE:
            replied = np.where((replied >= one.start) & (replied < one.end), one.end + late, replied)
    if hours is not None:
        shut = [
            at if at == inf or is_open(at, hours) else next_open(at, hours) + 3 * delay
            for at, delay in zip(replied.tolist(), late.tolist(), strict=True)
        ]
        replied = np.array(shut)
    result = np.full(len(draws.arrivals), inf)
    result[index] = replied
    return result


def _slowed(draws: Draws, plan: list[Incident], slots: np.ndarray, rate: float) -> Floats:
    """Return reply times under the incidents."""
    replies = draws.replies.copy()
    for one in plan:
        inside = (draws.arrivals >= one.start) & (draws.arrivals < one.end)
        if one.kind is Kind.JUMP or (one.kind is Kind.SURGE and rate < 2):
            replies[inside] *= one.size
        elif one.kind is Kind.DRIFT:
            ramp = np.minimum(1.0, (draws.arrivals[inside] - one.start) / ((one.end - one.start) * 2 / 3))
            replies[inside] *= 1 + (one.size - 1) * ramp
        elif one.kind is Kind.STAFF:  # tiny teams lose attention instead of heads
            tiny = slots[(draws.arrivals[inside] // HOUR).astype(int) % 168] <= 3
            replies[inside] = np.where(tiny, replies[inside] * (2 + 4 * one.size), replies[inside])
    return replies


def _label(plan: list[Incident], draws: Draws, with_them: Floats, without: Floats, least: float) -> None:
    """Say which incidents slowed enough tickets, and until when."""
    arrivals, base = draws.arrivals, draws.answered & ~draws.extra
    took, would = with_them - arrivals, without - arrivals
    with np.errstate(invalid="ignore"):
        impacted = base & (took >= 1.8 * would) & (took - would >= least)
    for place, one in enumerate(plan):
        following = plan[place + 1].start if place + 1 < len(plan) else END
        slowed = impacted & (arrivals >= one.start - 6 * HOUR) & (arrivals < min(following, one.end + 36 * HOUR))
        inside = base & (arrivals >= one.start) & (arrivals < one.end)
        last = float(np.quantile(with_them[slowed], 0.95)) if slowed.any() else 0.0
        recovered = max(one.end, float(np.quantile(arrivals[slowed], 0.97)) if slowed.any() else 0.0)
        one.impact_end = min(max(recovered, last), one.end + 36 * HOUR)
        share = float(impacted[inside].mean()) if inside.any() else 0.0
        one.positive = bool(slowed.sum() >= 3 and share >= 0.4)


def _spells(arrivals: Floats, took: Floats, rate: float) -> list[tuple[float, float]]:
    """Find when at least 14 tickets and half an hour's worth took 2.2 times the queue's own norm for the hour of the week."""
    logs, hour = np.log(np.clip(took, 1 / 60, 1e5)), (arrivals // HOUR).astype(int) % 168
    medians = [
        np.median(logs[near]) if (near := np.isin(hour, [(h - 1) % 168, h, (h + 1) % 168])).any() else 0 for h in range(168)
    ]
    size = max(14, int(rate / 2))
    sums = np.concatenate([[0], np.cumsum(np.clip(logs - np.array(medians)[hour], -2.5, 2.5))])
    found: list[tuple[float, float]] = []
    for first in np.flatnonzero((sums[size:] - sums[:-size]) / size >= np.log(2.2)).tolist():
        since, until = float(arrivals[first]), float(arrivals[first + size - 1]) + 60
        if found and since <= found[-1][1] + 30:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since - 30, until))
    return found


def _sweeps(seed: int, rate: float) -> list[Ticket]:
    """Return parked tickets that are answered in one go, every twelve days or so."""
    random = np.random.default_rng([seed, int(rate * 10), 11])
    found: list[Ticket] = []
    at = random.exponential(6 * DAY)
    while at < END:
        for _ in range(int(random.integers(4, 9)) if rate >= 2 else 2):
            age = random.uniform(6, 48) * HOUR
            if at > age:
                found.append(Ticket(float(at - age), float(at + random.uniform(0, 6)), answered=True))
        at += random.exponential(12 * DAY)
    return found
