"""Seeded lives of tickets: every kind of event and every rule of docs/semantics.md, in March and April 2026, around DST.

A life is an opening and a list of steps, each a kind, a gap and a die; the same steps drive the seeded generator and the
hypothesis strategies, so that a failing life shrinks to the few steps that matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from random import Random
from typing import Any, NamedTuple

import msgspec

from pipeline.events import ActorKind, Channel, Delivery, Event, EventType, MessageKind, Priority, Status, Visibility
from tests.support.story import AUTOMATION, CUSTOMER, RESPONDER, SYSTEM, Story, utc

SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1_000, 60_000, 3_600_000, 86_400_000
SINCE_MS, UNTIL_MS = utc("2026-03-02 00:00"), utc("2026-05-01 00:00")
TENANTS = ("acme", "globex")
QUEUES = ("billing", "technical", "sales", "")
TEAMS, BRANDS, REGIONS = ("tier1", "tier2"), ("north", "south"), ("eu", "us")
TAGS = ("vip", "bug", "refund")
TIERS = ("gold", "silver", "")
ASSIGNEES = ("ana", "ben", "")
OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.PENDING, Status.HOLD, Status.SNOOZED)


class StepKind(StrEnum):
    """What can happen next."""

    CUSTOMER = "customer"
    REPLY = "reply"
    REPLY_AND_SOLVE = "reply_and_solve"
    VOICE = "voice"
    NOTE = "note"
    BOT = "bot"
    AUTOREPLY = "autoreply"
    SURVEY = "survey"
    FAILED_REPLY = "failed_reply"
    FAIL = "fail"
    HAND_OFF = "hand_off"
    STATUS = "status"
    SOLVE = "solve"
    CLOSE = "close"
    THANKS = "thanks"
    REOPEN = "reopen"
    REOPEN_BY_MESSAGE = "reopen_by_message"
    PRIORITY = "priority"
    QUEUE = "queue"
    ASSIGNEE = "assignee"
    TAGS = "tags"
    SNAPSHOT = "snapshot"
    MERGE = "merge"
    SPAM = "spam"
    DELETE = "delete"
    RESTORE = "restore"
    ABANDON = "abandon"
    RATE = "rate"
    VENDOR_SLA = "vendor_sla"
    TEAM = "team"


class Step(NamedTuple):
    """One step of a life."""

    kind: StepKind
    gap_ms: int
    """Since the step before."""
    die: int
    """Decides the details."""


class Opening(NamedTuple):
    """How a life begins."""

    start_ms: int
    die: int


COMMON = {
    StepKind.CUSTOMER: 16,
    StepKind.REPLY: 18,
    StepKind.STATUS: 8,
    StepKind.SOLVE: 7,
    StepKind.REPLY_AND_SOLVE: 4,
    StepKind.NOTE: 4,
    StepKind.ASSIGNEE: 5,
    StepKind.PRIORITY: 4,
    StepKind.QUEUE: 4,
    StepKind.BOT: 4,
    StepKind.HAND_OFF: 3,
    StepKind.REOPEN_BY_MESSAGE: 4,
}
"""Weights; every kind not listed weighs 2."""


def lives(count: int, seed: int, tenants: Sequence[str] = TENANTS, kinds: Sequence[StepKind] = tuple(StepKind)) -> list[Event]:
    """Return the events of `count` tickets in order of time; the same seed gives the same events."""
    random = Random(seed)
    events: list[Event] = []
    weights = [COMMON.get(kind, 2) for kind in kinds]
    for number in range(count):
        opening = Opening(random.randrange(SINCE_MS, UNTIL_MS - 20 * DAY_MS), random.getrandbits(32))
        picked = random.choices(kinds, weights, k=min(40, 1 + int(random.expovariate(1 / 5))))
        steps = [Step(kind, gap(random), random.getrandbits(32)) for kind in picked]
        events += live(random.choice(tenants), f"T{number}", opening, steps)
    return sorted(events, key=lambda event: event.occurred_at)


def gap(random: Random) -> int:
    """Return a time to the next step: often a tie or whole minutes, from seconds to two days."""
    if random.random() < 0.12:
        return 0
    length = int(SECOND_MS * (172_800.0 ** random.random()))
    unit = random.choice((1, SECOND_MS, MINUTE_MS, 15 * MINUTE_MS))
    return length // unit * unit


def live(tenant: str, ticket_id: str, opening: Opening, steps: Iterable[Step]) -> list[Event]:
    """Return one ticket's events in the order of their steps; with times before `UNTIL_MS` only."""
    story = Story(ticket_id, tenant, source=f"/{tenant}/desk")
    _open(story, opening)
    now = opening.start_ms
    for step in steps:
        now += step.gap_ms
        if now >= UNTIL_MS:
            break
        _take(story, step, now, Random(step.die))
    return [signed(event, number) for number, event in enumerate(story.events)]


