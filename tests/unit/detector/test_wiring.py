"""The detector in the segments engine: alerts, rows, restores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.alertrules import AcceptanceModel, DetectorModel, MuteModel
from pipeline.config import Domain, PolicyModel, SlaMeasure, Target
from pipeline.engine import LogRecord, TimeMode
from pipeline.events import Priority
from pipeline.windows import engine as engine_module
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.rows import RowType
from pipeline.windows.slots import HOUR, MINUTE_MS
from tests.support.detection.queues import MONDAY, Queue
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

CHAT = ("billing", "chat", "normal")
RULE = "frt_jump_statistical"
DAYS = 4
SLOW = (3 * 24 * HOUR, 3 * 24 * HOUR + 6 * HOUR)
QUEUE = Queue(lambda minute: 6, lambda minute: 8 * (5 if SLOW[0] <= minute < SLOW[1] else 1))


def domain(**detector: object) -> Domain:
    return Domain(
        edges=EDGES_MS,
        windows={"1h": HOUR * MINUTE_MS},
        event_tick=10 * MINUTE_MS,
        detector=DetectorModel.model_validate(detector),
    )


def records(queue: Queue = QUEUE, days: float = DAYS) -> Iterator[LogRecord]:
    """Yield what one ticket partition says of a queue, tick by tick."""
    happened = []
    for wait in queue.waits(days / 7):
        happened.append((wait.start_ms, wait.start_ms, None))
        happened.append((wait.end_ms or 0, wait.start_ms, wait.end_ms))
    happened.sort(key=lambda one: (one[0], one[1]))
    step = 10 * MINUTE_MS
    feed, end = Feed(), MONDAY * MINUTE_MS + step
    for at, start_ms, end_ms in happened:
        while at >= end:
            yield feed.record(end, passed=end)
            end += step
        if end >= (MONDAY + round(days * 24 * HOUR)) * MINUTE_MS:
            return
        if end_ms is None:
            feed.waits(CHAT, start_ms)
        else:
            feed.replied(CHAT, start_ms, end_ms)


def run(log: list[LogRecord], configured: Domain, restart_every: int = 0) -> Reader:
    engine, reader = SegmentsEngine(configured, 0, 1, TimeMode.EVENT), Reader()
    for index, record in enumerate(log):
        if restart_every and index % restart_every == 0:
            engine = SegmentsEngine(configured, 0, 1, TimeMode.EVENT)
            engine.restore(reader.changelog())
        apply(engine, reader, [record])
    return reader


LOG = list(records())


@pytest.fixture(scope="module")
def whole() -> Reader:
    return run(LOG, domain())


def alerts(reader: Reader) -> list[dict[str, object]]:
    return [alert for alert in reader.decoded("alerts") if alert["rule"] == RULE]


def test_a_slow_down_pages_once_and_resolves(whole: Reader) -> None:
    said = alerts(whole)
    assert {alert["id"] for alert in said} == {said[0]["id"]}
    assert [alert["state"] for alert in said] == ["firing"] * (len(said) - 1) + ["resolved"]
    first = said[0]
    begin_ms = (MONDAY + SLOW[0]) * MINUTE_MS
    assert first["segment"] == {"queue": "billing", "channel": "chat"}
    assert isinstance(first["raised_at"], int)
    assert isinstance(first["onset_at"], int)
    assert begin_ms < first["raised_at"] < begin_ms + 3 * HOUR * MINUTE_MS
    assert abs(first["onset_at"] - begin_ms) < 2 * HOUR * MINUTE_MS
    assert first["id"] == f"{RULE}:acme:queue=billing,channel=chat:{first['onset_at']}"


def test_the_page_says_what_where_since_when_and_who_waits(whole: Reader) -> None:
    summary = str(alerts(whole)[0]["summary"])
    assert summary.startswith("billing on chat: first replies have slowed to ")
    for part in ("is usual at this hour", "since about ", "the longest for "):
        assert part in summary


def test_a_new_owner_goes_on_byte_for_byte(whole: Reader) -> None:
    again = run(LOG, domain(), restart_every=97)
    assert again.emits == whole.emits
    assert again.rows == whole.rows


def test_a_tick_that_is_cut_says_the_same(whole: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BOUND", 3)
    cut = run(LOG, domain(), restart_every=61)
    assert alerts(cut) == alerts(whole)


def test_the_rows_stay_small(whole: Reader) -> None:
    sizes = {RowType(key[:1]): len(value) for key, value in whole.rows.items()}
    assert sizes[RowType.MEMORY] < 200
    assert sizes[RowType.USUAL] < 800


def test_what_is_not_configured_leaves_no_rows() -> None:
    off = run(LOG, domain().model_copy(update={"detector": None}))
    assert not {key[:1] for key in off.rows} & {RowType.MEMORY.value, RowType.USUAL.value}
    assert alerts(off) == []


def test_a_detector_that_is_dropped_resolves_and_leaves_no_rows() -> None:
    log = [record for record in LOG if record.timestamp >= 0][: (SLOW[0] + 4 * HOUR) // 10]
    reader = run(log, domain())
    assert alerts(reader)[-1]["state"] == "firing"
    later = SegmentsEngine(domain().model_copy(update={"detector": None}), 0, 1, TimeMode.EVENT)
    later.restore(reader.changelog())
    for record in LOG[len(log) : len(log) + 3]:
        apply(later, reader, [record])
    assert alerts(reader)[-1]["state"] == "resolved"
    assert not {key[:1] for key in reader.rows} & {RowType.MEMORY.value, RowType.USUAL.value}


def test_live_it_looks_at_whole_minutes_and_pages_too() -> None:
    configured = domain()
    engine, reader = SegmentsEngine(configured, 0, 1, TimeMode.LIVE), Reader()
    for record in LOG[: (SLOW[0] + 4 * HOUR) // 10]:
        apply(engine, reader, [record])
        tick(engine, reader, (MONDAY + 10) * MINUTE_MS if record is LOG[0] else engine._last_ms + 10 * MINUTE_MS)
    assert alerts(reader)[0]["state"] == "firing"


def test_a_mute_window_keeps_quiet() -> None:
    since, until = (f"{(MONDAY + minute) * 60}" for minute in (SLOW[0] - HOUR, SLOW[1] + 2 * HOUR))
    mute = MuteModel.model_validate({"since": int(since), "until": int(until), "queues": ["billing"]})
    assert alerts(run(LOG, domain(mute=[mute]))) == []
    elsewhere = mute.model_copy(update={"queues": ("sales",)})
    assert alerts(run(LOG, domain(mute=[elsewhere]))) != []


def test_a_new_normal_that_is_accepted_resolves_and_is_usual() -> None:
    slow = QUEUE._replace(typical=lambda minute: 8 * (5 if minute >= SLOW[0] else 1))
    at = AcceptanceModel.model_validate({"at": (MONDAY + SLOW[0] + 5 * HOUR) * 60})
    said = alerts(run(list(records(slow)), domain(accept_new_normal=[at])))
    assert said[-1]["state"] == "resolved"
    assert len({alert["id"] for alert in said}) == 1


def test_before_there_is_history_the_promise_is_what_is_usual() -> None:
    target = Target(measure=SlaMeasure.FIRST_REPLY, within={Priority.NORMAL: 10 * MINUTE_MS})
    promise = PolicyModel(name="first", targets=(target,))
    slow = Queue(lambda minute: 6, lambda minute: 8 if minute < 2 * HOUR else 240)
    log = list(records(slow, 0.5))
    assert alerts(run(log, domain())) == []
    assert alerts(run(log, domain().model_copy(update={"policies": (promise,)})))[0]["state"] == "firing"
