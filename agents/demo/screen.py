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

from agents.screen import alert_panel, levels_table, name_of, span
from pipeline.measures import Measure, Work
from pipeline.signals import Alert, AlertState, ServiceLevel, SlaEvent, TicketClocks

WINDOW = "1h"
ROWS = 5
"""Customers waiting and broken promises shown."""
_CALM = "no queue keeps its customers waiting longer than is usual at this hour"
_LINE_EVERY_MS = 1_800_000
"""Simulated time between two lines where nobody looks at a terminal."""


class Addresses(msgspec.Struct, frozen=True):
    """Where a person can look further."""

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

    def draw(self, picture: Picture) -> RenderableType:
        """Return the whole picture."""
        shown = [level for level in picture.levels if set(level.segment) <= {"queue"}]
        parts: list[RenderableType] = [self._header(picture)]
        if shown:
            parts.append(levels_table(shown, WINDOW, f"first replies of the last hour, per queue (to {self._day(picture)})"))
        parts += [alert_panel(alert) for alert in _worth_showing(picture)]
        if not any(alert.state is AlertState.FIRING for alert in picture.alerts):
            parts.append(
                Panel(
                    "no queue keeps its customers waiting longer than is usual at this hour", title="no alert", title_align="left"
                )
            )
        sides = Table.grid(expand=True, padding=(0, 2))
        sides.add_column(ratio=1)
        sides.add_column(ratio=1)
        sides.add_row(self._waiting(picture), self._breaches(picture))
        return Group(*parts, sides, self._footer())

    def _day(self, picture: Picture) -> str:
        return self.moment(picture.now_ms, "%a %d %b, %H:%M %Z") if picture.now_ms else "-"

    def _header(self, picture: Picture) -> Text:
        text = Text.assemble(("firstreply demo  ", "bold"), (picture.phase, "cyan"))
        text.append(f"   {picture.events:,} events")
        if picture.left_seconds is not None:
            text.append(f"   {picture.left_seconds:.0f} s left")
        return text

    def _waiting(self, picture: Picture) -> Table:
        table = _plain("waiting longest", "ticket", "queue", "channel", "priority", "waits", "promise")
        for ticket in picture.waiting:
            since = ticket.waiting_since or picture.now_ms
            due, style = self._due(ticket, picture.now_ms)
            waits = span(max(0, picture.now_ms - since))
            table.add_row(ticket.ticket_id, ticket.queue, ticket.channel, ticket.priority, waits, Text(due, style))
        return table

    def _due(self, ticket: TicketClocks, now_ms: int) -> tuple[str, str]:
        due = [clock.due_at for clock in ticket.clocks if clock.due_at is not None and str(clock.measure).endswith("_reply")]
        if not due:
            return "-", ""
        left_ms = min(due) - now_ms
        return (f"{span(left_ms)} left", "") if left_ms >= 0 else (f"broken {span(-left_ms)} ago", "red")

    def _breaches(self, picture: Picture) -> Table:
        table = _plain("promises broken last", "at", "ticket", "queue", "channel", "promise", "within")
        for event in picture.breaches:
            at, promise = self.moment(event.occurred_at), event.measure.value.replace("_", " ")
            table.add_row(at, event.ticket_id, event.queue, event.channel, promise, span(event.target_ms))
        return table

    def _footer(self) -> Group:
        where = self._addresses
        return Group(
            Text.assemble(("metrics ", "dim"), where.metrics, ("   broker ", "dim"), where.broker, (" (in memory)", "dim")),
            Text.assemble(("topics  ", "dim"), (" ".join(where.topics))),
            Text("Ctrl-C ends it", "dim"),
        )


def _worth_showing(picture: Picture) -> list[Alert]:
    """Return what fires, and the newest that is over: at most three."""
    firing = [alert for alert in picture.alerts if alert.state is AlertState.FIRING]
    over = [alert for alert in picture.alerts if alert.state is not AlertState.FIRING]
    return [*firing[:2], *over[:1]]


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
        self._live.update(self._board.draw(picture), refresh=True)

    def close(self) -> None:
        """Give the terminal back."""
        self._live.stop()


class LineDisplay:
    """Lines for a file or a pipe: what changed, and from time to time how things stand."""

    def __init__(self, board: Board, console: Console) -> None:
        """Write to the console."""
        self._board = board
        self._console = console
        self._phase = ""
        self._next_ms = 0
        self._alerts: dict[str, AlertState] = {}

    def show(self, picture: Picture) -> None:
        """Write what is new."""
        if picture.phase != self._phase:
            self._phase = picture.phase
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
