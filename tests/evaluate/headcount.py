"""How far the number of people needed is right: `python -m tests.evaluate.headcount`, seeds from the commit.

Half an hour into every incident in which people are gone or more customers come, and twice a day otherwise, the rule
`understaffed` is asked how many people it takes, from what came in the half hour before. The truth is found by trying: the least
number that would have taken 80 % of those who really came in the next hour in time, and been busy for 85 % of it at most, with
the handling times that were drawn (log-normal, two chats at a time in the chat queues).
"""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_left
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

import numpy as np

from pipeline.config import Domain
from pipeline.judgement.understaffed import WINDOW, UnderstaffedJudge
from pipeline.measures import Measure, base
from pipeline.staffing.crew import CrewBoard, CrewCount, Crews
from pipeline.staffing.terms import Terms
from pipeline.tickets.calendar import Calendars
from pipeline.windows.openwork import StartTimes
from tests.evaluate.channels import HOUR, VOLUMES, Channel, Floats
from tests.evaluate.incidents import Incident, Kind, planned
from tests.evaluate.queues import END, WARM, drawn, slots_of
from tests.evaluate.seeds import commit_of, seeds_of
from tests.evaluate.service import served

SHARE, OCCUPANCY = 0.8, 0.85
WITHIN = {"messaging": 5.0, "chat": 1.0}
"""Minutes until somebody is to take a contact."""
COUNTS = {20: 80, 60: 80, 200: 60}
"""Queues by contacts an hour."""
_DRAWS = 5
_AFTER, _AHEAD, _WARM_UP = 35.0, 60.0, 120.0
_MINUTE_MS = 60_000
_CREATED = base(Measure.CREATED)


@dataclass
class Case:
    """One moment of one queue."""

    rate: float
    incident: bool
    here: int
    truth: int
    needed: int
    holds: bool


def cases_of(rate: float, seed: int) -> list[Case]:
    """Judge one queue."""
    channel = VOLUMES[rate]
    plan = planned(np.random.default_rng([seed, int(rate * 1000), 99]), rate, WARM, END)
    draws = drawn(np.random.default_rng([int(rate * 1000), seed, 7]), rate, channel, plan)
    slots, arrivals = slots_of(rate, channel, None), draws.arrivals
    wanted = [one for one in plan if one.kind in (Kind.STAFF, Kind.SURGE) and one.end - one.start >= _AFTER + _AHEAD]
    moments = [(one.start + _AFTER, True) for one in wanted]
    quiet = np.arange(WARM + 3 * HOUR, END - 6 * HOUR, 13 * HOUR).tolist()
    moments += [(at, False) for at in quiet if not any(one.start - 2 * HOUR <= at < one.end + 6 * HOUR for one in plan)]
    found = []
    for number, (at, incident) in enumerate(moments):
        here = _here(slots, channel, plan, at)
        needed, holds = _asked(channel, arrivals, at, here)
        truth = _truth(np.random.default_rng([seed, number]), channel, arrivals, at)
        found.append(Case(rate, incident, here, truth, needed, holds))
    return found


