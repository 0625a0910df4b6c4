"""A report on a terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.reporting.wording import TITLES, amount, difference, earlier, moment
from agents.screen import glance, name_of
from pipeline.reporting.form import Report

_STYLES = {"better": "green", "worse": "red", "": ""}
_ROWS = 20


def show(report: Report, console: Console | None = None) -> None:
    """Print a report."""
    console = console or Console()
    console.print(Text(f"{TITLES[report.form]}: {report.tenant}", "bold"))
    console.print(Text(f"{moment(report.since, report.zone)} to {moment(report.until, report.zone)}, {report.zone}", "dim"))
    for line in report.headline:
        console.print(f"  {line}", highlight=False)
    console.print(_figures(report))
    if report.by_topic:
        console.print(_topics(report))
    if report.promises:
        console.print(_promises(report))
    if report.waits:
        console.print(_waits(report))


def _figures(report: Report) -> Table:
    known = earlier(report)
    table = Table(box=SIMPLE_HEAD)
    table.add_column("measure", min_width=20)
    for heading in ("now", "median", "90 %", *(heading.replace(" before", "\nbefore") for _, heading in known)):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.figures:
        then = [difference(one, getattr(one, code)) for code, _ in known]
        cells = [Text(text, _STYLES[word]) for text, word in then]
        spread = [glance(value) if value is not None else "" for value in (one.p50, one.p90)]
        table.add_row(one.title, amount(one.value, one), *spread, *cells)
    return table


def _topics(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, title="topics", title_justify="left")
    table.add_column("topic")
    for heading in ("came", "the period before", "first reply", "solved"):
        table.add_column(heading, justify="right")
    for row in report.by_topic[:_ROWS]:
        created, first, solved = (row.figures.get(code) for code in ("created", "first_reply", "solved"))
        change = Text(*difference(created, created.previous)[:1]) if created else Text()
        cells = ["" if one is None else amount(one.value, one) for one in (created, first, solved)]
        table.add_row(name_of(row.segment), cells[0], change, *cells[1:])
    return table


def _promises(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, title="promises", title_justify="left")
    for heading in ("to the customers of", "promise", "kept", "broken", "share"):
        table.add_column(heading, justify="left" if heading in {"to the customers of", "promise"} else "right")
    for one in sorted(report.promises, key=lambda one: (len(one.segment), -one.breached))[:_ROWS]:
        share = Text(f"{one.kept_ppm / 10_000:.1f} %", "red" if one.kept_ppm < 800_000 else "")
        table.add_row(name_of(one.segment), one.promise.replace("_", " "), f"{one.met:,}", f"{one.breached:,}", share)
    return table


def _waits(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, title="longest waits for a first reply", title_justify="left")
    for heading in ("ticket", "where", "waited", "answered"):
        table.add_column(heading)
    for one in report.waits:
        answered = Text("still waiting", "red") if one.ended_at is None else moment(one.ended_at, report.zone)
        table.add_row(one.ticket_id, name_of(one.segment), glance(one.waited_ms), answered)
    return table
