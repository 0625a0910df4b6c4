from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agents.partitions.figures import State
from agents.partitions.source import Reach
from agents.partitions.watchdog import Watchdog, WatchdogThread


def partition(**changes: Any) -> Any:
    about = {
        "stage": SimpleNamespace(name="toy"),
        "partition": 0,
        "state": State.RUNNING,
        "lag": 5,
        "position": 7,
        "last_moved": 0.0,
        "polled_at_ms": 1,
    }
    return SimpleNamespace(**(about | changes))


def test_standing_still_with_work_to_do_is_fatal_after_the_patience() -> None:
    watchdog = Watchdog(60)
    assert watchdog.verdict([partition()], 60) is None
    error = watchdog.verdict([partition()], 61)
    assert error is not None
    assert "5 offsets to go" in str(error)


@pytest.mark.parametrize("well", [{"lag": 0}, {"last_moved": 30.0}, {"state": State.OPENING}, {"state": State.CLOSED}])
def test_idle_moving_and_waiting_are_well(well: dict[str, Any]) -> None:
    watchdog = Watchdog(60)
    assert watchdog.verdict([partition(**well)], 0) is None
    assert watchdog.verdict([partition(**well, **({} if "polled_at_ms" in well else {"polled_at_ms": 2}))], 61) is None


def test_no_lag_is_no_excuse_when_nothing_is_heard_of_the_broker() -> None:
    watchdog = Watchdog(60)
    assert watchdog.verdict([partition(lag=0)], 0) is None
    assert watchdog.verdict([partition(lag=0, polled_at_ms=2)], 50) is None
    assert watchdog.verdict([partition(lag=0, polled_at_ms=2)], 100) is None
    assert watchdog.verdict([partition(lag=0, polled_at_ms=2)], 111) is not None


def test_the_thread_reports_once_and_ends() -> None:
    reported: list[Exception] = []
    thread = WatchdogThread([[partition(last_moved=-1e9)]], reported.append, 0.01)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(reported) == 1


def test_caught_up_needs_a_recent_answer_and_everything_applied() -> None:
    reach = Reach(fetched=10, drained=9, end=10, polled_at_ms=1_000)
    assert reach.caught_up(9, 1_100)
    assert not reach.caught_up(8, 1_100)  # one is on its way
    assert not reach.caught_up(9, 10_000)  # the broker has not been heard for long
    assert not reach._replace(end=11).caught_up(9, 1_100)
    assert not reach._replace(end=None).caught_up(9, 1_100)
