"""What the demo shows: service levels, alerts, who waits and which promises broke; drawn on a terminal, or told in lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.screen import alert_panel, glance, levels_table, name_of, span
from pipeline.config import SlaMeasure
from pipeline.measures import Measure, Work
from pipeline.signals import Alert, AlertState, ServiceLevel, SlaEvent, TicketClocks

WINDOW = "1h"
ROWS = 5
"""Customers waiting and broken promises shown, where there is room."""
_FEW_ROWS = 2
_WIDE, _HIGH = 116, 30
_REPLIES = frozenset({SlaMeasure.FIRST_REPLY, SlaMeasure.NEXT_REPLY})
_CALM = Panel("no queue keeps its customers waiting longer than is usual at this hour", title="no alert", title_align="left")
_LEGEND = (
    "+ and -: against the same hour last week · with waiting: customers who still wait counted in, which is what the alert\n"
    "watches, against what is usual at this hour · kept: share of first-reply promises"
)
_LINE_EVERY_MS = 1_800_000
"""Simulated time between two lines where nobody looks at a terminal."""


class Addresses(msgspec.Struct, frozen=True):
    """Where a person can look further."""

    board: str
    metrics: str
    broker: str
    topics: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything to be shown at a moment."""

    phase: str
    live: bool
    """Not the past any more, which passes in seconds."""
    now_ms: int
    """Simulated time of the newest service level."""
    events: int
    levels: Sequence[ServiceLevel]
    alerts: Sequence[Alert]
    waiting: Sequence[TicketClocks]
    breaches: Sequence[SlaEvent]
    left_seconds: float | None = None


class Display(Protocol):
    """Shows pictures."""

    def show(self, picture: Picture) -> None: ...
    def close(self) -> None: ...


class Board:
    """Draws pictures with the times of one zone."""

    def __init__(self, zone: str, addresses: Addresses) -> None:
        """Take the zone of the support centre."""
        self._zone = ZoneInfo(zone)
        self._addresses = addresses

    def moment(self, at_ms: int, form: str = "%H:%M") -> str:
        """Write a time as clocks in the centre show it."""
        return datetime.fromtimestamp(at_ms / 1_000, self._zone).strftime(form)

    def draw(self, picture: Picture, width: int = 120, height: int = 40) -> RenderableType:
        """Return the whole picture for so much room. While the past passes, only the numbers: details would be read as now."""
        parts: list[RenderableType] = [self._header(picture)]
        if picture.levels:
            parts.append(self._levels(picture, brief=width < _WIDE, legend=height >= _HIGH))
        if picture.live:
            parts += [alert_panel(alert) for alert in _worth_showing(picture)] or [_CALM]
            rows = ROWS if height >= _HIGH and width >= _WIDE else _FEW_ROWS
            waiting, broken = self._waiting(picture, rows), self._breaches(picture, rows)
            parts.append(_beside(waiting, broken) if width >= _WIDE else Group(waiting, broken))
        return Group(*parts, self._footer(full=height >= _HIGH))

    def _header(self, picture: Picture) -> Text:
        text = Text.assemble(("firstreply demo  ", "bold"), (picture.phase, "cyan"))
        text.append(f"   {picture.events:,} events")
        if picture.left_seconds is not None:
            text.append(f"   {picture.left_seconds:.0f} s left")
        return text

    def _levels(self, picture: Picture, *, brief: bool, legend: bool) -> Table:
        shown = [level for level in picture.levels if set(level.segment) <= {"queue"}]
        alarmed = [alert.segment for alert in picture.alerts if alert.state is AlertState.FIRING]
        title = f"{self.moment(picture.now_ms, '%a %d %b, %H:%M %Z')}: each queue now, and its first replies of the last hour"
        table = levels_table(shown, WINDOW, title, alarmed, brief=brief)
        table.caption = _LEGEND if legend else None
        return table

    def _waiting(self, picture: Picture, rows: int) -> Table:
        table = _plain("waiting longest", "ticket", "where", "waits", "promise")
        for ticket in picture.waiting[:rows]:
            since = ticket.waiting_since or picture.now_ms
            due, style = _due(ticket, picture.now_ms)
            where = f"{ticket.queue}, {ticket.channel}"
            table.add_row(ticket.ticket_id, where, glance(max(0, picture.now_ms - since)), Text(due, style))
        return table

    def _breaches(self, picture: Picture, rows: int) -> Table:
        table = _plain("promises broken last", "at", "ticket", "where", "promise")
        for event in picture.breaches[:rows]:
            promise = f"{event.measure.replace('_', ' ')} in {span(event.target_ms)}"
            table.add_row(self.moment(event.occurred_at), event.ticket_id, f"{event.queue}, {event.channel}", promise)
        return table

    def _footer(self, *, full: bool) -> RenderableType:
        where = self._addresses
        first = Text.assemble(("board ", "dim"), (where.board, "bold"), ("  metrics ", "dim"), where.metrics)
        if not full:
            return first.append("  Ctrl-C", "dim")
        first.append("   Ctrl-C ends it", "dim")
        return Group(first, Text.assemble(("broker ", "dim"), where.broker, ("   topics ", "dim"), " ".join(where.topics)))


