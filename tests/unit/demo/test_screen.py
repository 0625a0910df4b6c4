"""What a person sees, on a wide and a narrow terminal, and in a file."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest
from rich.console import Console

from agents.demo.screen import Addresses, Board, LineDisplay, Picture
from pipeline.config import MINUTE_MS
from pipeline.signals import AlertState
from tests.unit.demo.said import NOW_MS, alert, level, sla_event, ticket

WHERE = Addresses("http://127.0.0.1:3/", "http://127.0.0.1:1/metrics", "127.0.0.1:2", ("alerts", "clocks"))
BOARD = Board("Europe/Berlin", WHERE)


def picture(**changes: Any) -> Picture:
    made = Picture(
        phase="live",
        live=True,
        now_ms=NOW_MS,
        events=1_234,
        levels=[level(waiting=3), level("billing", waiting=2), level("technical", waiting=1)],
        alerts=[alert()],
        waiting=[ticket(1, NOW_MS - 50 * MINUTE_MS, due_at=NOW_MS - 20 * MINUTE_MS), ticket(2, NOW_MS - 30_000)],
        breaches=[sla_event(3)],
        left_seconds=12.3,
    )
    return msgspec.structs.replace(made, **changes)


def drawn(shown: Picture, width: int = 120, height: int = 40) -> str:
    console = Console(width=width, height=height, file=io.StringIO(), color_system=None)
    console.print(BOARD.draw(shown, width, height))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(("width", "height"), [(120, 40), (116, 30), (80, 24)])
def test_the_picture_fits_and_holds_what_matters(width: int, height: int) -> None:
    text = drawn(picture(), width, height)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= height
    assert "Wed 11 Mar, 14:00 CET" in text
    for said in (
        "billing",
        "technical",
        "FIRING: frt_jump (page) - technical",
        "broken 20m ago",
        "T3",
        "1,234 events",
        WHERE.metrics,
    ):
        assert said in text
    assert "…" not in text


def test_the_past_shows_numbers_only() -> None:
    text = drawn(picture(live=False))
    assert "billing" in text
    assert "FIRING" not in text
    assert "waiting longest" not in text


def test_calm_is_said_and_an_alert_that_is_over_stays_in_sight() -> None:
    assert "no alert" in drawn(picture(alerts=[]))
    text = drawn(picture(alerts=[alert(state=AlertState.RESOLVED, resolved_at=NOW_MS)]))
    assert "resolved: frt_jump" in text
    assert "FIRING" not in text


def test_lines_say_each_alert_once_and_levels_from_time_to_time() -> None:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    display = LineDisplay(BOARD, console)
    early = alert(id="early", state=AlertState.RESOLVED, resolved_at=NOW_MS - 1, summary="long ago")
    display.show(picture(live=False, phase="learning", alerts=[early]))
    for minutes in (0, 1, 2):
        display.show(picture(now_ms=NOW_MS + minutes * MINUTE_MS, alerts=[alert(), early]))
    over = alert(state=AlertState.RESOLVED, resolved_at=NOW_MS + 40 * MINUTE_MS)
    display.show(picture(now_ms=NOW_MS + 40 * MINUTE_MS, alerts=[over, early]))
    display.close()
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[:2] == ["learning", "live"]
    assert [line for line in lines if "alert firing" in line] == [f"Wed 13:04  alert firing: {alert().summary}"]
    assert [line for line in lines if "alert resolved" in line] == [f"Wed 14:40  alert resolved: {alert().summary}"]
    assert sum("everything: 3 waiting, first reply -; billing: 2 waiting" in line for line in lines) == 2
    assert "long ago" not in console.file.getvalue()  # type: ignore[attr-defined]
