from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from pydantic import ValidationError

from pipeline.additions import SCHEMA, Additions, LeafAdditions
from pipeline.config import Domain, JumpModel
from pipeline.engine import LogRecord, Row, TimeMode
from pipeline.measures import Measure, Work
from pipeline.metrics import CATALOGUE, Metric
from pipeline.published import HistogramCounts
from pipeline.windows import engine as engine_module
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.rows import UnknownRowError
from tests.support.feed import EDGES_MS, Feed, Reader, apply, record_of, tick

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = 1_767_225_600_000 + 12 * H
CHAT = ("billing", "chat", "normal")
MAIL = ("billing", "email", "normal")
JUMPY = JumpModel(floor=M, minimum_count=1, raise_after=2_000, clear_after=4_000, cold_usual=M, window=10 * M)
DOMAIN = Domain(edges=EDGES_MS, windows={"5m": 5 * M, "7d": 7 * D})


def live(domain: Domain = DOMAIN) -> tuple[SegmentsEngine, Reader, Feed]:
    return SegmentsEngine(domain, 0, 1, TimeMode.LIVE, epoch=3), Reader(), Feed()


@pytest.mark.mission("A1", "C1")
def test_a_reply_shows_in_every_segment_above_its_leaf() -> None:
    engine, reader, feed = live()
    feed.lasted(CHAT, NOON - 30_000, Measure.FIRST_REPLY, 4 * M)
    feed.lasted(MAIL, NOON - 2 * M, Measure.FIRST_REPLY, 10 * M)
    feed.waits(CHAT, NOON - 7 * M)
    feed.counted(CHAT, NOON - 7 * M, Measure.CREATED)
    feed.counted(MAIL, NOON - 1 * M, Measure.SLA_FIRST_REPLY_MET, 2)
    feed.counted(MAIL, NOON - 1 * M, Measure.SLA_FIRST_REPLY_BREACHED, 1)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    level = reader.latest(b"acme|queue=billing")
    five = level["windows"]["5m"]
    assert five["durations"]["first_reply"]["now"]["count"] == 2
    assert five["durations"]["first_reply"]["now"]["mean_ms"] == 7 * M
    assert five["counters"] == {"created": {"now": 0, "previous": 1, "last_week": 0}}
    assert five["promises"] == {"first_reply": {"met": 2, "breached": 1, "within_ppm": 666_666}}
    assert level["work"]["awaiting_first_reply"]["oldest_at"] == NOON - 7 * M
    assert level["work"]["awaiting_first_reply"]["p50_age_ms"] == 7 * M
    assert level["work"]["awaiting_first_reply"]["bands"]["1h"] == 1
    assert (level["epoch"], level["as_of"], level["expires_at"]) == (3, NOON, NOON + 60_000)
    assert {emit.key for emit in reader.emits} == {
        *(b"acme|", b"acme|queue=billing", b"acme|channel=chat", b"acme|channel=email", b"acme|queue=billing,priority=normal"),
        *(b"acme|queue=billing,channel=chat", b"acme|queue=billing,channel=email"),
    }


