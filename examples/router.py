"""A router that reads firstreply's routing signals from Redis or over HTTP, and what it does when they go stale.

It answers four questions for every queue: whom to serve next, who should take them, whether to offer another channel, and
whether to send new contacts elsewhere. Without a fresh signal it falls back to static rules, and says so; where a fresh one
says that nobody can tell who is there, it leaves the hand-out to whoever did it before. Try it beside `firstreply signals`, or
beside `firstreply serve`:

    python examples/router.py --redis 127.0.0.1:6379 --once
    python examples/router.py --http http://127.0.0.1:8090 --once
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from agents.routing import Fresh, Reading, SignalReader, Stale, Unknown, suited
from agents.routing.httpsource import HttpSettings, HttpSource
from agents.routing.redissource import RedisSource
from agents.sinks import RedisSettings
from pipeline.routing.signal import RoutingSignal

MAX_AGE_MS = 30_000
"""Stricter than the signal's own expiry: this router would rather follow its static rules."""
OVERLOADED_PPM = 500_000
"""Above this share of promises in danger, new contacts go elsewhere if another queue fares better."""
SHORT = 3
"""With so many people missing, new contacts go elsewhere, too."""
WANTED_SKILLS = {"billing": ("refunds",)}
"""What a queue's contacts ask for; here by queue, in your router by what the ticket is about."""
STATIC_PRIORITY = {"orders": 1, "technical": 2, "billing": 3}
"""What held before there were signals; everything else comes after."""


@dataclass(frozen=True)
class Decision:
    """What to do with one queue."""

    queue: str
    priority: int
    """1 is served first."""
    next_ticket: str
    responder: str | None
    """Who takes it; empty: everybody is occupied, it waits. `None`: hand it out as before there were signals."""
    offer_channel: str
    accept_new: bool
    why: str


def decide(queue: str, reading: Reading) -> Decision:
    """Decide by the signal while it is fresh, else by the static rules."""
    match reading:
        case Fresh(signal=signal, age_ms=age_ms):
            return by_signal(signal, age_ms)
        case Stale(reason=reason):
            return by_rule(queue, f"static rules: the signal is stale ({reason})")
        case Unknown(reason=reason):
            return by_rule(queue, f"static rules: no signal ({reason})")
        case _:
            assert_never(reading)


def by_signal(signal: RoutingSignal, age_ms: int) -> Decision:
    """Serve the queue the sooner the more of its promises are in danger, and in it the ticket that falls due next."""
    share_ppm = signal.pressure.share_ppm or 0
    closed = signal.opening is not None and not signal.opening.open
    ahead = signal.next_to_breach or signal.overdue
    state = "closed, " if closed else ""
    people = "" if signal.staffing is None else f", {signal.staffing.words}"
    return Decision(
        queue=signal.queue,
        priority=1 + (1_000_000 - share_ppm) // 100_000,
        next_ticket=ahead[0].ticket_id if ahead else "",
        responder=taker(signal, ahead[0].channel if ahead else ""),
        offer_channel=offered(signal),
        accept_new=not closed and share_ppm <= OVERLOADED_PPM and missing(signal) < SHORT,
        why=f"{state}{signal.waiting} waiting, {share_ppm // 10_000} % of promises in danger{people}, {age_ms} ms old",
    )


def taker(signal: RoutingSignal, channel: str) -> str | None:
    """Return who should take the next contact: by skill, then by load. Unknown is not the same as nobody."""
    if signal.responders is None:
        return None
    best = suited(signal.responders, channel=channel, skills=WANTED_SKILLS.get(signal.queue, ()))
    return best[0].responder_id if best else ""


def missing(signal: RoutingSignal) -> int:
    """Return how many people the queue lacks; where nobody can tell, none: a guess must not turn customers away."""
    return (signal.staffing.missing or 0) if signal.staffing is not None else 0


def offered(signal: RoutingSignal) -> str:
    """Return the channel that serves best, or what stands in for it while it is closed."""
    best = signal.channels[0].channel if signal.channels else ""
    return best if signal.opening is None else signal.opening.instead.get(best, best)


def by_rule(queue: str, why: str) -> Decision:
    """Serve in the fixed order, oldest first, and accept everything: a guess must not turn customers away."""
    return Decision(queue, STATIC_PRIORITY.get(queue, 9), "", None, "", accept_new=True, why=why)


def show(decision: Decision) -> str:
    """Return one line."""
    ticket = f"next {decision.next_ticket}" if decision.next_ticket else "next the oldest"
    taken = {None: "", "": ", nobody is free"}.get(decision.responder, f" to {decision.responder}")
    channel = f", offer {decision.offer_channel}" if decision.offer_channel else ""
    new = "" if decision.accept_new else ", send new contacts elsewhere"
    return f"{decision.priority:2} {decision.queue}: {ticket}{taken}{channel}{new} - {decision.why}"


def source_of(given: argparse.Namespace) -> HttpSource | RedisSource:
    """Return where the signals come from."""
    if given.http:
        return HttpSource(HttpSettings(address=given.http, token_file=given.token_file))
    return RedisSource(RedisSettings(address=given.redis))


def main(arguments: list[str] | None = None) -> None:
    """Print a decision for every queue, once or every second."""
    parser = argparse.ArgumentParser(description="Route by firstreply's signals.")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--redis", default="127.0.0.1:6379", metavar="HOST:PORT")
    where.add_argument("--http", metavar="URL", help="read from firstreply serve instead")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="for --http: a token with the scope route")
    parser.add_argument("--tenant", default="", help="only this tenant")
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args(arguments)
    with closing(source_of(given)) as source:
        reader = SignalReader(source, max_age_ms=MAX_AGE_MS)
        show_all(reader, given.tenant)
        while not given.once:
            sys.stdout.flush()
            time.sleep(1)
            show_all(reader, given.tenant)


def show_all(reader: SignalReader, tenant: str) -> None:
    """Print a decision for every queue of a tenant; of all tenants where it is empty."""
    readings = {place: reading for place, reading in reader.read_all().items() if tenant in ("", place[0])}
    if not readings:
        readings = {(tenant, queue): reader.read(tenant, queue) for queue in STATIC_PRIORITY}
    decisions = (decide(queue, reading) for (_, queue), reading in readings.items())
    for decision in sorted(decisions, key=lambda one: one.priority):
        print(show(decision))


if __name__ == "__main__":
    main()