def signed(event: Event, number: int) -> Event:
    """Name who acted: responders with a few names, one of them none; other actors, who are no authors, with others."""
    names = ("ann", "ben", None) if event.actor is RESPONDER else (None, "somebody")
    return msgspec.structs.replace(event, actor_id=names[number % len(names)])


def disorder(events: Sequence[Event], share: float, within_ms: int, seed: int) -> list[Event]:
    """Let a share of the events arrive up to `within_ms` late; `ingested_at` is the arrival, the result is in its order."""
    random = Random(seed)
    late = [event.occurred_at + (random.randint(1, within_ms) if random.random() < share else 0) for event in events]
    arrived = [msgspec.structs.replace(event, ingested_at=at) for event, at in zip(events, late, strict=True)]
    return sorted(arrived, key=lambda event: event.ingested_at or 0)


def duplicate(events: Sequence[Event], share: float, seed: int) -> list[Event]:
    """Repeat a share of the events, some at once and some up to 50 places later."""
    random = Random(seed)
    placed = [(float(index), event) for index, event in enumerate(events)]
    again = [(index + random.choice((0.5, random.uniform(1, 50))), event) for index, event in placed if random.random() < share]
    return [event for _, event in sorted(placed + again, key=lambda pair: pair[0])]


def attributes(random: Random, share: float) -> dict[str, Any]:
    """Return some attributes, each with the same probability."""
    every: dict[str, Any] = {
        "priority": random.choice(list(Priority)),
        "channel": random.choice((Channel.EMAIL, Channel.CHAT, Channel.PHONE)),
        "queue": random.choice(QUEUES),
        "assignee": random.choice(ASSIGNEES),
        "team": random.choice(TEAMS),
        "brand": random.choice(BRANDS),
        "region": random.choice(REGIONS),
        "tags": tuple(random.sample(TAGS, random.randint(0, 2))),
        "requester": f"customer-{random.randint(1, 9)}",
        "customer_tier": random.choice(TIERS),
    }
    return {name: value for name, value in every.items() if random.random() < share}


def _open(story: Story, opening: Opening) -> None:
    """Create the ticket: by whom varies, some already solved, some with a skewed `created_at`, some with no record of it."""
    random = Random(opening.die)
    known = attributes(random, 0.7)
    creator = random.choices((CUSTOMER, RESPONDER, AUTOMATION, SYSTEM, ActorKind.UNKNOWN), (70, 10, 8, 4, 3))[0]
    kind = random.random()
    if kind < 0.08:
        return  # resumed: the first step is the first event
    if kind < 0.16:
        known["created_at"] = opening.start_ms - random.choice((1, SECOND_MS, 90 * SECOND_MS, 3 * HOUR_MS))
    elif kind < 0.19:
        known["created_at"] = opening.start_ms + random.choice((1, 2 * SECOND_MS))
    if random.random() < 0.3:
        known["created_by"], creator = creator, random.choice((creator, SYSTEM))
    known["status"] = random.choices((None, Status.NEW, Status.OPEN, Status.SOLVED), (30, 40, 26, 4))[0]
    story.created(opening.start_ms, creator, **known)
    if creator is CUSTOMER and random.random() < 0.8:
        story.customer(opening.start_ms)


def _take(story: Story, step: Step, now: int, random: Random) -> None:
    """Tell one step."""
    extra: dict[str, Any] = {"sequence": random.choice((0, 0, 0, 1, 2, 3))}
    if random.random() < 0.15:
        extra |= attributes(random, 0.3)  # vendors put the whole ticket beside any event
    if step.kind in _MESSAGES:
        actor, kind, fields = _MESSAGES[step.kind]
        story.message(now, actor, kind, **(fields | extra))
    elif step.kind in _STATUSES:
        story.status(now, _STATUSES[step.kind], random.choice((RESPONDER, AUTOMATION, CUSTOMER, SYSTEM)), **extra)
    elif step.kind in _PLAIN:
        story.add(_PLAIN[step.kind], now, actor=random.choice((RESPONDER, SYSTEM)), **extra)
    else:
        _take_varied(story, step.kind, now, random, extra)


