"""A report as CSV: one file per table, numbers as they are counted (milliseconds, millionths)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.reporting.form import Figure, Report

_FIGURE = ("code", "value", "unit", "count", "p50", "p90", "p95", "previous", "last_week", "month_before")


def write(report: Report, folder: Path) -> list[Path]:
    """Write the tables into a folder, which is made, and return the files.

    Raises:
        OSError: a file cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.csv", header, rows) for name, header, rows in _tables(report)]


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([["" if value is None else plain(value) for value in row] for row in rows])
    return file


def plain(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: names of queues come from outside."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value


def _tables(report: Report) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[object]]]]:
    yield "figures", _FIGURE, (_figure(one) for one in report.figures)
    for name, rows in (("queues", report.by_queue), ("channels", report.by_channel), ("topics", report.by_topic)):
        yield name, (name[:-1], *_FIGURE), ((_name(row.segment), *_figure(one)) for row in rows for one in row.figures.values())
    header = ("segment", "promise", "met", "breached", "kept_ppm", "previous_ppm")
    yield (
        "promises",
        header,
        ((_name(one.segment), one.promise, one.met, one.breached, one.kept_ppm, one.previous_ppm) for one in report.promises),
    )
    header = ("since", "created", "solved", "first_reply_p50_ms", "first_reply_p90_ms", "breached")
    yield (
        "course",
        header,
        (
            (_time(one.since), one.created, one.solved, one.first_reply_p50_ms, one.first_reply_p90_ms, one.breached)
            for one in report.course
        ),
    )
    header = ("ticket", "queue", "channel", "priority", "waited_ms", "ended_at")
    yield "waits", header, ((one.ticket_id, *one.segment.values(), one.waited_ms, _time(one.ended_at)) for one in report.waits)


def _figure(one: Figure) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in _FIGURE)


def _name(segment: Mapping[str, str]) -> str:
    return " / ".join(f"{name}={value}" for name, value in segment.items())


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="seconds")
