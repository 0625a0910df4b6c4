from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.judgement.alerts import AlertBook, Life, Place, Step
from pipeline.judgement.judge import Terms
from pipeline.judgement.jump import Verdict
from pipeline.signals import AlertState
from pipeline.windows.slots import Slots

M = 60_000
NOON = 1_767_225_600_000 + 12 * 3_600_000
BOOK = AlertBook(Terms("rule", "warn", 2 * M, 5 * M), Slots(ZoneInfo("Europe/Berlin")))
PLACE = Place("acme", "queue=billing,channel=chat", {"queue": "billing", "channel": "chat"}, 0)
BAD = Verdict(10 * M, 3 * M, 8, 4, holds=True, clears=False)
BETWEEN = Verdict(5 * M, 3 * M, 8, 4, holds=False, clears=False)
GOOD = Verdict(3 * M, 3 * M, 8, 0, holds=False, clears=True)


def take(life: Life | None, minutes: list[tuple[int, Verdict]], oldest_at: int | None = NOON - M) -> list[Step]:
    steps = []
    for at, verdict in minutes:
        place = PLACE._replace(waiting=verdict.waiting, oldest_at=oldest_at)
        steps.append(BOOK.step(life, verdict, place, NOON + at * M))
        life = steps[-1].life
    return steps


def test_a_break_before_the_time_starts_over() -> None:
    steps = take(None, [(0, BETWEEN), (1, BAD), (2, BAD), (3, BETWEEN), (4, BAD), (6, BAD)])
    assert [step.say is not None for step in steps] == [False] * 5 + [True]
    assert steps[-1].say is not None
    assert steps[-1].say.id == f"rule:acme:queue=billing,channel=chat:{NOON + 4 * M}"
    assert steps[0].life is None
    assert steps[3].life is None


def test_clearing_must_not_break_either() -> None:
    steps = take(None, [(0, BAD), (2, BAD), (3, GOOD), (7, BETWEEN), (8, GOOD), (12, GOOD), (13, GOOD)])
    assert [step.say.state if step.say else None for step in steps][-2:] == [None, AlertState.RESOLVED]
    assert steps[-1].life is None
    assert steps[-1].say is not None
    assert steps[-1].say.resolved_at == NOON + 13 * M
    assert steps[-1].say.peak_ms == 10 * M


def test_firing_is_said_again_when_its_size_changes_and_not_more_than_once_a_minute() -> None:
    worse = BAD._replace(now_ms=12 * M)
    said = take(None, [(0, BAD), (2, BAD)])[-1].life
    half = BOOK.step(said, worse, PLACE, NOON + 2 * M + 30_000)
    assert half.say is None
    assert half.life is not None
    assert half.life.peak_ms == 12 * M
    assert [step.say is not None for step in take(said, [(3, worse), (4, worse), (5, BAD)])] == [True, False, True]


def test_an_alert_that_was_never_said_ends_in_silence() -> None:
    assert BOOK.end(Life(NOON), NOON) == Step(None, None)


@pytest.mark.parametrize(
    ("segment", "waiting", "oldest_at", "words"),
    [
        ({}, 0, None, "everything: first replies take 10m now, 3m is usual; since 13:00 CET; nobody waits"),
        (
            {"queue": "billing", "channel": "chat"},
            2,
            NOON - 2 * 86_400_000,
            (
                "billing on chat: first replies take 10m now, 3m is usual; since 13:00 CET; "
                "2 customers wait, the longest for 2d 2m (since 2025-12-30 13:00 CET)"
            ),
        ),
        ({"queue": ""}, 1, NOON + 90_000, "since 13:00 CET; 1 customer waits, the longest for 30s (since 13:01 CET)"),
    ],
)
def test_the_summary_is_plain_words(segment: dict[str, str], waiting: int, oldest_at: int | None, words: str) -> None:
    place = PLACE._replace(segment=segment, waiting=waiting, oldest_at=oldest_at)
    life = BOOK.step(None, BAD, place, NOON).life
    say = BOOK.step(life, BAD, place, NOON + 2 * M).say
    assert say is not None
    assert say.summary.endswith(words)
    assert say.severity == "warn"
