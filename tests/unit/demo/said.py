"""Records as the pipeline says them, for the tests of those who read them."""

from __future__ import annotations

import msgspec

from agents.demo import story
from pipeline.config import MINUTE_MS, SlaMeasure
from pipeline.signals import (
    Alert,
    AlertState,
    ClockState,
    OpenWork,
    ServiceLevel,
    SlaEvent,
    SlaEventType,
    TicketClocks,
    WindowLevels,
)

NOW_MS = story.LIVE_MS + 60 * MINUTE_MS


def alert(**changes: object) -> Alert:
    """An alert on the queue of the story."""
    made = Alert(
        id="frt_jump:demo:queue=technical:1",
        rule="frt_jump",
        severity="page",
        state=AlertState.FIRING,
        tenant="demo",
        segment={"queue": story.JUMP_QUEUE},
        onset_at=story.JUMP_AT_MS,
        raised_at=story.JUMP_AT_MS + MINUTE_MS,
        as_of=NOW_MS,
        summary="technical: first replies take 20m now, 3m is usual",
    )
    return msgspec.structs.replace(made, **changes)


def level(queue: str = "", *, epoch: int = 1, waiting: int = 0, as_of: int = NOW_MS) -> ServiceLevel:
    """A service level of a queue, or of everything."""
    return ServiceLevel(
        tenant="demo",
        segment={"queue": queue} if queue else {},
        as_of=as_of,
        expires_at=as_of + MINUTE_MS,
        epoch=epoch,
        windows={"1h": WindowLevels(since=as_of - 60 * MINUTE_MS, until=as_of, durations={}, counters={}, promises={})},
        work={"awaiting_first_reply": OpenWork(count=waiting, oldest_at=as_of - 9 * MINUTE_MS, p50_age_ms=None, bands={})},
    )


def ticket(number: int, since: int | None, status: str = "open", due_at: int | None = None) -> TicketClocks:
    """A ticket whose customer has waited since a time."""
    clock = ClockState(
        measure=SlaMeasure.FIRST_REPLY, instance=1, state="running", policy="p", target_ms=1, started_at=0, due_at=due_at
    )
    return TicketClocks(
        tenant="demo",
        ticket_id=f"T{number}",
        as_of=NOW_MS,
        status=status,
        queue="billing",
        channel="email",
        waiting_since=since,
        clocks=(clock,) if due_at else (),
    )


def sla_event(number: int, what: SlaEventType = SlaEventType.BREACHED, at_ms: int = NOW_MS) -> SlaEvent:
    """A fact about the first-reply promise of a ticket."""
    return SlaEvent(
        id=f"{number}:{what}",
        type=what,
        tenant="demo",
        ticket_id=f"T{number}",
        measure=SlaMeasure.FIRST_REPLY,
        instance=1,
        policy="p",
        policy_version=1,
        priority="normal",
        target_ms=30 * MINUTE_MS,
        started_at=0,
        due_at=at_ms,
        occurred_at=at_ms,
        detected_at=at_ms,
        queue="billing",
        channel="email",
    )
