"""Tables: to the terminal while it runs, and as JSON and Markdown under `.cache/bench/`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from tests.bench.machine import machine

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "bench"


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Show a median, with the range that it was found in."""
    middle = f"{median(values):,.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def verdict(reached: float, goal: float, *, at_most: bool = False) -> str:
    """Say whether a goal was reached."""
    return "reached" if (reached <= goal if at_most else reached >= goal) else "NOT reached"


class Table(msgspec.Struct):
    """A heading, a header and rows, all as text."""

    title: str
    header: list[str]
    rows: list[list[str]] = []
    notes: list[str] = []

    def markdown(self) -> str:
        """Return the table as Markdown that reads well as it stands, numbers to the right."""
        columns = list(zip(self.header, *self.rows, strict=True))
        widths = [max(map(len, column)) for column in columns]
        right = [all(cell[:1].isdigit() or not cell for cell in column[1:]) for column in columns]
        rule = ["-" * (width - 1) + (":" if numbers else "-") for width, numbers in zip(widths, right, strict=True)]
        lines = [
            "| "
            + " | ".join(c.rjust(w) if numbers else c.ljust(w) for c, w, numbers in zip(row, widths, right, strict=True))
            + " |"
            for row in (self.header, rule, *self.rows)
        ]
        return "\n".join([f"## {self.title}", "", *lines, "", *(f"* {note}" for note in self.notes), ""])


def publish(name: str, tables: Sequence[Table], figures: dict[str, Any]) -> Path:
    """Print the tables and write them with the figures behind them; return the folder."""
    here = machine()
    facts = [
        f"{here.processor}, {here.cores} cores, {here.memory_gib} GiB; Python {here.python}, Apache Kafka {here.kafka}",
        f"commit {here.commit}; " + ", ".join(f"{package} {number}" for package, number in here.versions.items()),
        f"load {', '.join(f'{load:.1f}' for load in here.load)}; an empty loop takes {here.loop_ns} ns a step",
    ]
    text = "\n".join([f"# {name}", "", *(f"* {fact}" for fact in facts), "", *(table.markdown() for table in tables)])
    say("\n" + text)
    FOLDER.mkdir(parents=True, exist_ok=True)
    stem = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{name}"
    (FOLDER / f"{stem}.md").write_text(text)
    whole = {"machine": here, "figures": figures, "tables": tables}
    (FOLDER / f"{stem}.json").write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))
    say(f"written: {FOLDER / stem}.md and .json")
    return FOLDER
