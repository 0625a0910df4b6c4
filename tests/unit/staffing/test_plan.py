"""The plan of a week, worked out by hand: what came, what it takes, who is on the rota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.history import Told
from agents.planning.gathering import arrivals_of, measured, people_of
from pipeline.additions import Additions, LeafAdditions
from pipeline.config import Domain
from pipeline.events import Channel
from pipeline.measures import Measure, base
from pipeline.responders.codec import encode
from pipeline.responders.events import Activity, Presence, ResponderEventType
from pipeline.staffing.arrivals import Arrivals, Volume, same_hours
from pipeline.staffing.form import Fit, Plan, QueuePlan, Source
from pipeline.staffing.people import People
from pipeline.staffing.plan import Past, Staff, plan, week_from
from pipeline.staffing.profile import profile
from pipeline.staffing.terms import Terms
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK, Slots
from tests.support.rota import event
from tests.support.story import Story, utc
from tests.support.sums import records_of

pytestmark = pytest.mark.mission("C4")
MONDAY = utc("2026-03-02T00:00:00") // MINUTE_MS
MINUTES = 60_000
HOURS = HOUR * MINUTE_MS
NOBODY = Staff()
UTC, BERLIN = Slots(ZoneInfo("UTC")), Slots(ZoneInfo("Europe/Berlin"))


def domain(**staffing: object) -> Domain:
    within = {"email": "4h", "chat": "60s"}
    return Domain.model_validate({"staffing": {"handling": {"email": "10m", "chat": "6m"}, "within": within} | staffing})


def came(counts: Iterable[tuple[int, str, str, int]]) -> Arrivals:
    """Return arrivals of (minute, queue, channel, number)."""
    found = Arrivals(("queue", "channel", "priority"), UTC)
    for minute, queue, channel, number in counts:
        leaf = LeafAdditions((queue, channel, "normal"), {minute: {base(Measure.CREATED): number}}, {})
        found.add(Additions(1, "acme", 0, 0, 0, [leaf]))
    return found


def test_the_same_hour_of_the_week_follows_the_wall_clock() -> None:
    # Sunday 29 March 2026 the clocks of Berlin go forward: nine o'clock is an hour earlier in UTC from then on.
    monday = utc("2026-03-30T07:00:00") // MINUTE_MS
    before = [utc(f"2026-03-{day:02d}T08:00:00") // MINUTE_MS for day in (23, 16, 9)]
    assert same_hours(BERLIN, monday, before[-1], monday, 8) == before
    assert same_hours(BERLIN, monday, before[-1], monday, 2) == before[:2]
    assert same_hours(BERLIN, monday, before[-1] + 1, monday, 8) == before[:2]
    assert same_hours(BERLIN, monday, before[-1], before[0], 8) == before[1:], "an hour that is not over is none"
    # Half past two on that Sunday does not exist; a week later it has no past of one week.
    sunday = utc("2026-04-05T00:00:00") // MINUTE_MS
    assert same_hours(BERLIN, sunday, sunday - WEEK - DAY, sunday, 8) == []


def test_a_week_has_the_hours_that_it_has() -> None:
    assert len(week_from(BERLIN, utc("2026-03-25T12:00:00") // MINUTE_MS)) == 167
    hours = week_from(UTC, MONDAY + 700)
    assert (hours[0], hours[-1], len(hours)) == (MONDAY, MONDAY + WEEK - HOUR, 168)


def test_newer_weeks_count_more() -> None:
    ten = MONDAY + 10 * HOUR
    arrivals = came(
        [(ten + 5, "billing", "email", 9), (ten + WEEK, "billing", "email", 6), (ten + 2 * WEEK + 59, "billing", "chat", 3)]
    )
    arrivals.add(
        Additions(1, "acme", 0, 1, 0, [LeafAdditions(("billing", "email", "low"), {ten + 7: {base(Measure.CREATED): -3}}, {})])
    )
    arrivals.add(
        Additions(1, "acme", 0, 2, 0, [LeafAdditions(("billing", "email", "low"), {ten: {base(Measure.REPLIES): 1}}, {})])
    )
    hours = same_hours(UTC, ten + 3 * WEEK, MONDAY, MONDAY + 3 * WEEK, 8)
    expected = arrivals.expected("acme", "billing", hours)
    assert expected is not None
    # (3 x 3 chats + 2 x 6 mails + 1 x (9 - 3) mails) / 6
    assert expected.usual == Volume({"chat": 9, "email": 18}, 6)
    assert expected.usual.milli == 4_500
    assert (expected.fewest, expected.most.contacts, expected.weeks) == (Volume({"chat": 3}, 1), {"email": 6}, 3)
    assert arrivals.expected("acme", "billing", []) is None
    assert arrivals.queues("acme") == ["billing"]
    assert arrivals.tenants() == ["acme"]


def test_what_may_wait_is_spread_until_it_is_due() -> None:
    terms = Terms(domain())
    day = [Volume({}, 1)] * 24
    open_hours = [8 <= hour < 18 for hour in range(24)]
    # 48 mails at 10 o'clock, ten minutes each, within four hours: two hours of work in each of 10 to 14, at 95 %.
    mails = [*day[:10], Volume({"email": 48}, 1), *day[11:]]
    assert profile("billing", mails, open_hours, terms) == [0] * 10 + [3] * 4 + [0] * 10
    # At 17 o'clock one hour is left, and the night is closed: the rest is done from 8 to 11 of the next day.
    late = [*day[:17], Volume({"email": 48}, 1), *day[18:]]
    assert profile("billing", late, open_hours, terms) == [0] * 8 + [3] * 3 + [0] * 6 + [3] + [0] * 6
    # Who chats with a closed queue is answered in the first open hour.
    night = [*day[:3], Volume({"chat": 19}, 2), *day[4:]]
    assert profile("billing", night, open_hours, terms) == [0] * 8 + [1] + [0] * 15
    assert profile("billing", night, [False] * 24, terms) == [0] * 24


def test_live_contacts_are_pooled_and_mails_fill_the_gaps() -> None:
    # 20 chats an hour, six minutes each: two erlangs; 80 % within a minute takes four (Erlang C: 3 give .62, 4 give .88).
    terms = Terms(domain())
    assert terms.need("billing", {"chat": 20}, HOURS) == 4
    # 48 minutes of mails fit in between; 3 hours of them do not: 5 erlangs at 95 %.
    assert terms.need("billing", {"chat": 20}, HOURS, 48 * MINUTES) == 4
    assert terms.need("billing", {"chat": 20}, HOURS, 180 * MINUTES) == 6
    # Two chats at a time: half the effort.
    assert Terms(domain(at_once={"chat": 2})).need("billing", {"chat": 40}, HOURS) == 4
    # Who leaves after 90 s on average makes nobody wait: Erlang A gives .82 with three.
    assert Terms(domain(patience={"chat": "90s"})).need("billing", {"chat": 20}, HOURS) == 3
    assert Terms(domain(shrinkage=0.3)).on_duty(14) == 20
    assert terms.of("billing", "phone") is None
    other = Terms(domain(), {"billing": 7 * MINUTES}).of("billing", "fax")
    assert other is not None
    assert (other.effort_ms, other.within_ms, other.live) == (7 * MINUTES, DAY * MINUTE_MS, False)


@given(st.lists(st.integers(0, 40), min_size=24, max_size=24), st.lists(st.booleans(), min_size=24, max_size=24))
def test_no_mail_is_lost(counts: list[int], open_hours: list[bool]) -> None:
    needs = profile("billing", [Volume({"email": number}, 1) for number in counts], open_hours, Terms(domain()))
    if any(open_hours):
        assert sum(needs) >= ceil(sum(counts) / 6 / 0.95)
    assert all(need == 0 or is_open for need, is_open in zip(needs, open_hours, strict=True))


def made(staffing: dict[str, object] | None = None, staff: Staff = NOBODY) -> Plan:
    """Plan the week after three in which 48 mails came on Mondays at 10."""
    arrivals = came([(MONDAY + 10 * HOUR + week * WEEK, "billing", "email", 48) for week in range(3)])
    past = Past(arrivals, MONDAY, MONDAY + 3 * WEEK)
    return plan(domain(**staffing or {}), past, "acme", week_from(UTC, MONDAY + 3 * WEEK), staff)


def monday(queue: QueuePlan) -> list[Fit]:
    return [one.fit for one in queue.hours[:24]]


def test_the_rota_of_the_configuration() -> None:
    rota = {
        "billing": {"mon": [{"since": "09:00", "until": "12:30", "people": 3}, {"since": "22:00", "until": "02:00", "people": 2}]}
    }
    told = made({"rota": rota})
    queue = told.queues[0]
    assert told.rota is Source.CONFIGURATION
    assert [one.planned_milli for one in queue.hours[8:14]] == [0, 3_000, 3_000, 3_000, 1_500, 0]
    assert [one.planned_milli for one in queue.hours[21:27]] == [0, 2_000, 2_000, 2_000, 2_000, 0]
    assert [one.need for one in queue.hours[9:15]] == [0, 3, 3, 3, 3, 0]
    assert monday(queue)[8:15] == [Fit.FITS, Fit.OVER, Fit.FITS, Fit.FITS, Fit.UNDER, Fit.UNDER, Fit.FITS]
    assert (queue.missing_milli, queue.spare_milli) == (4_500, 3_000 + 8_000)
    assert (queue.weeks, queue.hours[10].fewest, queue.hours[10].most) == (3, 48, 48)


def test_without_a_rota_or_a_past_nothing_is_said_of_too_few() -> None:
    told = made()
    assert told.rota is Source.NONE
    assert set(monday(told.queues[0])) == {Fit.UNKNOWN}
    past = Past(came([(MONDAY, "billing", "email", 1)]), MONDAY, MONDAY + 2 * DAY)
    rota = {"billing": {"wed": [{"since": "00:00", "until": "24:00", "people": 1}]}}
    short = plan(domain(rota=rota), past, "acme", week_from(UTC, MONDAY + WEEK), Staff()).queues[0]
    assert (short.hours[0].fit, short.hours[4].fit) == (Fit.UNDER, Fit.FITS)
    assert (short.hours[48].fit, short.hours[48].need, short.hours[48].planned_milli) == (Fit.UNKNOWN, None, 1_000)
    assert short.weeks == 0


def test_handling_says_where_it_comes_from() -> None:
    by_hand = made().queues[0].handling[0]
    assert (by_hand.effort_ms, by_hand.measured, by_hand.contacts) == (10 * MINUTES, False, 144)
    told = made({"handling": {}}, Staff(measured={"billing": 5 * MINUTES})).queues[0]
    assert (told.handling[0].effort_ms, told.handling[0].measured) == (5 * MINUTES, True)
    assert [one.need for one in told.hours[9:15]] == [0, 2, 2, 2, 2, 0]
    assert made({"handling": {}}).queues[0].handling[0].effort_ms is None


T = ResponderEventType


def shift(who: str, since: int, until: int, name: str, **fields: object) -> bytes:
    at = {"starts_at": since * MINUTE_MS, "ends_at": until * MINUTE_MS}
    return encode(event(T.SHIFT_PLANNED, who, MONDAY * MINUTE_MS, f"{who}:{name}", shift_id=name, **at, **fields))


def serves(who: str, *queues: str) -> bytes:
    return encode(event(T.SKILLS_CHANGED, who, MONDAY * MINUTE_MS, f"{who}:skills", queues=queues))


def rota_of(*lines: bytes) -> dict[str, Counter[int]]:
    return people_of(lines).rota("acme", ["billing", "orders"], UTC, MONDAY, MONDAY + WEEK)


def test_the_rota_of_the_shifts() -> None:
    nine, half_past_ten = MONDAY + 9 * HOUR, MONDAY + 10 * HOUR + 30
    planned = rota_of(
        serves("ann", "billing"),
        shift("ann", nine, MONDAY + 12 * HOUR, "day"),
        shift("ann", nine, MONDAY + 12 * HOUR, "day"),
        shift("ann", half_past_ten, half_past_ten + 15, "pause", activity=Activity.BREAK),
        serves("bob", "billing", "orders"),
        shift("bob", half_past_ten, MONDAY + 12 * HOUR, "late"),
        shift("cat", nine, nine + HOUR, "any"),
        shift("dan", nine, nine + HOUR, "own", queues=("orders",)),
        serves("eve", "elsewhere"),
        shift("eve", nine, nine + HOUR, "away"),
        shift("old", MONDAY - DAY, MONDAY, "over"),
        b"no event",
    )
    quarter = 15 * MINUTES
    assert {hour: planned["billing"][MONDAY + hour * HOUR] // quarter for hour in (8, 9, 10, 11, 12)} == {
        8: 0,
        9: 6,
        10: 4,
        11: 6,
        12: 0,
    }
    assert {hour: planned["orders"][MONDAY + hour * HOUR] // quarter for hour in (9, 10, 11)} == {9: 6, 10: 1, 11: 2}
    assert planned.keys() == {"billing", "orders"}
    staff = made(None, Staff(planned))
    assert staff.rota is Source.SHIFTS
    assert {one.queue for one in staff.queues} == {"billing", "orders"}


def test_whoever_is_gone_is_not_on_the_rota() -> None:
    gone = encode(event(T.REMOVED, "ann", MONDAY * MINUTE_MS + 1, "gone"))
    assert rota_of(serves("ann", "billing"), shift("ann", MONDAY, MONDAY + HOUR, "day"), gone) == {}


def test_handling_is_measured_from_busy_people() -> None:
    since = MONDAY * MINUTE_MS
    events = [
        event(T.PRESENCE_CHANGED, "ann", since, "1", state=Presence.BUSY, queues=("billing",)),
        event(T.PRESENCE_CHANGED, "ann", since + 3 * HOURS, "2", state=Presence.AVAILABLE),
        event(T.PRESENCE_CHANGED, "bob", since, "3", state=Presence.BUSY, queues=("billing", "orders")),
        event(T.PRESENCE_CHANGED, "bob", since + 2 * HOURS, "4", state=Presence.OFFLINE),
        event(T.PRESENCE_CHANGED, "cat", since, "5", state=Presence.BUSY, queues=("elsewhere",)),
        event(T.WORK_ITEM_CHANGED, "dan", since, "6", ticket_id="T-1", open=True),
    ]
    other = msgspec.structs.replace(events[0], tenant="beta")
    people = people_of(encode(one) for one in (*events, other))
    past = Past(came([(MONDAY + 5, "billing", "email", 40), (MONDAY, "orders", "email", 29)]), MONDAY, MONDAY + 4 * HOUR)
    # Three hours of ann and half of bob's two, over forty contacts.
    assert measured(Domain(), past, people, "acme") == {"billing": 6 * MINUTES}
    assert measured(Domain(), past, People(), "acme") == {}


def test_the_log_is_folded_as_the_pipeline_does() -> None:
    events = [
        *Story("T1").created("2026-03-02T09:30:00", queue="billing", channel=Channel.EMAIL).events,
        *Story("T2").created("2026-03-02T10:10:00", queue="billing", channel=Channel.EMAIL).events,
        *Story("T3").created("2026-03-02T10:20:00", queue="billing", channel=Channel.CHAT).events,
        *Story("T4").created("2026-03-02T12:00:01", queue="orders", channel=Channel.CHAT).events,
    ]
    records = records_of(sorted([*events, events[1]], key=lambda one: one.occurred_at))
    past = arrivals_of(Domain(), (Told(one.key, one.value, one.timestamp) for one in records))
    assert past is not None
    assert (past.since - MONDAY, past.until - MONDAY) == (10 * HOUR, 12 * HOUR)
    assert past.arrivals.total("acme", "billing", past.since, past.until) == {"email": 1, "chat": 1}
    assert arrivals_of(Domain(), []) is None
