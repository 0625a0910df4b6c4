"""A small support centre as the pipeline says it: records for those who read the compacted topics."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from agents.clock import ManualClock
from agents.serve.site import Site
from pipeline.config import HOUR_MS, MINUTE_MS, SlaMeasure
from pipeline.engine import TimeMode, Topic
from pipeline.responders.events import Activity, Presence
from pipeline.responders.signals import PresenceBoard, PresenceCount, ResponderState, Times
from pipeline.routing.board import RoutingBoard
from pipeline.signals import (
    Alert,
    AlertState,
    Change,
    ClockState,
    CounterWindow,
    DurationStats,
    MeasureWindow,
    OpenWork,
    PromiseWindow,
    ServiceLevel,
    TicketClocks,
    WindowLevels,
)
from pipeline.standings import ExpectedWait, StaffingStanding
from pipeline.view.state import View, key_of

Said: TypeAlias = ServiceLevel | TicketClocks | Alert | ResponderState | PresenceBoard
"""A record of a compacted topic."""
NOW_MS = 1_772_000_000_000
TENANT = "acme"
QUEUES = ("billing", "orders", "technical")
CHANNELS = ("chat", "email")

EXPECTED = ExpectedWait(
    told_at=NOW_MS, p50_ms=3 * MINUTE_MS, p90_ms=9 * MINUTE_MS, replies=30, waiting=2, words="about 3 minutes, at most 9"
)


def window(replies: int = 30, mean_ms: int = 4 * MINUTE_MS, hours: int = 1, until: int = NOW_MS) -> WindowLevels:
    """Build the levels of a window: so many first replies of a mean."""
    now = DurationStats(
        count=replies, sum_ms=replies * mean_ms, mean_ms=mean_ms, p50_ms=mean_ms // 2, p90_ms=2 * mean_ms, p95_ms=3 * mean_ms
    )
    then = Change(count=20, mean_ms=mean_ms - MINUTE_MS, difference_ms=MINUTE_MS)
    return WindowLevels(
        since=until - hours * HOUR_MS,
        until=until,
        durations={"first_reply": MeasureWindow(now=now, previous=then, last_week=then)},
        counters={"created": CounterWindow(now=replies, previous=3, last_week=4)},
        promises={"first_reply": PromiseWindow(met=9, breached=1, within_ppm=900_000)},
    )


def work(count: int, oldest_at: int | None) -> OpenWork:
    """Build one kind of open work."""
    return OpenWork(count=count, oldest_at=oldest_at, p50_age_ms=MINUTE_MS, bands={"1h": count, "older": 0})


def level(
    segment: dict[str, str], *, waiting: int = 2, as_of: int = NOW_MS, tenant: str = TENANT, **changes: Any
) -> ServiceLevel:
    """Build the service levels of a segment."""
    made = ServiceLevel(
        tenant=tenant,
        segment=segment,
        as_of=as_of,
        expires_at=as_of + MINUTE_MS,
        epoch=0,
        windows={"1h": window(until=as_of), "8h": window(100, 5 * MINUTE_MS, 8, as_of)},
        work={
            "open": work(7, as_of - HOUR_MS),
            "awaiting_first_reply": work(waiting, as_of - 9 * MINUTE_MS if waiting else None),
            "at_risk": work(1, as_of - MINUTE_MS),
            "breached": work(0, None),
        },
        first_reply_now_ms=6 * MINUTE_MS if list(segment) == ["queue"] else None,
        first_reply_usual_ms=3 * MINUTE_MS if list(segment) == ["queue"] else None,
        expected_wait=EXPECTED if list(segment) == ["queue"] else None,
    )
    return msgspec.structs.replace(made, **changes)


def ticket(ticket_id: str, due_at: int | None, *, queue: str = "billing", state: str = "running", **changes: Any) -> TicketClocks:
    """Build the clocks of a ticket whose first reply is due."""
    clock = ClockState(
        measure=SlaMeasure.FIRST_REPLY,
        instance=1,
        state=state,
        policy="standard",
        target_ms=30 * MINUTE_MS,
        started_at=NOW_MS - 20 * MINUTE_MS,
        due_at=due_at,
    )
    made = TicketClocks(
        tenant=TENANT,
        ticket_id=ticket_id,
        as_of=NOW_MS,
        status="open",
        priority="normal",
        queue=queue,
        channel="email",
        assignee="kim",
        created_at=NOW_MS - 20 * MINUTE_MS,
        waiting_since=NOW_MS - 20 * MINUTE_MS,
        clocks=() if due_at is None else (clock,),
    )
    return msgspec.structs.replace(made, **changes)


def alert(identity: str = f"frt_jump:{TENANT}:queue=technical:1", **changes: Any) -> Alert:
    """Build an alert on the queue `technical`."""
    made = Alert(
        id=identity,
        rule="frt_jump",
        severity="page",
        state=AlertState.FIRING,
        tenant=TENANT,
        segment={"queue": "technical"},
        onset_at=NOW_MS - 10 * MINUTE_MS,
        raised_at=NOW_MS - 5 * MINUTE_MS,
        as_of=NOW_MS,
        summary="technical: first replies take 20m now, 3m is usual",
        now_ms=20 * MINUTE_MS,
        usual_ms=3 * MINUTE_MS,
        waiting=4,
    )
    return msgspec.structs.replace(made, **changes)


def staffing(needed: int = 5, there: int | None = 1, planned: int = 7) -> StaffingStanding:
    """Build what is said of a queue's people; without `there`, nobody can tell."""
    missing = None if there is None else max(0, needed - there)
    return StaffingStanding(
        needed=needed,
        needed_after_backlog=needed - 1,
        there=there,
        planned=None if there is None else planned,
        missing=missing,
        missing_after_backlog=missing,
        contacts_per_hour=40,
        backlog=2,
        kept_now_ppm=None if there is None else 400_000,
        done_in_ms=None,
        words=f"{missing} missing" if there is not None else "cannot tell who is there: presence is not told",
    )


