"""Live: service levels equal a plain reading of the observations, whatever the age, the corrections, the panes, the restarts."""

from __future__ import annotations

from math import ceil
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Domain, Retention
from pipeline.engine import TimeMode
from pipeline.judgement.jump import JumpRule
from pipeline.measures import Measure, Work, base
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.keeps import Keeps
from pipeline.windows.panes import HourRow
from pipeline.windows.rows import cell_of, read_slot_key, unpack
from tests.support.effort import examples
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

M, H, D = 60_000, 3_600_000, 86_400_000
START = 1_767_225_600_000
LEAVES = [("billing", "chat", "normal"), ("billing", "email", "high")]
WINDOWS = {"5m": 5 * M, "1h": H, "2d": 2 * D}
DOMAIN = Domain(edges=EDGES_MS, windows=WINDOWS, retention=Retention(minutes=D, hours=8 * D, days=40 * D))


class Step(NamedTuple):
    wait_ms: int
    leaf: int
    age_ms: int
    length_ms: int
    taken_back: bool
    restart: bool


step = st.builds(
    Step,
    wait_ms=st.sampled_from([0, 1_000, 7_000, M, 9 * M, H, 5 * H, D, 3 * D, 8 * D]),
    leaf=st.integers(0, 1),
    age_ms=st.sampled_from(
        [0, 1_000, 3 * M, 70 * M, D, 2 * D - 1, 7 * D, 7 * D + 30 * M, 9 * D, 20 * D, 28 * D - H, 28 * D, 29 * D, 70 * D]
    ),
    length_ms=st.integers(0, 3 * D),
    taken_back=st.booleans(),
    restart=st.booleans(),
)


def expected(seen: list[tuple[int, int]], since: int, until: int) -> dict[str, Any]:
    values = sorted(length for at, length in seen if since <= at < until)
    count = len(values)
    ranks = {
        name: values[ceil(share * count / 100) - 1] if count else None for name, share in (("p50", 50), ("p90", 90), ("p95", 95))
    }
    return {"count": count, "sum": sum(values), "mean": sum(values) // count if count else None} | ranks


def close(shown: int | None, exact: int | None) -> bool:
    return shown == exact if shown is None or exact is None else 100 * abs(shown - exact) <= exact


@settings(max_examples=examples(15), deadline=None)
@given(st.lists(step, min_size=1, max_size=12))
def test_levels_equal_the_observations(steps: list[Step]) -> None:
    engine, reader, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE), Reader(), Feed()
    now, seen, waiting = START, [], []
    for one in steps:
        now += one.wait_ms
        at, leaf = now - one.age_ms, LEAVES[one.leaf]
        feed.lasted(leaf, at, Measure.FIRST_REPLY, one.length_ms)
        feed.counted(leaf, at, Measure.SLA_FIRST_REPLY_MET if one.length_ms < D else Measure.SLA_FIRST_REPLY_BREACHED)
        feed.waits(leaf, at, Work.OPEN)
        apply(engine, reader, [feed.record(now)])
        seen.append((at, one.length_ms))
        waiting.append(at)
        if one.restart:
            engine = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
            engine.restore(reader.changelog())
        if one.taken_back:
            feed.lasted(leaf, at, Measure.FIRST_REPLY, one.length_ms, sign=-1)
            feed.waits(leaf, at, Work.OPEN, amount=-1)
            apply(engine, reader, [feed.record(now)])
            seen.pop()
            waiting.pop()
        tick(engine, reader, now)
    now = (now // 1_000 + 60) * 1_000
    tick(engine, reader, now)
    level = reader.latest(b"acme|queue=billing")
    assert level["as_of"] == now
    for name, length in WINDOWS.items():
        shown, until = level["windows"][name], (now // M + 1) * M if length <= D else (now // H + 1) * H
        assert (shown["since"], shown["until"]) == (until - length, until)
        nothing = {"now": {"count": 0, "sum_ms": 0, "mean_ms": None, "p50_ms": None, "p90_ms": None, "p95_ms": None}}
        nothing |= {"previous": {"count": 0, "mean_ms": None}, "last_week": {"count": 0, "mean_ms": None}}
        numbers = shown["durations"].get("first_reply", nothing)
        exact = expected(seen, until - length, until)
        assert {key: numbers["now"][f"{key}_ms"] for key in ("sum", "mean")} == {key: exact[key] for key in ("sum", "mean")}
        assert numbers["now"]["count"] == exact["count"]
        assert all(close(numbers["now"][f"{key}_ms"], exact[key]) for key in ("p50", "p90", "p95"))
        for position, back in (("previous", length), ("last_week", 7 * D)):
            then = expected(seen, until - back - length, until - back)
            assert (numbers[position]["count"], numbers[position]["mean_ms"]) == (then["count"], then["mean"])
        then = expected(seen, (hour := (now // H + 1) * H) - 28 * D - length, hour - 28 * D)
        if name != "5m" and "first_reply" in shown["durations"]:
            before = numbers.get("month_before", {"count": 0, "mean_ms": None})
            assert (before["count"], before["mean_ms"]) == (then["count"], then["mean"])
        assert name != "5m" or "month_before" not in numbers
    work = level["work"]["open"]
    assert (work["count"], work["oldest_at"]) == (len(waiting), min(waiting, default=None))
    assert sum(work["bands"].values()) == len(waiting)
    assert work["bands"]["older"] == sum(at < now - 30 * D for at in waiting)


@settings(max_examples=examples(8), deadline=None)
@given(st.lists(step, min_size=1, max_size=12))
def test_every_addition_stands_in_exactly_one_row_and_old_ones_in_coarse_rows(steps: list[Step]) -> None:
    engine, reader, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE), Reader(), Feed()
    now, seen = START, []
    for one in steps:
        now += one.wait_ms
        seen.append(now - one.age_ms)
        feed.counted(LEAVES[one.leaf], seen[-1], Measure.CREATED)
        apply(engine, reader, [feed.record(now)])
        tick(engine, reader, now)
        again = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
        again.restore(reader.changelog())
        tick(again, mirror := Reader(), now + 1_000)
        tick(engine, copy := Reader(), now + 1_000 + DOMAIN.heartbeat)
        tick(again, mirror, now + 1_000 + DOMAIN.heartbeat)
        now += 1_000 + DOMAIN.heartbeat
        reader.take_rows(copy)
        assert mirror.latest(b"acme|") == copy.latest(b"acme|")
    cells = [cell_of(value) for key, value in reader.rows.items() if key[:1] in {b"m", b"d"}]
    cells += [unpack(value, HourRow).cell for key, value in reader.rows.items() if key[:1] == b"h"]
    kept = [at for at in seen if at // D >= (now // M - Keeps.of(DOMAIN, JumpRule(DOMAIN)).days) // 1_440]
    assert sum(cell[base(Measure.CREATED)] for cell in cells) == len(kept)
    minutes = [read_slot_key(key)[0] for key in reader.rows if key[:1] == b"m"]
    assert all(minute * M >= now - 10 * D for minute in minutes)
