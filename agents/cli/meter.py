"""How far a long command has come: a bar on a terminal, a line now and then elsewhere. On standard error."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LINE_EVERY_SECONDS = 5.0


class Meter:
    """Shows a count, its rate, and how much is left where the end is known."""

    def __init__(self, what: str, total: int | None, console: Console | None = None) -> None:
        """Count `what`; `total` is the position at the end, `None` where nobody knows."""
        self._what = what
        self._total = total
        self._console = console or Console(stderr=True)
        self._began = self._said = time.monotonic()
        self._bar: Progress | None = None
        if self._console.is_terminal:
            known: list[ProgressColumn] = [BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
            columns = known if total else [TimeElapsedColumn()]
            self._bar = Progress(TextColumn("{task.description}"), *columns, console=self._console, transient=True)
            self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> Self:
        """Show it."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take it away."""
        if self._bar:
            self._bar.stop()

    def show(self, count: int, position: int | None, where: Callable[[], str]) -> None:
        """Say that `count` are done, at `position` of the total; `where` says in words how far that is."""
        now = time.monotonic()
        if self._bar:
            self._bar.update(self._task, completed=position or 0, description=self._words(count, now, where()))
        elif now - self._said >= LINE_EVERY_SECONDS:
            self._said = now
            share = f", {100 * position // self._total} %" if self._total and position is not None else ""
            self._console.print(self._words(count, now, where()) + share, highlight=False, soft_wrap=True)

    def _words(self, count: int, now: float, where: str) -> str:
        rate = count / max(now - self._began, 0.001)
        return f"{count:,} {self._what}, {rate:,.0f}/s, {where}"
