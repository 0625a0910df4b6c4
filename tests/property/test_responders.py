"""Order and repetition do not matter, and a day is what looking at every second of it finds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.events import Channel
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType
from pipeline.responders.identity import event_digest
from pipeline.responders.model import RespondersModel
from tests.oracle import responders as oracle
from tests.support.rota import Floor, event

S = 1_000
DAY = 1_773_100_800_000
"""A midnight."""
LENGTH = 240 * S
STALE = 60 * S
MODEL = RespondersModel(enabled=True, stale_after=STALE)
DOMAIN = Domain(responders=MODEL)
EXPECTED = {activity.value: tuple(state.value for state in states) for activity, states in MODEL.expected.items()}
T = ResponderEventType

seconds = st.integers(0, LENGTH // S).map(lambda second: DAY + second * S)
presences = st.builds(
    lambda at, state, channel: (T.PRESENCE_CHANGED, at, {"state": state, "channel": channel}),
    seconds,
    st.sampled_from(Presence),
    st.none() | st.sampled_from((Channel.CHAT, Channel.PHONE)),
)
shifts = st.builds(
    lambda at, name, starts, length, activity: (
        T.SHIFT_PLANNED,
        at,
        {"shift_id": name, "starts_at": starts, "ends_at": starts + length * S, "activity": activity},
    ),
    seconds,
    st.sampled_from("ab"),
    seconds,
    st.integers(1, 120),
    st.sampled_from(Activity),
)
cancelled = st.builds(lambda at, name: (T.SHIFT_CANCELLED, at, {"shift_id": name}), seconds, st.sampled_from("ab"))
# Never at the very end: the last event of a history must find a responder who is not gone.
removed = st.builds(lambda at: (T.REMOVED, at, {}), seconds.filter(lambda at: at < DAY + LENGTH))
histories = st.lists(st.one_of(presences, presences, shifts, cancelled, removed), min_size=1, max_size=14)


def events_of(drawn: list[tuple[ResponderEventType, int, dict[str, Any]]]) -> list[ResponderEvent]:
    return [event(kind, "ann", at, f"e{number}", **fields) for number, (kind, at, fields) in enumerate(drawn)]


def facts(one: ResponderEvent) -> dict[str, Any]:
    kinds = {T.PRESENCE_CHANGED: "presence", T.SHIFT_PLANNED: "shift", T.SHIFT_CANCELLED: "cancelled", T.REMOVED: "removed"}
    return {
        "source": one.source,
        "id": one.id,
        "at": one.occurred_at,
        "sequence": one.sequence,
        "hash": event_digest(one),
        "kind": kinds[one.type],
        "state": None if one.state is None else one.state.value,
        "channel": None if one.channel is None else one.channel.value,
        "shift": one.shift_id,
        "starts": one.starts_at,
        "ends": one.ends_at,
        "activity": (one.activity or Activity.WORK).value,
    }


def record(told: list[list[ResponderEvent]]) -> tuple[Any, Any]:
    desk = Floor(RespondersEngine(DOMAIN, time=TimeMode.LIVE))
    for batch in told:
        desk.tell(*batch, at=DAY + LENGTH)
    desk.tell(event(T.CLOCK_PASSED, "", DAY, "clock"), at=DAY + LENGTH)
    desk.tick(DAY + LENGTH + 60 * S)
    return desk.of("ann"), desk.board()


@given(histories, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_say_the_same(
    drawn: list[tuple[ResponderEventType, int, dict[str, Any]]], random: Any
) -> None:
    events = events_of(drawn)
    twice = events + random.sample(events, len(events) // 2)
    random.shuffle(twice)
    cut = random.randint(0, len(twice))
    assert record([events]) == record([twice[:cut], twice[cut:]])


@given(histories)
def test_a_day_is_what_every_second_of_it_shows(drawn: list[tuple[ResponderEventType, int, dict[str, Any]]]) -> None:
    events = [*events_of(drawn), event(T.PRESENCE_CHANGED, "ann", DAY + LENGTH, "z", state=Presence.AWAY)]
    desk = Floor(RespondersEngine(DOMAIN, time=TimeMode.LIVE))
    desk.tell(*events, at=DAY + LENGTH)
    today = desk.of("ann")["today"]
    expected = oracle.day([facts(one) for one in events], DAY, DAY + LENGTH, STALE, EXPECTED)
    found = {name: today[f"{name}_ms"] for name in ("available", "busy", "away", "offline", "unknown", "planned", "kept")}
    assert found == {name: expected[name] for name in found}
    judged = expected["judged"]
    assert today["adherence_ppm"] == (expected["kept"] * 1_000_000 // judged if judged else None)
