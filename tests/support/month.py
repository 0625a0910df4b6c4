"""A seeded month of a support centre with every kind of event, 5 % of them late and 2 % twice, and a configuration that asks for
every measure of the catalogue."""

from __future__ import annotations

import os
from functools import cache
from random import Random
from typing import Any

from msgspec.structs import replace

from agents.verification.oracle import Oracle, OracleResult
from pipeline.config import Domain
from pipeline.events import Event, EventType
from tests.support.lives import DAY_MS, HOUR_MS, SINCE_MS, TENANTS, TIERS, UNTIL_MS, StepKind, disorder, duplicate, lives

LATE, DUPLICATES, LATE_BY_MS = 0.05, 0.02, 6 * HOUR_MS
END_MS = UNTIL_MS - 20 * DAY_MS + 7
"""When the month is looked at: in the middle of lives, so that work of every kind is open."""
_LAST_MS = END_MS - LATE_BY_MS - HOUR_MS
"""Everything has arrived, and every stage has heard of it, before the end."""
_OFFICE = {day: [{"since": "08:00", "until": "18:00"}] for day in ("mon", "tue", "wed", "thu", "fri")}


def _target(measure: str, **limits: str) -> dict[str, Any]:
    return {"measure": measure, "within": limits, "at_risk": [0.5, 0.9], "clock": "business"}


DOMAIN = Domain.model_validate(
    {
        "zone": "Europe/Berlin",
        "dimensions": ["queue", "channel", "priority", "topic"],
        "segments": [[], ["queue"], ["channel"], ["queue", "channel"], ["topic"]],
        "windows": {"1h": "1h", "1d": "1d", "7d": "7d", "30d": "30d"},
        "event_tick": "1h",
        "calendars": {"always": {}, "office": {"zone": "Europe/Berlin", "hours": _OFFICE}},
        "default_calendar": "office",
        "queue_calendars": {"technical": "always"},
        "policies": [
            {
                "name": "gold",
                "when": {"customer_tiers": ["gold"]},
                "targets": [_target("first_reply", urgent="5m", high="30m", normal="1h", low="1h")],
            },
            {
                "name": "standard",
                "when": {"excluded_tags": ["bug"]},
                "targets": [
                    _target("first_reply", urgent="30m", high="2h", normal="8h", low="3d"),
                    _target("next_reply", urgent="1h", high="4h", normal="1d", low="3d"),
                    _target("each_reply", urgent="1h", high="4h", normal="1d", low="3d"),
                    _target("first_resolution", urgent="1d", high="2d", normal="5d", low="10d"),
                    _target("total_resolution", urgent="1d", high="2d", normal="5d", low="10d"),
                    _target("requester_wait", urgent="1d", high="2d", normal="5d", low="10d"),
                    _target("responder_work", urgent="1d", high="2d", normal="5d", low="10d"),
                    _target("periodic_update", urgent="2h", high="8h", normal="1d", low="3d"),
                    _target("pickup", urgent="15m", high="1h", normal="4h", low="1d"),
                ],
            },
        ],
        "team_policies": [{"name": "teams", "targets": [_target("team_time", urgent="2h", high="8h", normal="1d", low="3d")]}],
        "retract_on_relax": True,
        "cycles": {"unanswered": True, "reopen_after": "3d"},
        "automations": ["ben"],
        "short_abandon": "1h",
        "expectations": {"email": "4h", "chat": "30m", "phone": "30m"},
        "costs": {"email": {"contact": 450}, "chat": {"contact": 7, "minute": 85}, "phone": {"contact": 900, "minute": 10}},
        "topics": {"money": ["refund"], "faults": ["bug"]},
        "customers": {"salt": "a salt for tests only", "horizon": "7d", "journey_gap": "3d"},
        "reopen_horizon": "100d",
    }
)

_KINDS = (*StepKind, *[StepKind.RATE] * 5, StepKind.SURVEY, StepKind.SURVEY, StepKind.STATUS)
"""Ratings and statuses are of many kinds, each of which has to come."""
TICKETS = int(os.environ.get("MONTH_TICKETS", "150"))


def log(tickets: int = TICKETS, seed: int = 2) -> list[Event]:
    """Return the month in the order of arrival."""
    told = [event for event in [*lives(tickets, seed, kinds=_KINDS), *_register(seed)] if event.occurred_at < _LAST_MS]
    told.sort(key=lambda event: event.occurred_at)
    return duplicate(disorder(told, LATE, LATE_BY_MS, seed), DUPLICATES, seed)


@cache
def truth() -> OracleResult:
    """Return what the oracle says of the month."""
    return Oracle(DOMAIN).run(log(), END_MS)


def _register(seed: int) -> list[Event]:
    """Return what the customer register says: customers won and lost, some of them over and over."""
    random, events = Random(seed), []
    for number in range(80):
        event = Event(
            type=random.choice((EventType.CUSTOMER_WON, EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST)),
            id=f"r{number}",
            tenant=random.choice(TENANTS),
            ticket_id="",
            occurred_at=random.randint(SINCE_MS, _LAST_MS),
            requester=f"customer-{random.randint(1, 25)}",
        )
        events.append(replace(event, customer_tier=random.choice(TIERS)))
    return events
