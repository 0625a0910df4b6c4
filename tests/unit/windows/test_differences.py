"""Every number against the window before, the same hours last week and the month before."""

from __future__ import annotations

import pytest

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.measures import Measure
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import Feed, Reader, apply, tick
from tests.support.story import utc

M, H, D = 60_000, 3_600_000, 86_400_000
LEAF = ("billing", "chat", "normal")
NOW = utc("2026-03-30 09:59:30")


def window(name: str, told: list[tuple[Measure, int, int]]) -> dict[str, dict[str, dict[str, object]]]:
    """Return a window of everything at `NOW`, from (measure, time, duration in minutes or amount)."""
    engine, reader, feed = SegmentsEngine(Domain(), 0, 1, TimeMode.LIVE), Reader(), Feed()
    for measure, at_ms, value in told:
        if measure is Measure.FIRST_REPLY:
            feed.lasted(LEAF, at_ms, measure, value * M)
        else:
            feed.counted(LEAF, at_ms, measure, value)
    apply(engine, reader, [feed.record(NOW)])
    tick(engine, reader, NOW)
    found: dict[str, dict[str, dict[str, object]]] = reader.latest(b"acme|")["windows"][name]
    return found


@pytest.mark.mission("C1")
def test_a_mean_that_jumps_overnight_is_told_against_all_three() -> None:
    replied = [(NOW, 10), (NOW - H, 4), (NOW - 7 * D, 3), (NOW - 28 * D, 2)]
    found = window("1h", [(Measure.FIRST_REPLY, at, minutes) for at, minutes in replied])["durations"]["first_reply"]
    assert {name: found[name]["difference_ms"] for name in ("previous", "last_week", "month_before")} == {
        "previous": 6 * M,
        "last_week": 7 * M,
        "month_before": 8 * M,
    }


@pytest.mark.mission("C1")
def test_counters_and_rates_have_the_same_differences() -> None:
    told = [(Measure.CREATED, NOW, 8), (Measure.CREATED, NOW - H, 4), (Measure.CREATED, NOW - 28 * D, 2)]
    told += [(Measure.ABANDONED, NOW, 2), (Measure.ABANDONED, NOW - H, 2), (Measure.ABANDONED, NOW - 28 * D, 2)]
    found = window("1h", told)
    assert found["counters"]["created"] == {"now": 8, "previous": 4, "last_week": 0, "month_before": 2}
    rate = found["rates"]["abandonment_rate"]
    shares = [rate.get(name) for name in ("ppm", "previous_ppm", "last_week_ppm", "month_before_ppm")]
    assert shares == [250_000, 500_000, None, 1_000_000]


def test_the_month_before_is_in_whole_hours_and_short_windows_have_none() -> None:
    at = utc("2026-03-02 09:00")  # 28 days before, within the hour but not within the same minutes
    told = [(Measure.CREATED, NOW, 1), (Measure.CREATED, at, 3), (Measure.CREATED, at - 1, 5)]
    assert window("1h", told)["counters"]["created"]["month_before"] == 3
    assert "month_before" not in window("5m", told)["counters"]["created"]