def test_a_tick_says_what_changed_and_heartbeats_say_the_rest() -> None:
    engine, reader, feed = live()
    assert engine.next_due() is None
    feed.counted(CHAT, NOON, Measure.CREATED)
    feed.counted(("sales", "email", "low"), NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    assert engine.next_due() == 1_000
    tick(engine, reader, NOON)
    assert engine.next_due() == NOON + 1_000
    keys = {emit.key for emit in reader.emits}
    reader.emits.clear()
    tick(engine, reader, NOON)
    tick(engine, reader, NOON - 5_000)
    assert reader.emits == []
    said = []
    for second in range(1, 16):
        tick(engine, reader, NOON + second * 1_000 + 7)
        said += [emit.key for emit in reader.emits]
        reader.emits.clear()
    assert sorted(said) == sorted(keys)
    feed.counted(CHAT, NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON + 16_000)
    assert reader.latest(b"acme|queue=billing")["windows"]["5m"]["counters"]["created"]["now"] == 2
    assert reader.latest(b"acme|queue=billing")["as_of"] == NOON + 16_000


def test_queues_are_said_on_a_finer_grid_and_the_rest_takes_turns() -> None:
    engine, reader, feed = live(DOMAIN.model_copy(update={"queue_tick": 100}))
    coarse, expected, same = live()
    said: list[set[bytes | None]] = []
    shown: list[tuple[int, int]] = []
    for at_ms in range(NOON, NOON + 3_000, 100):
        heard = at_ms < NOON + 2_000
        for one, into, told in ((engine, reader, feed), (coarse, expected, same)):
            if heard:
                told.counted(CHAT, at_ms, Measure.CREATED)
                told.waits(CHAT, at_ms - M)
            apply(one, into, [told.record(at_ms)])
            before = len(into.emits)
            tick(one, into, at_ms)
            said += [{emit.key for emit in into.emits[before:]}] if one is engine else []
        level = reader.latest(b"acme|queue=billing")
        created = level["windows"]["5m"]["counters"]["created"]["now"]
        shown.append((level["work"]["awaiting_first_reply"]["count"], created))
    assert all(b"acme|queue=billing" in keys for keys in said[:20])
    assert [waiting for waiting, _ in shown] == [min(tick, 20) for tick in range(1, 31)], "the work of a queue is said at once"
    lags = [waiting - created for waiting, created in shown]
    assert max(lags[:20]) == 9, "its windows on its turn"
    assert lags[-1] == 0, "and all of it, though nothing follows"
    rest = {b"acme|", b"acme|channel=chat", b"acme|queue=billing,channel=chat", b"acme|queue=billing,priority=normal"}
    turns = {key: [place for place, keys in enumerate(said[:20]) if key in keys] for key in rest}
    assert all(places[0] == 0 and {later - sooner for sooner, later in pairwise(places[1:])} <= {10} for places in turns.values())
    assert len({places[-1] for places in turns.values()}) > 1, "not all at once"
    for key in (b"acme|queue=billing", *rest):
        level, wanted = reader.latest(key), expected.latest(key)
        assert level["windows"]["5m"]["counters"]["created"]["now"] == 20
        assert (level["windows"]["5m"], level["work"]) == (wanted["windows"]["5m"], wanted["work"])


def test_a_segment_that_is_new_waits_for_no_turn() -> None:
    engine, reader, feed = live(DOMAIN.model_copy(update={"queue_tick": 100}))
    for at_ms, queue in ((NOON, "billing"), (NOON + 1_000, "orders"), (NOON + 1_100, "returns")):
        feed.counted((queue, "chat", "normal"), at_ms, Measure.CREATED)
        apply(engine, reader, [feed.record(at_ms)])
        before = len(reader.emits)
        tick(engine, reader, at_ms)
        keys = {emit.key for emit in reader.emits[before:]}
        shapes = ("", ",channel=chat", ",priority=normal")
        assert {f"acme|queue={queue}{shape}".encode() for shape in shapes} <= keys


@pytest.mark.parametrize("queue_tick", [300, 2_000])
def test_the_finer_grid_must_fit_into_the_coarse_one(queue_tick: int) -> None:
    with pytest.raises(ValidationError, match="queue_tick: must divide segment_tick"):
        Domain(queue_tick=queue_tick)


def test_windows_over_a_day_are_as_fresh_as_the_last_heartbeat() -> None:
    engine, reader, feed = live()
    for second in range(40):
        feed.counted(CHAT, NOON, Measure.CREATED)
        apply(engine, reader, [feed.record(NOON)])
        tick(engine, reader, NOON + second * 1_000)
        level = reader.latest(b"acme|")["windows"]
        assert level["5m"]["counters"]["created"]["now"] == second + 1
        assert level["7d"]["counters"]["created"]["now"] > second - 15


def test_a_large_tick_is_cut_and_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, reader, feed = live()
    for queue in range(10):
        feed.counted((f"q{queue}", "chat", "low"), NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    monkeypatch.setattr(engine_module, "BOUND", 4)
    calls, effects = 0, engine.tick(NOON)
    while effects.more:
        assert len(effects.emits) <= 4
        reader.take(effects)
        assert engine.next_due() == NOON
        effects = engine.tick(NOON + 99_000)
        calls += 1
    reader.take(effects)
    assert calls > 5
    assert len({emit.key for emit in reader.emits}) == len(reader.emits) == 2 + 10 * 3
    assert {level["as_of"] for level in reader.decoded("service-levels")} == {NOON}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"\xff nonsense", "wrong_shape"),
        (Additions(SCHEMA + 1, "acme", 0, 1, NOON, []), "wrong_shape"),
        (Additions(SCHEMA, "acme", 0, 1, NOON, [LeafAdditions(("billing",), {}, {})]), "wrong_shape"),
        (Additions(SCHEMA, "acme", 0, 1, NOON, [LeafAdditions(CHAT, {-1: {0: 1}}, {})]), "wrong_shape"),
        (Additions(SCHEMA, "acme", 0, 1, NOON, [LeafAdditions(CHAT, {}, {99: {NOON: 1}})]), "wrong_shape"),
        (Additions(SCHEMA, "acme", 0, 1, NOON, [LeafAdditions(CHAT, {}, {0: {1 << 60: 1}})]), "wrong_shape"),
    ],
)
def test_what_cannot_be_read_becomes_a_dead_letter(value: Additions | bytes | None, reason: str) -> None:
    engine, reader, feed = live()
    feed.counted(CHAT, NOON, Measure.CREATED)
    bad: LogRecord = record_of(value)
    effects = reader.take(engine.apply([bad, feed.record(NOON)]))
    (letter,) = effects.dead_letters
    assert (letter.reason, letter.size_bytes) == (reason, len(bad.value or b""))
    tick(engine, reader, NOON)
    assert reader.latest(b"acme|")["windows"]["5m"]["counters"]["created"]["now"] == 1


