"""How explanations look: the life of a ticket on a terminal or as a document, and the tickets behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.screen import name_of, span
from pipeline.accounting.account import Account, Step
from pipeline.accounting.clocks import ClockStory, Phase
from pipeline.accounting.contribution import Contribution
from pipeline.accounting.tracing import Trace
from pipeline.measures import Measure
from pipeline.tickets.entry import STATUSES

_BAR_CELLS = 48
_STYLES = {
    Phase.RUNNING: ("-", "cyan"),
    Phase.AT_RISK: ("!", "yellow"),
    Phase.PAUSED: (".", "dim"),
    Phase.BREACHED: ("#", "bold red"),
    Phase.NO_PROMISE: (" ", "dim"),
}
_OUTCOMES = {"met": "green", "breached": "bold red", "cancelled": "dim", "open": "cyan"}


def show_ticket(told: Account, dimensions: Sequence[str], console: Console | None = None) -> None:
    """Print the life of a ticket: its events, its clocks, and where it counts."""
    console = console or Console()
    place = ", ".join(f"{name} {value or '(none)'}" for name, value in zip(dimensions, told.leaf, strict=True))
    standing = "gone" if told.state.gone else STATUSES[told.state.status].value
    console.print(Text(f"{told.tenant}:{told.ticket_id}", "bold"), Text(f"{standing}; {place}"))
    table = Table(box=SIMPLE_HEAD, title="life", title_justify="left")
    for heading in ("UTC", "what happened", "added to the numbers", "said"):
        table.add_column(heading)
    for step in told.steps:
        added = Text("\n").join(_added(one, step) for one in step.contributions)
        said = ", ".join(f"{fact.type.value.rpartition('.')[2]}" for fact in step.facts)
        table.add_row(_moment(step.at), Text(step.what, "" if step.event else "yellow"), added, said)
    console.print(table)
    if told.clocks:
        console.print(_clocks(told))
        legend = "  ".join(
            f"{mark if mark.strip() else 'blank'} {phase.value.replace('_', ' ')}" for phase, (mark, _) in _STYLES.items()
        )
        console.print(Text(f"from the first event to the last: {legend}", "dim"))


def _added(one: Contribution, step: Step) -> Text:
    amount = span(one.amount) if one.observations else f"{one.amount:+d}"
    text = Text(f"{one.measure.value} {amount}", "red" if one.amount < 0 or one.observations < 0 else "")
    if one.minute != step.at // 60_000:
        text.append(f" at {_moment(one.minute * 60_000)[:-3]}", "dim")
    return text


def _clocks(told: Account) -> Table:
    table = Table(box=SIMPLE_HEAD, title="clocks", title_justify="left")
    for heading in ("promise", "policy", "within", "due, UTC", "outcome", ""):
        table.add_column(heading)
    begin = min(clock.started_at for clock in told.clocks)
    end = max([step.at for step in told.steps] + [clock.ended_at or 0 for clock in told.clocks])
    for clock in told.clocks:
        name = clock.measure.value + (f" {clock.instance}" if clock.instance > 1 else "")
        hours = f" ({clock.calendar})" if clock.calendar else ""
        table.add_row(
            name,
            clock.policy or "no promise",
            span(clock.target_ms) + hours if clock.policy else "",
            "" if clock.due_at is None else _moment(clock.due_at),
            Text(clock.outcome, _OUTCOMES[clock.outcome]),
            _bar(clock, begin, end),
        )
    return table


def _bar(clock: ClockStory, begin: int, end: int) -> Text:
    length = max(1, end - begin)
    bar = Text()
    for cell in range(_BAR_CELLS):
        at = begin + cell * length // _BAR_CELLS
        segment = next(
            (one for one in reversed(clock.segments) if one.since <= at and (one.until is None or at < one.until)), None
        )
        mark, style = (" ", "") if segment is None else _STYLES[segment.phase]
        bar.append(mark, style)
    return bar


def show_number(
    measure: Measure, segment: Mapping[str, str], since_ms: int, until_ms: int, traces: Sequence[Trace], limit: int
) -> None:
    """Print the tickets behind a number, the largest amounts first, and what they add up to."""
    console = Console()
    amount, observations = sum(one.amount for one in traces), sum(one.observations for one in traces)
    lasts = any(one.observations for one in traces)
    whole = f"{observations} lasting {span(amount)} together" if lasts else str(amount)
    mean = f", {span(amount // observations)} on average" if observations > 0 else ""
    place = name_of(dict(segment))
    console.print(
        Text(f"{measure.value} of {place}", "bold"), f"from {_moment(since_ms)} to {_moment(until_ms)} UTC: {whole}{mean}"
    )
    table = Table(box=SIMPLE_HEAD)
    for heading in ("UTC", "ticket", "by", "amount"):
        table.add_column(heading, justify="right" if heading == "amount" else "left")
    largest = sorted(traces, key=lambda one: (-abs(one.amount), one.at, one.ticket_id))
    for one in largest[:limit]:
        shown = span(one.amount) if lasts else f"{one.amount:+d}"
        table.add_row(_moment(one.at), one.ticket_id, one.what, Text(shown, "red" if one.observations < 0 else ""))
    console.print(table)
    if len(traces) > limit:
        console.print(Text(f"and {len(traces) - limit} more; --limit shows them", "dim"))


def ticket_document(told: Account, dimensions: Sequence[str]) -> bytes:
    """Return the account of a ticket as JSON."""
    return msgspec.json.encode(
        {
            "tenant": told.tenant,
            "ticket_id": told.ticket_id,
            "status": "gone" if told.state.gone else STATUSES[told.state.status].value,
            "leaf": dict(zip(dimensions, told.leaf, strict=True)),
            "steps": [
                {
                    "at": step.at,
                    "what": step.what,
                    "event": step.event,
                    "added": [_document(one, dimensions) for one in step.contributions],
                    "said": [{"type": fact.type, "occurred_at": fact.at, "due_at": fact.due_at} for fact in step.facts],
                }
                for step in told.steps
            ],
            "clocks": told.clocks,
        }
    )


def _document(one: Contribution, dimensions: Sequence[str]) -> dict[str, object]:
    return {
        "measure": one.measure,
        "minute": one.minute * 60_000,
        "leaf": dict(zip(dimensions, one.leaf, strict=True)),
        "amount": one.amount,
        "observations": one.observations,
    }


def number_document(measure: Measure, segment: Mapping[str, str], since_ms: int, until_ms: int, traces: Sequence[Trace]) -> bytes:
    """Return the tickets behind a number as JSON."""
    return msgspec.json.encode(
        {
            "measure": measure,
            "segment": segment,
            "since": since_ms,
            "until": until_ms,
            "amount": sum(one.amount for one in traces),
            "observations": sum(one.observations for one in traces),
            "tickets": [one._asdict() for one in traces],
        }
    )


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
