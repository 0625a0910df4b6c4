"""A backtest on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.backtesting.wording import NOTHING, kept, lines, period, place, shift, tenants
from agents.reporting.wording import moment
from agents.screen import glance
from pipeline.backtest.form import Backtest, Pair, Span, Verdict
from pipeline.judgement.words import count

_STYLES = {"better": "green", "worse": "red", "": "", "new": "yellow", "gone": "cyan"}
_ROWS = 25
_WRAPPED = {"incident", "where", "change"}
_WORDS = {Verdict.INCIDENT: "incident", Verdict.FALSE_ALARM: "false", Verdict.UNLABELLED: ""}
_YEAR = len("Mon 2026-")


def show(told: Backtest, console: Console | None = None) -> None:
    """Print a backtest."""
    console = console or Console()
    console.print(Text("Backtest: proposed against present", "bold"))
    rules = f"; only {', '.join(told.rules)}" if told.rules else ""
    console.print(Text(f"{period(told)}; {count(told.tickets, 'ticket')}; the log begins {_begin(told)}{rules}", "dim"))
    for line in told.headline:
        console.print(f"  {line}", highlight=False)
    console.print(_sides(told))
    for title, pairs in (("by rule", told.by_rule), ("by queue", told.by_place)):
        if len(pairs) > 1:
            console.print(_pairs(title, pairs, labelled=told.labelled))
    if told.findings:
        console.print(_findings(told))
    if any(one.present != one.proposed for one in told.promises):
        console.print(_promises(told))
    if told.episodes:
        console.print(_episodes(told))
    for name in told.strangers:
        console.print(Text(f"labelled false, but raised by neither side: {name}", "yellow"))


def _span(one: Span | None, told: Backtest) -> str:
    """Write when an alert was on, in a narrow column."""
    if one is None:
        return NOTHING
    lasted = "..." if one.resolved_at is None else glance(one.resolved_at - one.raised_at)
    return f"{moment(one.raised_at, told.zone)[_YEAR:]} {lasted}"


def _begin(told: Backtest) -> str:
    return moment(told.log_since, told.zone)


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left")
    for heading in left:
        table.add_column(heading, no_wrap=heading not in _WRAPPED)
    for heading in right:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _sides(told: Backtest) -> Table:
    table = _table("", ("",), ("present", "proposed", "difference"))
    for name, old, new, change, word in lines(told):
        table.add_row(name, old, new, Text(change, _STYLES[word]))
    return table


def _pairs(title: str, pairs: Sequence[Pair], *, labelled: bool) -> Table:
    false = ("false", "proposed") if labelled else ()
    table = _table(title, ("",), ("alerts", "proposed", "on", "proposed", *false))
    for pair in pairs[:_ROWS]:
        old, new = pair.present, pair.proposed
        cells = [f"{old.alerts:,}", f"{new.alerts:,}", glance(old.on_ms), glance(new.on_ms)]
        table.add_row(pair.name, *cells, *([str(old.false_alarms), str(new.false_alarms)] if labelled else []))
    return table


def _findings(told: Backtest) -> Table:
    table = _table("labelled incidents", ("incident", "since"), ("present", "proposed"))
    for one in told.findings:
        cells = [
            Text("missed", "red") if at is None else Text(f"after {glance(max(0, at - one.since))}")
            for at in (one.present_at, one.proposed_at)
        ]
        table.add_row(one.name or " / ".join(one.where.values()) or "everything", moment(one.since, told.zone), *cells)
    return table


def _promises(told: Backtest) -> Table:
    table = _table("promises", ("queue", "promise"), ("broken", "proposed", "kept", "proposed"))
    several = tenants(told)
    for one in [one for one in told.promises if one.present != one.proposed][:_ROWS]:
        where = "all queues" if one.queue is None else one.queue or "(none)"
        name = f"{one.tenant}: {where}" if several else where
        old, new = one.present, one.proposed
        table.add_row(name, one.measure.replace("_", " "), f"{old.breached:,}", f"{new.breached:,}", kept(old), kept(new))
    return table


def _episodes(told: Backtest) -> Table:
    several = tenants(told)
    order = sorted(told.episodes, key=lambda one: one.present is not None and one.proposed is not None)
    left = ("where", "present", "proposed", "change", *(("label",) if told.labelled else ()))
    table = _table("alerts, first those that only one side raises", left, ())
    for one in order[:_ROWS]:
        words, kind = shift(one)
        where = place(one.tenant, one.segment, several=several) + ("" if one.severity == "page" else f" ({one.severity})")
        label = [_WORDS[one.verdict]] if told.labelled else []
        table.add_row(where, _span(one.present, told), _span(one.proposed, told), Text(words, _STYLES[kind]), *label)
    if len(order) > _ROWS:
        table.caption = f"{len(order) - _ROWS} more: --html or --format json has all of them"
    return table
