"""Who is on call, by the wall clock of the schedule's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.notifier.schedule import ScheduleError, read_schedule

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "alertmanager" / "on-call.example.toml"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("utc", "queue", "people"),
    [
        ("2026-01-05T07:59", "sales", ()),
        ("2026-01-05T08:00", "sales", ("ann",)),
        ("2026-01-12T07:59", "sales", ("ann",)),
        ("2026-01-12T08:00", "billing", ("bob", "eli")),
        ("2026-01-26T08:00", None, ("ann",)),
        # Summer time: nine in Berlin is seven in Greenwich. The shift that began on 30 March 2026 is the thirteenth: ann's.
        ("2026-03-30T06:59", "sales", ("cleo",)),
        ("2026-03-30T07:00", "sales", ("ann",)),
        ("2026-12-24T07:59", "sales", ("cleo",)),
        ("2026-12-24T08:00", "sales", ("eli",)),
        ("2026-12-24T08:00", "billing", ("eli",)),
    ],
)
def test_the_example_says_whose_shift_it_is(utc: str, queue: str | None, people: tuple[str, ...]) -> None:
    assert read_schedule(EXAMPLE).on_call(at(utc), queue) == people


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zone = ", "is not TOML"),
        ("zone = 'Berlin'", "zone"),
        ("[[rotations]]\nname = 'a'\npeople = []\nstarts = 2026-01-05T09:00:00\nlength = '7d'", "people"),
        ("[[rotations]]\nname = 'a'\npeople = ['x']\nstarts = 2026-01-05T09:00:00Z\nlength = '7d'", "without an offset"),
        (
            "[[overrides]]\nrotation = 'a'\nperson = 'x'\nsince = 2026-01-05T09:00:00\nuntil = 2026-01-06T09:00:00",
            "no such rotation",
        ),
    ],
)
def test_mistakes_are_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "on-call.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScheduleError, match=message):
        read_schedule(path)