def _due(ticket: TicketClocks, now_ms: int) -> tuple[str, str]:
    due = [clock.due_at for clock in ticket.clocks if clock.due_at is not None and clock.measure in _REPLIES]
    if not due:
        return "-", ""
    left_ms = min(due) - now_ms
    return (f"{glance(left_ms)} left", "") if left_ms >= 0 else (f"broken {glance(-left_ms)} ago", "red")


def _beside(left: Table, right: Table) -> Table:
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    grid.add_row(left, right)
    return grid


def _worth_showing(picture: Picture) -> list[Alert]:
    """Return what fires, or else the newest that is over."""
    firing = [alert for alert in picture.alerts if alert.state is AlertState.FIRING]
    over = [alert for alert in picture.alerts if alert.state is not AlertState.FIRING]
    return firing[:2] or over[:1]


def _plain(title: str, *headings: str) -> Table:
    table = Table(title=title, expand=True, box=None, title_justify="left", title_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, header_style="dim", no_wrap=True)
    return table


class LiveDisplay:
    """A picture on a terminal, drawn over and over at the same place; the last one stays."""

    def __init__(self, board: Board, console: Console) -> None:
        """Take over the terminal."""
        self._board = board
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._live.start()

    def show(self, picture: Picture) -> None:
        """Draw."""
        size = self._live.console.size
        self._live.update(self._board.draw(picture, size.width, size.height), refresh=True)

    def close(self) -> None:
        """Give the terminal back."""
        self._live.stop()


class LineDisplay:
    """Lines for a file or a pipe: what changed, and from time to time how things stand."""

    def __init__(self, board: Board, console: Console) -> None:
        """Write to the console."""
        self._board = board
        self._console = console
        self._live: bool | None = None
        self._next_ms = 0
        self._alerts: dict[str, AlertState] = {}

    def show(self, picture: Picture) -> None:
        """Write what is new."""
        if picture.live is not self._live:
            self._live = picture.live
            self._say(picture.phase)
        if not picture.live:
            return
        for alert in reversed(picture.alerts):
            if alert.resolved_at and alert.id not in self._alerts and self._next_ms == 0:
                self._alerts[alert.id] = alert.state  # was over before anybody looked
            if self._alerts.get(alert.id) is not alert.state:
                self._alerts[alert.id] = alert.state
                at_ms = alert.resolved_at or alert.raised_at
                self._say(f"{self._moment(at_ms)}  alert {alert.state}: {alert.summary}")
        if picture.now_ms >= self._next_ms and picture.levels:
            self._next_ms = picture.now_ms + _LINE_EVERY_MS
            self._say(f"{self._moment(picture.now_ms)}  {'; '.join(_levels_in_words(picture.levels))}")

    def close(self) -> None:
        """Have nothing to give back."""

    def _moment(self, at_ms: int) -> str:
        return self._board.moment(at_ms, "%a %H:%M")

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


def _levels_in_words(levels: Sequence[ServiceLevel]) -> list[str]:
    words = []
    for level in levels:
        if set(level.segment) <= {"queue"} and WINDOW in level.windows:
            first = level.windows[WINDOW].durations.get(Measure.FIRST_REPLY)
            waiting = level.work.get(Work.AWAITING_FIRST_REPLY)
            mean = span(first.now.mean_ms if first else None)
            words.append(f"{name_of(level.segment)}: {waiting.count if waiting else 0} waiting, first reply {mean}")
    return words
