"""The core alone, without a broker: `python -m tests.bench.core`.

`BENCH_CORE_EVENTS` (default 200,000), `BENCH_TICKETS` (sizes, with commas) and `BENCH_ROUNDS` (default 5) say how much.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec

from tests.bench import footprint, stages
from tests.bench.footprint import Footprint
from tests.bench.report import Table, publish, say, spread, verdict
from tests.bench.stages import Stages

ROOT = Path(__file__).resolve().parents[2]
_MEANINGS = {
    "decode": "bytes to `Event`",
    "fold": "`Batch.event`: key, hash, duplicates, entry, fold, SLA clocks, next timer",
    "additions": "open work and additions to the panes, told once a batch",
    "rows": "encoding the rows that a batch has touched",
    "clocks": "`clocks` records of the tickets that a batch has touched",
    "rest": "loops and book-keeping of `apply`",
    "core": "decode to encoded rows and records to send",
    "timers": "ticks after each batch, at the log's own time",
}


def stages_table(found: list[Stages], events: int) -> Table:
    """Show the stages, median of the rounds."""
    table = Table("Microseconds of CPU per event in the core", ["stage", "us", "what"])
    table.rows = [[name, spread([getattr(one, name) for one in found], 2), text] for name, text in _MEANINGS.items()]
    last, core = found[-1], median(one.core for one in found)
    table.notes = [
        f"{events:,} events, batches of {stages.BATCH:,} with {last.tickets_per_batch:,.0f} tickets",
        "ten policies of five targets",
        f"{last.out_of_order_share:.1%} of the events out of order, {last.refolded_share:.1%} folded again",
        f"a row has {last.row_bytes:,.0f} bytes; {last.emit_bytes:,.0f} bytes are said per event",
        f"goal at most 25 us in the core: {core:.1f}, {verdict(core, 25, at_most=True)}",
    ]
    return table


def footprints_table(found: dict[int, list[Footprint]]) -> Table:
    """Show what open tickets cost."""
    header = [
        "open tickets",
        "bytes resident, restored",
        "at work",
        "same events, us each",
        "spread events, us each",
        "restore, rows/s",
    ]
    table = Table("Open tickets", header)
    for tickets, several in found.items():
        table.rows.append(
            [
                f"{tickets:,}",
                spread([one.rest_bytes for one in several]),
                spread([one.work_bytes for one in several]),
                spread([one.same_us for one in several], 1),
                spread([one.spread_us for one in several], 1),
                spread([one.restored_rows_per_second for one in several]),
            ]
        )
    sizes = sorted(found)
    small, large = (median(one.same_us for one in found[size]) for size in (sizes[0], sizes[-1]))
    heaviest = median(one.work_bytes for one in found[sizes[-1]])
    growth = large / small - 1
    table.notes = [
        "the same events go to the same 1,000 tickets at every size; spread ones to any ticket, most of which are decoded first",
        f"an encoded row has {found[sizes[0]][0].row_bytes:,} bytes on average",
        f"goal at most 1,024 bytes per open ticket, at {sizes[-1]:,}: {heaviest:,.0f}, {verdict(heaviest, 1_024, at_most=True)}",
        f"goal flat within 10 % from {sizes[0]:,} to {sizes[-1]:,}: {growth:+.1%}, {verdict(abs(growth), 0.1, at_most=True)}",
    ]
    return table


def footprints(sizes: list[int], events: int, rounds: int) -> dict[int, list[Footprint]]:
    """Measure every size in processes of their own, one round after the other."""
    found: dict[int, list[Footprint]] = {size: [] for size in sizes}
    with tempfile.NamedTemporaryFile(prefix="bench-kit-") as file:
        file.write(footprint.kit())
        file.flush()
        for number in range(1, rounds + 1):
            for size in sizes:
                command = [sys.executable, "-m", "tests.bench.footprint", file.name, str(size), str(events)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True)
                found[size].append(msgspec.json.decode(done.stdout, type=Footprint))
                say(f"round {number} of {rounds}: {found[size][-1]}")
    return found


def main() -> None:
    """Measure and publish."""
    rounds, events = int(os.environ.get("BENCH_ROUNDS", "5")), int(os.environ.get("BENCH_CORE_EVENTS", "200000"))
    sizes = [int(size) for size in os.environ.get("BENCH_TICKETS", "1000,100000,1000000").split(",")]
    measured: list[Stages] = []
    for number in range(1, rounds + 1):
        measured.append(stages.measure(events))
        say(f"round {number} of {rounds}: {measured[-1]}")
    found = footprints(sizes, max(10_000, events // 5), rounds)
    figures = {
        "events": events,
        "rounds": rounds,
        "stages": measured,
        "footprints": [one for several in found.values() for one in several],
    }
    publish("core", [stages_table(measured, events), footprints_table(found)], msgspec.to_builtins(figures))


if __name__ == "__main__":
    main()