def test_a_row_of_a_later_version_is_refused() -> None:
    engine, reader, feed = live()
    feed.counted(CHAT, NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    row = next(row for row in reader.changelog() if row.key[:1] == b"m")
    with pytest.raises(UnknownRowError, match="row schema 9; this version reads 1"):
        live()[0].restore([Row(row.key, b"\x09" + row.value[1:])])


def fired() -> tuple[SegmentsEngine, Reader, Feed]:
    engine, reader, feed = live(DOMAIN.model_copy(update={"jump": JUMPY}))
    feed.waits(CHAT, NOON - 30 * M)
    apply(engine, reader, [feed.record(NOON)])
    for second in range(4):
        tick(engine, reader, NOON + second * 1_000)
    return engine, reader, feed


def test_an_alert_fires_after_a_while_and_a_new_owner_does_not_say_it_twice() -> None:
    engine, reader, _ = fired()
    (alert,) = reader.decoded("alerts")
    assert (alert["onset_at"], alert["raised_at"], alert["epoch"]) == (NOON, NOON + 2_000, 3)
    assert alert["summary"] == (
        "billing: first replies take 2m now, 1m is usual; since 12:00 UTC; "
        "1 customer waits, the longest for 30m (since 11:30 UTC)"
    )
    assert engine.published().values[Metric.ALERTS_FIRING] == {("acme", "frt_jump", "page"): 1}
    again, _, feed = live(DOMAIN.model_copy(update={"jump": JUMPY}))
    again.restore(reader.changelog())
    later = Reader()
    tick(again, later, NOON + 4_000)
    assert later.decoded("alerts") == []
    feed.waits(CHAT, NOON - 30 * M, amount=-1)
    apply(again, later, [feed.record(NOON)])
    for second in range(5, 20):
        tick(again, later, NOON + second * 1_000)
    (resolved,) = later.decoded("alerts")
    assert (resolved["id"], resolved["state"], resolved["resolved_at"]) == (alert["id"], "resolved", NOON + 9_000)
    assert not any(key[:1] == b"a" for key in later.rows)
    assert again.published().values[Metric.ALERTS_FIRING] == {}


def test_an_alert_whose_segment_is_no_longer_judged_is_resolved() -> None:
    _, reader, _ = fired()
    domain = DOMAIN.model_copy(update={"jump": JUMPY.model_copy(update={"segments": (("channel",),)})})
    engine, later, _ = live(domain)
    engine.restore(reader.changelog())
    tick(engine, later, NOON + 4_000)
    assert [alert["state"] for alert in later.decoded("alerts")] == ["resolved"]


def test_published_numbers_come_from_the_totals() -> None:
    engine, reader, feed = live()
    feed.lasted(CHAT, NOON - 400 * D, Measure.FIRST_REPLY, 4 * M)
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, 2 * H)
    feed.counted(CHAT, NOON, Measure.SLA_FIRST_REPLY_BREACHED)
    feed.counted(MAIL, NOON, Measure.CREATED, 2)
    feed.waits(CHAT, NOON - 9 * M, Work.UNASSIGNED)
    apply(engine, reader, [feed.record(NOON)])
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, 2 * H, sign=-1)
    feed.counted(CHAT, NOON, Measure.SLA_FIRST_REPLY_BREACHED, -1)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    for one in (engine, SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)):
        if one is not engine:
            one.restore(reader.changelog())
            tick(one, Reader(), NOON + 1_000)
        shown, where = one.published(), ("acme", "billing", "normal")
        assert shown.edges_ms == EDGES_MS
        assert shown.histograms[Metric.FIRST_REPLY][where] == HistogramCounts((0, 1, 0, 0, 1), 4 * M + 2 * H)
        values = shown.values
        assert values[Metric.CORRECTED][*where, "first_reply"] == 1
        assert values[Metric.TICKETS_CREATED][where] == 2
        assert values[Metric.SLA_OUTCOMES] == {(*where, "first_reply", "breached"): 1}
        assert values[Metric.SLA_RETRACTED] == {(*where, "first_reply", "breached"): 1}
        assert values[Metric.WORK][*where, "unassigned"] == 1
        assert values[Metric.OLDEST_WORK] == {(*where, "unassigned"): NOON - 9 * M}
        assert values[Metric.FIRST_REPLY_WINDOW_SAMPLES]["acme", "everything", "5m"] == 0
        for metric, samples in values.items():
            assert all(len(labels) == len(CATALOGUE[metric].labels) for labels in samples)
    assert engine.published() is engine.published()
    assert live()[0].published().values[Metric.SERVICE_LEVELS_AS_OF] == {}