def _here(slots: np.ndarray, channel: Channel, plan: list[Incident], at: float) -> int:
    people = int(slots[int(at // HOUR) % 168]) // channel.at_a_time
    for one in plan:
        if one.kind is Kind.STAFF and one.start <= at < one.end:
            people = max(1, int(people * (1 - one.size)))
    return people


def _asked(channel: Channel, arrivals: Floats, at: float, here: int) -> tuple[int, bool]:
    """Return how many the rule says are needed, and whether it holds."""
    handling = {"handling": {channel.name: f"{round(channel.handling_mean * 60)}s"}, "at_once": {channel.name: channel.at_a_time}}
    within = {"within": {channel.name: f"{round(WITHIN[channel.name] * 60)}s"}, "share": SHARE, "occupancy": OCCUPANCY}
    domain = Domain.model_validate({"responders": {"enabled": True}, "staffing": handling | within, "understaffed": {}})
    assert domain.understaffed is not None
    crews, at_ms = Crews(), int(at) * _MINUTE_MS
    crews.take("acme", CrewBoard(at_ms, at_ms + _MINUTE_MS, {"q": CrewCount(here, here)}))
    judge = UnderstaffedJudge(domain.understaffed, Terms(domain), crews, Calendars(domain).of("q"), ("acme", "q"))
    inflow = judge.join(channel.name, StartTimes())
    for start in arrivals[bisect_left(arrivals, at - WINDOW - 1) : bisect_left(arrivals, at)].tolist():
        inflow.add(int(start), {_CREATED: 1})
    told = judge.judge(at_ms)
    return told.size_of.steady, told.holds


def _truth(random: np.random.Generator, channel: Channel, arrivals: Floats, at: float) -> int:
    """Return the least number of people that would have kept the promise."""
    came = arrivals[bisect_left(arrivals, at - _WARM_UP) : bisect_left(arrivals, at + _AHEAD)]
    counted = came >= at
    if not counted.any():
        return 0
    spread = channel.handling_spread
    noise = random.normal(size=(_DRAWS, len(came)))
    handling = channel.handling_mean * np.exp(spread * noise - spread**2 / 2)
    work = float(handling[:, counted].sum()) / _DRAWS
    people = 1
    while not _enough(channel, came, handling, counted, people, work):
        people += 1
    return people


def _enough(channel: Channel, came: Floats, handling: Floats, counted: np.ndarray, people: int, work: float) -> bool:
    slots = people * channel.at_a_time
    if work > OCCUPANCY * slots * _AHEAD:
        return False
    kept = [served(came, one, lambda _: slots, ()) - came <= WITHIN[channel.name] for one in handling]
    return float(np.mean([one[counted].mean() for one in kept])) >= SHARE


def table(cases: list[Case]) -> str:
    """Return what was found, as Markdown."""
    held = "held where people were missing / were not"
    lines = [
        f"| contacts an hour | moments | needed: off by (median) | 9 of 10 within | too few / right / too many | {held} |",
        "|---|---|---|---|---|---|",
    ]
    for incident in (True, False):
        for rate in (*COUNTS, None):
            mine = [one for one in cases if one.incident is incident and rate in (None, one.rate) and one.truth]
            if mine:
                name = f"{'all' if rate is None else f'{rate:g}'}, {'incidents' if incident else 'ordinary'}"
                lines.append(f"| {name} | {' | '.join(_row(mine))} |")
    missing = [one for one in cases if one.incident and one.truth > one.here]
    off = [abs(max(0, one.needed - one.here) - (one.truth - one.here)) / (one.truth - one.here) for one in missing]
    lines += ["", f"Missing people, where any were in an incident ({len(off)}): off by {median(off):.0%} (median)."]
    return "\n".join(lines) + "\n"


def _row(mine: list[Case]) -> list[str]:
    off = sorted(abs(one.needed - one.truth) / one.truth for one in mine)
    signs = [sum(one.needed < one.truth for one in mine), sum(one.needed == one.truth for one in mine)]
    # Missing: more than what the rule itself is asked to ignore.
    lacking = [one.holds for one in mine if one.truth - one.here >= max(1, 0.1 * one.here)]
    enough = [one.holds for one in mine if one.truth <= one.here]
    held = " / ".join(f"{sum(found)} of {len(found)}" for found in (lacking, enough))
    return [
        str(len(mine)),
        f"{median(off):.0%}",
        f"{off[min(len(off) - 1, int(0.9 * len(off)))]:.0%}",
        f"{signs[0]} / {signs[1]} / {len(mine) - sum(signs)}",
        held,
    ]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="headcount", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds-from", default="", help="a text instead of the commit, to look at other queues")
    options = parser.parse_args()
    commit = options.seeds_from or commit_of()
    todo = [(rate, seed) for rate, count in COUNTS.items() for seed in seeds_of(commit, rate, count)]
    with ProcessPoolExecutor(options.jobs) as pool:
        found = list(pool.map(cases_of, *zip(*todo, strict=True)))
    sys.stdout.write(f"Seeds: of {commit[:12]}.\n\n{table([one for cases in found for one in cases])}")


if __name__ == "__main__":
    main()