def _take_varied(story: Story, kind: StepKind, now: int, random: Random, extra: dict[str, Any]) -> None:
    match kind:
        case StepKind.STATUS:
            story.status(now, random.choice(OPEN_STATUSES), **extra)
        case StepKind.FAIL:
            # Mostly a message that was sent, sometimes one that is still to come: the failure overtook it.
            number = random.randint(1, len(story.events) + 3)
            story.failed(now, f"{story.ticket_id}:m{number}", **extra)
        case StepKind.PRIORITY:
            story.add(EventType.PRIORITY_CHANGED, now, **(extra | {"priority": random.choice(list(Priority))}))
        case StepKind.QUEUE:
            story.add(EventType.QUEUE_CHANGED, now, **(extra | {"queue": random.choice(QUEUES)}))
        case StepKind.TEAM:
            story.add(EventType.SNAPSHOT, now, **(extra | {"team": random.choice((*TEAMS, ""))}))
        case StepKind.ASSIGNEE:
            story.add(EventType.ASSIGNEE_CHANGED, now, **(extra | {"assignee": random.choice(ASSIGNEES)}))
        case StepKind.TAGS:
            story.add(EventType.TAGS_CHANGED, now, **(extra | {"tags": tuple(random.sample(TAGS, random.randint(0, 2)))}))
        case StepKind.SNAPSHOT:
            state = random.choice((*OPEN_STATUSES, Status.SOLVED))
            story.add(EventType.SNAPSHOT, now, **({"status": state} | attributes(random, 0.6) | extra))
        case StepKind.RATE:
            scale, low, high = random.choice((*[("csat", 1, 5)] * 3, ("csat", None, None), ("csat", 0, 1), *_SCALES))
            score = random.randint(*sorted((low or 0, high or 5)))
            rating = {"rating_kind": scale, "rating_score": score, "rating_low": low, "rating_high": high}
            story.add(EventType.RATED, now, actor=CUSTOMER, **rating, **extra)
        case _:
            msg = f"no way to tell {kind}"
            raise ValueError(msg)


_SCALES = (("ces", 1, 7), ("ces", 5, 1), ("nps", 0, 10), ("nps", None, None))
"""Kinds of rating with their worst and best score."""
_MESSAGES: dict[StepKind, tuple[ActorKind, MessageKind, dict[str, Any]]] = {
    StepKind.CUSTOMER: (CUSTOMER, MessageKind.REPLY, {}),
    StepKind.THANKS: (CUSTOMER, MessageKind.REPLY, {}),
    StepKind.REOPEN_BY_MESSAGE: (CUSTOMER, MessageKind.REPLY, {"status": Status.OPEN}),
    StepKind.REPLY: (RESPONDER, MessageKind.REPLY, {}),
    StepKind.REPLY_AND_SOLVE: (RESPONDER, MessageKind.REPLY, {"status": Status.SOLVED}),
    StepKind.VOICE: (RESPONDER, MessageKind.VOICE, {}),
    StepKind.NOTE: (RESPONDER, MessageKind.NOTE, {"visibility": Visibility.INTERNAL}),
    StepKind.BOT: (AUTOMATION, MessageKind.REPLY, {}),
    StepKind.AUTOREPLY: (SYSTEM, MessageKind.AUTOREPLY, {}),
    StepKind.SURVEY: (RESPONDER, MessageKind.SURVEY, {}),
    StepKind.FAILED_REPLY: (RESPONDER, MessageKind.REPLY, {"delivery": Delivery.FAILED}),
}
_STATUSES = {StepKind.SOLVE: Status.SOLVED, StepKind.CLOSE: Status.CLOSED, StepKind.REOPEN: Status.OPEN}
_PLAIN = {
    StepKind.HAND_OFF: EventType.HANDED_OFF,
    StepKind.MERGE: EventType.MERGED,
    StepKind.SPAM: EventType.SPAM_MARKED,
    StepKind.DELETE: EventType.DELETED,
    StepKind.RESTORE: EventType.RESTORED,
    StepKind.ABANDON: EventType.ABANDONED,
    StepKind.VENDOR_SLA: EventType.VENDOR_SLA,
}
