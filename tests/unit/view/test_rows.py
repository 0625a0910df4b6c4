"""A row of the board says the numbers of the topic, and its sparkline the last hour."""

from __future__ import annotations

import msgspec

from pipeline.config import HOUR_MS, MINUTE_MS
from pipeline.signals import Opening
from pipeline.standings import LevelStanding
from pipeline.view.history import MINUTES, History, Point, window_of
from pipeline.view.rows import row_of
from pipeline.view.state import View, key_of
from tests.support.centre import NOW_MS, TENANT, level, say, window


def point(minute: int, first_reply_ms: int | None = None, second: int = 0) -> Point:
    return Point(minute * MINUTE_MS + second * 1_000, first_reply_ms, None, 0)


def test_a_judged_queue_shows_who_waits_counted_in() -> None:
    view = View("1h")
    say(view, level({"queue": "billing"}))
    row = row_of(view, key_of(TENANT, "queue=billing"))
    assert row is not None
    assert (row.first_reply_ms, row.usual_ms, row.difference_ms) == (6 * MINUTE_MS, 3 * MINUTE_MS, 3 * MINUTE_MS)
    assert (row.waiting, row.oldest_at, row.open, row.unassigned) == (2, NOW_MS - 9 * MINUTE_MS, 7, 0)
    assert (row.replies, row.broken, row.within_ppm, row.at_risk, row.breached) == (30, 1, 900_000, 1, 0)
    assert row.spark == (None,) * 59 + (6 * MINUTE_MS,)


def test_others_show_the_mean_of_the_window_against_last_week() -> None:
    view = View("1h")
    say(view, level({}))
    row = row_of(view, key_of(TENANT, "everything"))
    assert row is not None
    assert (row.first_reply_ms, row.usual_ms, row.difference_ms) == (4 * MINUTE_MS, 3 * MINUTE_MS, MINUTE_MS)
    assert row.spark[-1] == 4 * MINUTE_MS


def test_a_segment_that_has_said_little_shows_little() -> None:
    view = View("1h")
    say(view, level({}, windows={}, work={}))
    row = row_of(view, key_of(TENANT, "everything"))
    assert row is not None
    assert (row.waiting, row.oldest_at, row.first_reply_ms, row.usual_ms, row.difference_ms) == (0, None, None, None, None)
    assert (row.replies, row.broken, row.within_ppm, row.spark[-1]) == (0, 0, None, None)
    assert row_of(view, key_of(TENANT, "queue=none")) is None


def test_a_judged_queue_without_a_usual_value_has_no_difference() -> None:
    view = View("1h")
    say(view, level({"queue": "new"}, first_reply_usual_ms=None))
    row = row_of(view, key_of(TENANT, "queue=new"))
    assert row is not None
    assert (row.usual_ms, row.difference_ms) == (None, None)


def test_the_wanted_window_or_else_the_first() -> None:
    said = level({})
    assert window_of(said, "8h") == "8h"
    assert window_of(said, "5m") == "1h"
    assert window_of(level({}, windows={}), "5m") == ""
    view = View("5m")
    say(view, level({}, windows={"8h": window(3, HOUR_MS, 8)}))
    row = row_of(view, key_of(TENANT, "everything"))
    assert row is not None
    assert row.replies == 3


def test_a_minute_has_one_point_and_quiet_minutes_repeat() -> None:
    history = History()
    for one in (point(10, 1), point(10, 2, 30), point(13, 7), point(12, 9)):
        history.add(one)
    assert [one.at // MINUTE_MS for one in history.points] == [10, 13]
    assert history.recent(14 * MINUTE_MS, 6) == [None, 2, 2, 2, 7, 7]
    assert history.recent(13 * MINUTE_MS, 2) == [2, 7], "what is older counts for the minutes after it"
    assert history.recent(11 * MINUTE_MS, 3) == [None, 2, 2], "later points do not"


def test_what_lies_further_back_in_time_is_no_recent_point() -> None:
    history = History()
    for minute in (1, 500, 501, 560):
        history.add(point(minute))
    assert [one.at // MINUTE_MS for one in history.within(60)] == [501, 560]
    assert History().within(60) == []


def test_only_so_many_points_are_kept() -> None:
    history = History()
    for minute in range(MINUTES + 9):
        history.add(point(minute, minute))
    assert len(history.points) == MINUTES
    assert history.recent((MINUTES + 8) * MINUTE_MS, 2) == [MINUTES + 7, MINUTES + 8]


def test_level_and_hours_where_the_pipeline_says_them() -> None:
    view = View("1h")
    standing = LevelStanding(level=3, levels=5, name="average", group="live", window="1h", measures=(), words="w")
    closed = Opening(open=False, opens_at=NOW_MS + 1, closes_at=None, instead={}, summary="closed, opens soon")
    say(view, level({"queue": "a"}, level=standing, opening=closed))
    say(view, level({"queue": "b"}, opening=msgspec.structs.replace(closed, open=True)))
    first, second = (row_of(view, key_of(TENANT, f"queue={queue}")) for queue in "ab")
    assert first is not None
    assert second is not None
    assert (first.level, first.levels, first.closed) == (3, 5, "closed, opens soon")
    assert (second.level, second.levels, second.closed) == (None, 0, "")