def test_the_window_figures_of_a_segment_that_fell_quiet_are_taken_off() -> None:
    engine, reader, feed = live()
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, 4 * M)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    assert engine.published().values[Metric.FIRST_REPLY_WINDOW]["acme", "everything", "5m", "p95"] > 0
    for second in range(15):
        tick(engine, reader, NOON + H + second * 1_000)
    assert not any("5m" in labels for labels in engine.published().values[Metric.FIRST_REPLY_WINDOW])


def test_the_change_of_first_replies_is_shown_against_what_there_is_to_compare_with() -> None:
    engine, reader, feed = live()
    feed.lasted(CHAT, NOON - 7 * M, Measure.FIRST_REPLY, 10 * M)
    feed.lasted(CHAT, NOON, Measure.FIRST_REPLY, 4 * M)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    shown = engine.published().values[Metric.FIRST_REPLY_CHANGE]
    assert {labels[3]: value for labels, value in shown.items() if labels[:3] == ("acme", "everything", "5m")} == {
        "previous": -6 * M
    }


def test_open_work_that_changes_within_a_minute_is_said_as_it_is() -> None:
    engine, reader, feed = live()
    for second, began in enumerate((NOON - 7 * M, NOON - 3 * M), 1):
        feed.waits(CHAT, began)
        apply(engine, reader, [feed.record(NOON)])
        tick(engine, reader, NOON + second * 1_000)
        assert reader.latest(b"acme|")["work"]["awaiting_first_reply"]["count"] == second


def test_event_time_waits_for_every_source() -> None:
    engine, reader = SegmentsEngine(DOMAIN, 0, 2, TimeMode.EVENT), Reader()
    one, other = Feed(0), Feed(1)
    one.counted(CHAT, NOON - 1, Measure.CREATED)
    apply(engine, reader, [one.record(NOON, passed=NOON)])
    assert reader.emits == []
    assert engine.next_due() is None
    assert any(key[:1] == b"b" for key in reader.rows)
    apply(engine, reader, [other.record(NOON, passed=NOON)])
    assert reader.latest(b"acme|")["as_of"] == NOON
    assert not any(key[:1] == b"b" for key in reader.rows)
    # What a source adds to a tick that it said it had passed belongs to its next one.
    one.counted(CHAT, NOON - 1, Measure.CREATED)
    apply(engine, reader, [one.record(NOON, passed=NOON + M), other.record(NOON, passed=NOON + M)])
    assert reader.latest(b"acme|")["as_of"] == NOON + M


def test_between_whole_minutes_the_rule_looks_at_every_tick() -> None:
    domain = DOMAIN.model_copy(update={"jump": JUMPY, "event_tick": 10_000})
    engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.EVENT), Reader(), Feed()
    feed.waits(CHAT, NOON)
    apply(engine, reader, [feed.record(NOON, passed=NOON)])
    feed.waits(CHAT, NOON, amount=-1)
    apply(engine, reader, [feed.record(NOON + 10 * M, passed=NOON + 10 * M)])
    apply(engine, reader, [feed.record(0, passed=NOON + 40 * M)])
    states = [(alert["state"], (alert["as_of"] - NOON) % M) for alert in reader.decoded("alerts")]
    assert states[0] == ("firing", 10_000)
    assert states[-1][0] == "resolved"


def test_additions_are_plain_data() -> None:
    feed = Feed()
    feed.counted(CHAT, NOON, Measure.CREATED)
    record = feed.record(NOON)
    assert msgspec.msgpack.decode(record.value or b"", type=Additions).leaves[0].leaf == CHAT


def test_what_is_older_than_the_hours_counts_in_its_day_and_in_the_totals() -> None:
    engine, reader, feed = live()
    feed.counted(CHAT, NOON, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    assert engine.published().values[Metric.TICKETS_CREATED]["acme", "billing", "normal"] == 1
    feed.counted(CHAT, NOON - 400 * D, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    assert [key[:1] for key in reader.rows if key[:1] in b"mhd"] == [b"m", b"d"]
    tick(engine, reader, NOON + 1_000)
    assert engine.published().values[Metric.TICKETS_CREATED]["acme", "billing", "normal"] == 2
    tick(engine, reader, NOON + 1_200 * D)
    assert not any(key[:1] in b"mh" for key in reader.rows)
    assert len([key for key in reader.rows if key[:1] == b"d"]) == 0
