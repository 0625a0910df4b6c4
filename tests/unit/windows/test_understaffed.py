"""Too few people, worked by hand: what comes, who is there, who waits, and when nobody can tell."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.additions import SCHEMA, Additions
from pipeline.config import Domain
from pipeline.engine import LogRecord, TimeMode, Topic
from pipeline.events import Channel
from pipeline.hours import CalendarModel
from pipeline.judgement.alerts import Life
from pipeline.judgement.understaffed import UnderstaffedJudge, _coarse
from pipeline.measures import Measure
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import Activity, Presence, ResponderEventType
from pipeline.staffing.crew import ANY, CrewBoard, CrewCount, Crews
from pipeline.staffing.sizing import Flow, Waiting, sizing
from pipeline.staffing.terms import Terms
from pipeline.tickets.calendar import Calendar
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import pack, unpack
from tests.support.feed import Reader, record_of
from tests.support.rota import Floor, event
from tests.support.shortage import CHAT, CREATED, MONDAY_NOON, NOON, D, Desk, H, Live, M, domain

pytestmark = pytest.mark.mission("C4")


def test_it_holds_when_the_lower_bound_of_what_came_takes_more_than_are_there() -> None:
    # 10 chats in half an hour are two erlangs and take four; at the lower bound, 10 - .84 sqrt(10) = 7.3, three.
    desk = Desk()
    desk.come("chat", 10)
    for here, holds, clears in ((4, False, True), (3, False, False), (2, True, False)):
        desk.there(here)
        told = desk.at()
        assert (told.holds, told.clears, told.size_of.steady) == (holds, clears, 4), here
    assert (told.missing, told.lasting, told.peak) == (2, 2, 2)


def test_who_waits_makes_it_larger_and_never_makes_it_hold() -> None:
    desk = Desk()
    desk.come("chat", 10)
    desk.there(3)
    desk.waits["chat"].add(NOON - 5, 30, 0)
    told = desk.at()
    assert not told.holds
    # 30 wait; 0.17 are normal at four, three are just answered: 27 chats of six minutes in half an hour at 85 %.
    assert (told.size_of.backlog, told.size_of.with_backlog) == (27, 4 + 7)
    # Three people do 2.85 of 2 erlangs that come: 162 minutes of backlog at 0.85 a minute.
    assert told.size_of.done_ms == pytest.approx(162 / 0.85 * M, abs=1)


def test_mails_count_by_their_due_dates() -> None:
    desk = Desk()
    desk.come("email", 12)
    desk.waits["email"].add(NOON - 5 * 60, 6, 0)
    desk.waits["email"].add(NOON - 2 * 60, 48, 0)
    desk.there(3)
    told = desk.at()
    # 12 mails in half an hour are four erlangs: five people at 95 %. The overdue hour of work is due in a quarter of an hour.
    assert (told.size_of.steady, told.size_of.with_backlog, told.size_of.backlog) == (5, 5, 6)
    desk.waits["email"].add(NOON - 5 * 60, 6, 0)
    desk.there(3)
    assert desk.at().size_of.with_backlog == 9


def test_who_is_due_together_counts_together() -> None:
    desk = Desk()
    desk.come("email", 1)
    desk.there(0)
    # Within four hours: who came four hours ago is overdue, a minute later it is due within a quarter of an hour.
    for ago, due_minutes in ((241, 0), (240, 15), (226, 15), (225, 30), (121, 120), (1, 240)):
        desk.waits["email"].add(NOON - ago, 1, 0)
        assert desk.judge._waiting(MONDAY_NOON) == [Waiting("email", due_minutes * M, 1)], ago
        desk.waits["email"].add(NOON - ago, -1, 0)
    # Who comes in this very minute is due beyond every band of a promise of two days.
    patient = Domain.model_validate(
        domain().model_dump() | {"staffing": {"handling": {"email": "10m"}, "within": {"email": "48h"}}}
    )
    assert patient.understaffed is not None
    judge = UnderstaffedJudge(patient.understaffed, Terms(patient), Crews(), Calendar("c", CalendarModel()), ("acme", "billing"))
    judge.join("email", desk.waits["email"])
    desk.waits["email"].add(NOON, 2, 0)
    assert judge._waiting(MONDAY_NOON) == [Waiting("email", 48 * H, 2)]


def test_channels_of_which_nobody_says_how_long_one_takes_are_left_out() -> None:
    desk = Desk()
    phone = StartTimes()
    phone.add(NOON - 5, 9, 0)
    desk.judge.join("phone", phone).add(NOON - 5, {CREATED: 9})
    desk.there(0)
    told = desk.at()
    assert (told.contacts, told.size_of.steady, told.size_of.backlog, told.holds) == (9, 0, 0, False)


def test_the_window_is_the_last_half_hour_of_whole_minutes() -> None:
    desk = Desk()
    desk.there(0)
    desk.come("chat", 40, NOON)
    assert (desk.at().contacts, desk.at().holds) == (0, False)
    desk.there(0, at=MONDAY_NOON + 30 * M)
    assert desk.at(MONDAY_NOON + 30 * M).contacts == 40
    assert desk.judge.restless
    assert desk.at(MONDAY_NOON + 31 * M).contacts == 0
    assert not desk.judge.restless


def test_a_closed_queue_misses_nobody() -> None:
    desk = Desk({"hours": {"mon": [{"since": "09:00", "until": "12:00"}]}})
    desk.come("chat", 40)
    desk.there(1, at=MONDAY_NOON - M)
    assert desk.at(MONDAY_NOON - M).holds
    assert (desk.at().holds, desk.at().clears) == (False, True)


def test_without_presence_nobody_can_tell() -> None:
    desk = Desk()
    desk.come("chat", 40)
    told = desk.at()
    assert (told.crew, told.holds, told.clears, told.missing) == (None, False, False, 0)
    desk.there(0, lasts=2 * M)
    assert desk.at().holds
    assert desk.at(MONDAY_NOON + 2 * M).crew is None


def test_whoever_takes_any_queue_is_there_and_others_are_not() -> None:
    desk = Desk()
    desk.there(1, 5, **{ANY: 2, "orders": 7})
    assert desk.at().crew == (3, 5)
    desk.crews.take("acme", CrewBoard(MONDAY_NOON, MONDAY_NOON + M, {}))
    assert desk.at().crew == (0, 0)


def test_a_gap_must_be_worth_a_call() -> None:
    desk = Desk(missing=3, share=0.5)
    desk.come("chat", 40)
    needed = desk.judge._least({"chat": 40})
    desk.there(needed - 3)
    assert desk.at().holds is (needed - 3 <= 6)
    desk.there(needed - 2)
    assert not desk.at().holds


def test_sizes_change_by_steps_of_a_quarter() -> None:
    classes = [_coarse(number) for number in range(200)]
    assert classes == sorted(classes)
    firsts = [number for number, (one, other) in enumerate(pairwise(classes), 1) if one != other]
    assert all(later - earlier <= max(1, later // 4) for earlier, later in pairwise(firsts))
    assert len(firsts) < 30


@given(
    st.dictionaries(st.sampled_from(["chat", "email", "phone", "messaging"]), st.integers(0, 60)),
    st.lists(st.tuples(st.sampled_from(["chat", "email", "phone"]), st.integers(-D, 2 * D), st.integers(1, 40)), max_size=5),
    st.integers(0, 40),
)
def test_more_to_do_never_takes_fewer(contacts: dict[str, int], waiting: list[tuple[str, int, int]], here: int) -> None:
    terms, flow = Terms(domain()), Flow("billing", contacts, H // 2)
    before: list[Waiting] = []
    sizes = [sizing(terms, flow, before, here, H // 2)]
    for one in waiting:
        before.append(Waiting(*one))
        sizes.append(sizing(terms, flow, before, here, H // 2))
    assert all(one.with_backlog <= other.with_backlog and one.steady == other.steady for one, other in pairwise(sizes))
    assert all(one.with_backlog >= one.steady for one in sizes)
    assert 0 <= sizes[0].kept_ppm <= 1_000_000


@pytest.mark.parametrize("restart", [None, 43, 48], ids=["through", "before it is raised", "while it fires"])
def test_the_engine_raises_it_says_who_is_missing_and_ends_it(restart: int | None) -> None:
    live = Live()
    for minute in range(40):
        live.minute(MONDAY_NOON + minute * M, 1, 9, 9)
    assert live.alerts == []
    # At 12:40 all but one of nine leave. A chat a minute are six erlangs: nine take 88 % within a minute, eight 74 %. Of those
    # who wait one is just answered; the other seven are 42 minutes of work, in half an hour two people more.
    live.feed.waits(CHAT, MONDAY_NOON + 38 * M, amount=8)
    for minute in range(40, 50):
        live.minute(MONDAY_NOON + minute * M, 1, 1, 9)
        if minute == restart:
            live.restart()
    first = live.alerts[0]
    assert (first["onset_at"], first["raised_at"]) == (MONDAY_NOON + 41 * M, MONDAY_NOON + 46 * M)
    assert first["severity"] == "page"
    assert first["summary"] == (
        "billing: 10 people are missing: 11 needed, 1 there, 9 on the rota; 60 contacts an hour come, 8 customers wait, "
        "the longest for 8m (since 12:38 UTC); with those who are there the backlog grows"
    )
    assert first["action"] == (
        "Call 10 people for 30m, then 8 while customers come like this. Those of the rota who are not there come first."
    )
    assert first["numbers"] == {
        "missing": 10,
        "missing_after_backlog": 8,
        "needed": 11,
        "there": 1,
        "planned": 9,
        "contacts_per_hour": 60,
        "backlog": 7,
        "kept_now_ppm": 0,
    }
    assert len(live.alerts) == 1, "nothing changed, so nothing is said again"
    for minute in range(50, 72):
        live.minute(MONDAY_NOON + minute * M, 1, 9, 9)
    last = live.alerts[-1]
    assert (last["state"], last["resolved_at"]) == ("resolved", MONDAY_NOON + 71 * M)
    assert len({one["id"] for one in live.alerts}) == 1


def test_rows_that_say_by_a_truth_value_whether_it_can_be_told_are_read() -> None:
    life = unpack(pack((MONDAY_NOON, 3, None, None, (True, 3, 1))), Life)
    assert (life.onset_at, life.size) == (MONDAY_NOON, (1, 3, 1))


def test_when_presence_ends_the_alert_says_so_and_stays() -> None:
    live = Live()
    for minute in range(40):
        live.minute(MONDAY_NOON + minute * M, 1, 1)
    assert live.alerts[-1]["numbers"]["missing"] > 0
    for minute in range(40, 70):
        live.feed.counted(CHAT, MONDAY_NOON + minute * M, Measure.CREATED)
        live.reader.take(live.engine.apply([live.feed.record(MONDAY_NOON + minute * M)]))
        live.reader.take(live.engine.tick(MONDAY_NOON + (minute + 1) * M))
    last = live.alerts[-1]
    assert last["state"] == "firing"
    assert last["summary"].startswith(
        "billing: who is there is not told any more, so nobody can tell how many are missing; 60 contacts"
    )
    assert "presence" in last["action"]


def test_in_event_time_presence_is_left_out() -> None:
    engine, reader = SegmentsEngine(domain(), 0, 1, TimeMode.EVENT), Reader()
    board = CrewBoard(MONDAY_NOON, MONDAY_NOON + M, {})
    reader.take(engine.apply([record_of(Additions(SCHEMA, "acme", 0, 0, MONDAY_NOON, [], crew=board))]))
    assert (reader.rows, reader.dead) == ({}, 0)


def crews_told(floor: Floor, effects: Any) -> list[CrewBoard]:
    found = [msgspec.msgpack.decode(one.value, type=Additions) for one in effects.emits if one.topic is Topic.PANES]
    assert all(one.leaves == [] and one.tenant == "acme" for one in found)
    return [one.crew for one in found if one.crew is not None]


def available(who: str, at: int, state: Presence = Presence.AVAILABLE) -> Any:
    return event(ResponderEventType.PRESENCE_CHANGED, who, at, state=state, queues=("billing",), channels=(Channel.CHAT,))


def test_the_responders_tell_the_segments_who_is_there() -> None:
    desk = Floor(RespondersEngine(domain(), time=TimeMode.LIVE))
    shift = {"shift_id": "s", "starts_at": MONDAY_NOON, "ends_at": MONDAY_NOON + H, "activity": Activity.WORK}
    first = desk.tell(
        available("ann", MONDAY_NOON), available("bob", MONDAY_NOON, Presence.BUSY), available("cat", MONDAY_NOON, Presence.AWAY)
    )
    (board,) = crews_told(desk, first)
    assert board == CrewBoard(MONDAY_NOON, MONDAY_NOON + 3 * M, {"billing": CrewCount(2, 0)})
    assert [one.key for one in first.emits if one.topic is Topic.PANES] == [b"acme"]
    nothing_new = event(ResponderEventType.CAPACITY_CHANGED, "ann", MONDAY_NOON + 1, capacity=3)
    assert crews_told(desk, desk.tell(nothing_new)) == []
    (planned,) = crews_told(desk, desk.tell(event(ResponderEventType.SHIFT_PLANNED, "ann", MONDAY_NOON + 2, **shift)))
    assert planned.queues["billing"] == CrewCount(2, 1)
    (beat,) = crews_told(desk, desk.tick(MONDAY_NOON + 2 * M))
    assert beat.at == MONDAY_NOON + 2 * M
    # An hour after the last word of anybody, nobody can tell, whatever the heartbeat says.
    (late,) = crews_told(desk, desk.tick(MONDAY_NOON + 59 * M))
    assert late.expires_at == MONDAY_NOON + 2 + H


@pytest.mark.parametrize(
    ("settings", "time"), [(Domain.model_validate({"responders": {"enabled": True}}), TimeMode.LIVE), (domain(), TimeMode.EVENT)]
)
def test_nobody_is_told_who_does_not_want_to_know(settings: Domain, time: TimeMode) -> None:
    desk = Floor(RespondersEngine(settings, time=time))
    assert crews_told(desk, desk.tell(available("ann", MONDAY_NOON))) == []


def test_what_the_responders_tell_reaches_the_rule() -> None:
    settings = domain()
    desk, engine = Floor(RespondersEngine(settings, time=TimeMode.LIVE)), SegmentsEngine(settings, 0, 1, TimeMode.LIVE)
    told = desk.tell(available("ann", MONDAY_NOON))
    records = [LogRecord("panes", 0, 0, MONDAY_NOON, one.key, one.value) for one in told.emits if one.topic is Topic.PANES]
    rows = engine.apply(records).rows
    assert b"c" in [key[:1] for key in rows]
    assert engine._board.crews.of("acme", "billing", MONDAY_NOON) == (1, 0)


def test_a_rule_that_cannot_work_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(ValidationError) as refused:
        Domain.model_validate({"understaffed": {}, "segments": [[]], "dimensions": ["priority"], "jump": {"segments": []}})
    for words in (
        "needs responders.enabled",
        "needs staffing.handling",
        "needs queue and channel among the dimensions",
        "('queue',) is not",
    ):
        assert f"understaffed: {words}" in str(refused.value)