def responder(
    name: str, state: Presence = Presence.AVAILABLE, *, load: int = 0, at: int = NOW_MS, **changes: Any
) -> ResponderState:
    """Build the record of a responder of `billing`."""
    made = ResponderState(
        tenant=TENANT,
        responder_id=name,
        as_of=at,
        expires_at=at + 3 * MINUTE_MS,
        epoch=0,
        state=state,
        since=at - 9 * MINUTE_MS,
        queues=("billing",),
        capacity=2,
        load=load,
        free=2 - load if state is Presence.AVAILABLE else 0,
        activity=Activity.WORK,
        activity_until=at + HOUR_MS,
        today=Times(since=0, until=at, adherence_ppm=910_000),
        week=Times(since=0, until=at),
    )
    return msgspec.structs.replace(made, **changes)


def presence(at: int = NOW_MS, *, known: bool = True, **queues: PresenceCount) -> PresenceBoard:
    """Build who is there of the tenant."""
    return PresenceBoard(
        tenant=TENANT,
        as_of=at,
        expires_at=at + 3 * MINUTE_MS,
        epoch=0,
        known=known,
        heard_at=at - MINUTE_MS,
        total=PresenceCount(),
        queues=queues or {"billing": PresenceCount(available=2, busy=1, away=1, planned=5, capacity=6, load=2, free=3)},
    )


def say(view: View, *said: Said, epoch: int = 0) -> None:
    """Let a view take records as they stand on the topics."""
    for one in said:
        topic, key = address(one)
        view.take(topic, key, msgspec.json.encode(one), epoch)


def address(one: Said) -> tuple[Topic, bytes]:
    """Return topic and key of a record."""
    if isinstance(one, ServiceLevel):
        return Topic.SERVICE_LEVELS, key_of(one.tenant, name_of_segment(one.segment))
    if isinstance(one, TicketClocks):
        return Topic.CLOCKS, f"{one.tenant}:{one.ticket_id}".encode()
    if isinstance(one, ResponderState):
        return Topic.RESPONDERS, f"{one.tenant}:{one.responder_id}".encode()
    if isinstance(one, PresenceBoard):
        return Topic.PRESENCE, one.tenant.encode()
    return Topic.ALERTS, one.id.encode()


def name_of_segment(segment: dict[str, str]) -> str:
    """Return a segment's name; values here need no escapes."""
    return ",".join(f"{dimension}={value}" for dimension, value in segment.items())


def everything() -> list[Said]:
    """Return a whole small centre."""
    segments: list[dict[str, str]] = [{}]
    segments += [{"queue": queue} for queue in QUEUES]
    segments += [{"channel": channel} for channel in CHANNELS]
    segments += [{"queue": queue, "channel": channel} for queue in QUEUES for channel in CHANNELS]
    said: list[Said] = [level(segment) for segment in segments]
    said += [level({"queue": "repairs"}, tenant="other")]
    said += [ticket(f"T{number}", NOW_MS + number * MINUTE_MS, queue=QUEUES[number % 3]) for number in range(1, 13)]
    said += [ticket("T90", NOW_MS - MINUTE_MS, state="breached"), ticket("T91", None)]
    said += [responder("kim", load=1), responder("ann"), responder("bob", Presence.BUSY), presence()]
    said += [alert(), alert("frt_jump:acme:queue=orders:2", state=AlertState.RESOLVED, resolved_at=NOW_MS)]
    return said


def site_of(*said: Said, time: TimeMode = TimeMode.LIVE) -> Site:
    """Return a site that has read records and is in touch with the broker."""
    site = Site(View("1h", time), ManualClock(NOW_MS), "1.2.3", "Europe/Berlin", routing=RoutingBoard(time))
    for one in said:
        topic, key = address(one)
        site.take(topic, key, msgspec.json.encode(one), NOW_MS)
    site.reading.caught_up = True
    site.reading.answered_at = NOW_MS
    return site
