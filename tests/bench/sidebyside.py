"""The full job beside what else there is, in interleaved rounds on one broker: `python -m tests.bench.sidebyside`.

`BENCH_EVENTS` (default 400,000) and `BENCH_ROUNDS` (default 5) say how much; `BENCH_ONLY=firstreply,quix` runs some only.
`BENCH_PROFILE=FILE` profiles the worker, for which `BENCH_ROUNDS=1 BENCH_ONLY=firstreply` is best.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from itertools import islice
from statistics import median
from typing import NamedTuple

import msgspec

from agents.settings import Settings
from agents.topics import name_of
from pipeline.engine import Topic
from pipeline.tickets.row import HotRow
from tests.bench import broker, stream
from tests.bench.contenders.outcome import Outcome
from tests.bench.job import Ending, Job
from tests.bench.report import Table, publish, say, spread, verdict
from tests.bench.stream import Told
from tests.bench.worker import PROFILE, BenchWorker, Restore, with_ending
from tests.support.broker import KafkaBroker


class Contender(NamedTuple):
    """Who runs, on which part of the log, and how the table calls it."""

    name: str
    title: str
    share: float
    module: str = ""
    """Empty: firstreply itself."""


CONTENDERS = (
    Contender("consume", "consume and decode only (aiokafka)", 1, "consume"),
    Contender("firstreply", "firstreply, one worker, exactly once, full job", 1),
    Contender("faust", "Faust, idiomatic: one table write an event", 1 / 12, "faust_app"),
    Contender("quix", "Quix Streams, exactly once, state", 1 / 4, "quix_app"),
    Contender("bytewax", "Bytewax, no durable state", 1, "bytewax_app"),
)


class Field(NamedTuple):
    """The broker as it stands, and what is in it."""

    bootstrap: str
    log: list[Told]
    endings: dict[int, Ending]
    """What must come out, by length of the prefix."""
    topics: dict[int, str]


def wanted() -> list[Contender]:
    only = os.environ.get("BENCH_ONLY", "")
    chosen = only.split(",") if only else [contender.name for contender in CONTENDERS]
    return [contender for contender in CONTENDERS if contender.name in chosen]


def prefix_of(contender: Contender, events: int) -> int:
    return max(1_000, round(events * contender.share))


def endings_of(log: Iterable[Told], prefixes: Iterable[int]) -> dict[int, Ending]:
    """Fold the log here and say what stands at the end of each prefix."""
    job = Job()
    found: dict[int, Ending] = {}
    kept: dict[bytes, HotRow] = {}
    told = iter(log)
    for prefix in sorted(set(prefixes)):
        for record in islice(told, prefix - job.count):
            kept[record.key] = job.fold_hot(record.key, kept.get(record.key), record.value, record.timestamp)
        found[prefix] = job.ending()
    return found


def prepared(bootstrap: str, events: int) -> Field:
    """Tell the log until now, fold it once for the truth, and write every prefix that a contender reads."""
    say(f"telling {events:,} events of a day that ends now ...")
    log = list(stream.log(events, end_ms=time.time_ns() // 1_000_000))
    sizes = sorted({prefix_of(contender, events) for contender in CONTENDERS})
    endings = endings_of(log, sizes)
    settings = broker.settings_at(bootstrap, "0")
    topics = {size: f"{broker.PREFIX}log-{size}" for size in sizes} | {events: name_of(Topic.TICKET_EVENTS, settings.topics)}
    for size, topic in topics.items():
        say(f"writing {size:,} of them into {topic}: {endings[size]}")
        broker.fill(bootstrap, topic, log[:size])
    return Field(bootstrap, log, endings, topics)


def run_firstreply(settings: Settings, events: int) -> Outcome:
    """Run one worker on an empty state over the whole log."""
    broker.clear(settings)
    with BenchWorker(settings) as worker:
        outcome = worker.apply(events)
    return with_ending(outcome, broker.clocks_ending(settings))


def run(contender: Contender, field: Field, number: int) -> Outcome:
    """Run one contender once, and hold it to the truth."""
    events = len(field.log)
    size = prefix_of(contender, events)
    name = f"{number}-{contender.name}-{time.time_ns() // 1_000_000 % 100_000}"
    if contender.module:
        outcome = broker.run_contender(contender.module, field.bootstrap, field.topics[size], size, name)
    else:
        outcome = run_firstreply(broker.settings_at(field.bootstrap, name), events)
    if outcome.ending not in (None, field.endings[size]):
        msg = f"{contender.name} ended with {outcome.ending}, the fold with {field.endings[size]}"
        raise broker.ContenderFailedError(msg)
    return outcome


def restored(field: Field, number: int) -> Restore:
    """Start a worker on the state that the last run has left, under an application id of its own."""
    settings = broker.settings_at(field.bootstrap, f"restore-{number}")
    with BenchWorker(settings) as worker:
        return worker.restored(broker.PARTITIONS)


def measure(bootstrap: str, events: int, rounds: int) -> tuple[dict[str, list[Outcome]], list[Restore]]:
    """Run every contender once a round."""
    field = prepared(bootstrap, events)
    found: dict[str, list[Outcome]] = {contender.name: [] for contender in wanted()}
    restores: list[Restore] = []
    for number in range(1, rounds + 1):
        for contender in wanted():
            outcome = run(contender, field, number)
            found[contender.name].append(outcome)
            say(
                f"round {number} of {rounds}: {contender.name:12} {outcome.events / outcome.seconds:10,.0f} events/s "
                f"{outcome.cpu_seconds / outcome.events * 1e6:8.1f} us CPU an event, {outcome.seconds:6.1f} s, "
                f"{outcome.peak_mib:,.0f} MiB"
            )
            if not contender.module and PROFILE not in os.environ:
                restores.append(restored(field, number))
    return found, restores


def per_second(outcomes: Iterable[Outcome]) -> list[float]:
    return [outcome.events / outcome.seconds for outcome in outcomes]


def table_of(found: dict[str, list[Outcome]], restores: list[Restore]) -> Table:
    """Show the rounds, and what they say about the goals."""
    table = Table(
        "The full job, side by side", ["", "events/s", "us CPU an event", "s a run", "peak MiB", "of consume and decode"], [], []
    )
    limit = per_second(found.get("consume", []))
    for contender in CONTENDERS:
        outcomes = found.get(contender.name)
        if outcomes:
            rates = per_second(outcomes)
            table.rows.append(
                [
                    contender.title,
                    spread(rates),
                    spread([outcome.cpu_seconds / outcome.events * 1e6 for outcome in outcomes], 1),
                    spread([outcome.seconds for outcome in outcomes], 1),
                    spread([outcome.peak_mib for outcome in outcomes]),
                    f"{median(rates) / median(limit):.0%}" if limit else "",
                ]
            )
    table.notes += [
        "Every contender ended with the same tickets, first replies and sum of first reply times, checked in each round."
    ]
    table.notes += goals(found, restores)
    return table


def goals(found: dict[str, list[Outcome]], restores: list[Restore]) -> list[str]:
    """Compare with the goals that were set."""
    lines: list[str] = []
    ours = found.get("firstreply")
    if ours:
        rate = median(per_second(ours))
        lines.append(f"goal 30,000 events/s: {rate:,.0f}, {verdict(rate, 30_000)}")
        for name, goal in (("quix", 3.0), ("faust", 15.0), ("bytewax", 1.3)):
            if theirs := found.get(name):
                times = rate / median(per_second(theirs))
                lines.append(f"goal {goal:g} times {name}: {times:.1f} times, {verdict(times, goal)}")
    if restores:
        speed = [restore.rows / restore.seconds for restore in restores if restore.seconds]
        lines.append(f"goal 250,000 rows/s restored on Kafka: {spread(speed)}, {verdict(median(speed), 250_000)}")
    return lines


def main(started: Callable[[], KafkaBroker] | None = None) -> None:
    """Measure and publish."""
    events, rounds = int(os.environ.get("BENCH_EVENTS", "400000")), int(os.environ.get("BENCH_ROUNDS", "5"))
    make = started or (lambda: KafkaBroker(heap_mb=1024))
    with make() as kafka:
        found, restores = measure(kafka.bootstrap, events, rounds)
    figures = {"events": events, "rounds": rounds, "outcomes": found, "restores": restores}
    publish("side-by-side", [table_of(found, restores)], msgspec.to_builtins(figures))


if __name__ == "__main__":
    main()
