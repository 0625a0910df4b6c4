from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.config import Domain
from pipeline.windows import slots as slots_module
from pipeline.windows.segments import Segment, Shapes
from pipeline.windows.slots import Slots


def minute(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) // 60


def test_hours_begin_where_the_zone_says_so() -> None:
    assert Slots(ZoneInfo("Asia/Kolkata")).hour(minute("2026-01-05T10:29:00+00:00")) == minute("2026-01-05T09:30:00+00:00")
    assert Slots(ZoneInfo("UTC")).hour(minute("2026-01-05T10:29:00+00:00")) == minute("2026-01-05T10:00:00+00:00")


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_days_are_as_long_as_the_clocks_make_them(date: str, hours: int) -> None:
    slots = Slots(ZoneInfo("Europe/Berlin"))
    noon = minute(f"{date}T12:00:00+02:00")
    first = slots.day(slots.hour(noon))
    days = [slots.day(slots.hour(at)) for at in range(first - 60, first + 26 * 60)]
    assert days.count(first) == hours * 60


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "_REMEMBERED", 2)
    slots = Slots(ZoneInfo("UTC"))
    for at in range(0, 60 * 24 * 9, 60):
        assert slots.hour(at) == at
        assert slots.day(at) == at // 1_440 * 1_440
    assert len(slots._hours) <= 2
    assert len(slots._days) <= 2


def test_names_of_segments_escape_what_keys_are_made_of() -> None:
    shapes = Shapes(Domain(segments=((), ("queue", "channel"), ("queue", "channel"), ("queue",))))
    odd = next(segment for segment in shapes.above("ac|me", ("a=b,c|d%\n", "chat", "low")) if segment.shape == 1)
    assert shapes.key(odd) == b"ac%7Cme|queue=a%3Db%2Cc%7Cd%25%0A,channel=chat"
    assert shapes.pairs(odd) == {"queue": "a=b,c|d%\n", "channel": "chat"}
    assert shapes.key(Segment("acme", 0, ())) == b"acme|"
    assert shapes.segment(shapes.owner(odd)) == odd
    assert shapes.segment(("acme", "team", "blue")) is None
