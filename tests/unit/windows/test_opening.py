"""What a service level says of opening hours: whether somebody is there, when that changes, and where to go instead."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.config import Domain
from pipeline.hours import CalendarModel
from pipeline.signals import Opening
from pipeline.windows.opening import Openings

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = CalendarModel.model_validate(
    {
        "zone": "Europe/Berlin",
        "hours": {"mon": [{"since": "09:00", "until": "17:00"}], "tue": [{"since": "09:00", "until": "17:00"}]},
        "special": {"2026-11-24": []},
    }
)
CHAT = CalendarModel.model_validate({"zone": "Europe/Berlin", "hours": {"mon": [{"since": "10:00", "until": "12:00"}]}})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * 1000


def domain(**more: object) -> Domain:
    calendars = {"always": CalendarModel(), "office": OFFICE, "chat": CHAT}
    given = {"calendars": calendars, "queue_calendars": {"billing": "office"}, "team_calendars": {"owls": "office"}} | more
    return Domain.model_validate(given)


FALLBACK = {"fallbacks": [{"channel": "chat", "to": "email", "queues": ["billing"], "calendar": "chat"}]}


@pytest.mark.mission("C5")
def test_closed_and_open_again() -> None:
    openings = Openings(domain(fallbacks=[{"channel": "chat", "to": "email"}]))
    sunday = openings.of({"queue": "billing", "channel": "chat"}, at("2026-11-22T12:00"))
    assert sunday == Opening(
        open=False,
        opens_at=at("2026-11-23T09:00"),
        closes_at=None,
        instead={"chat": "email"},
        summary="closed, opens Mon 2026-11-23 09:00 (Europe/Berlin), use email",
    )
    assert openings.of({"queue": "billing", "channel": "chat"}, at("2026-11-23T09:00") - 1) is sunday
    monday = openings.of({"queue": "billing", "channel": "chat"}, at("2026-11-23T09:00"))
    assert monday == Opening(
        open=True,
        opens_at=None,
        closes_at=at("2026-11-23T17:00"),
        instead={},
        summary="open until Mon 2026-11-23 17:00 (Europe/Berlin)",
    )
    holiday = openings.of({"queue": "billing", "channel": "chat"}, at("2026-11-23T17:00"))
    assert holiday is not None
    assert holiday.opens_at == at("2026-11-30T09:00")  # Tuesday is a holiday


def test_a_channel_with_hours_of_its_own() -> None:
    openings = Openings(domain(**FALLBACK))
    queue = openings.of({"queue": "billing"}, at("2026-11-23T09:30"))
    assert queue is not None
    assert (queue.open, queue.instead) == (True, {"chat": "email"})
    assert queue.summary == "open until Mon 2026-11-23 17:00 (Europe/Berlin); chat is closed, use email"
    chat = openings.of({"queue": "billing", "channel": "chat"}, at("2026-11-23T09:30"))
    assert chat is not None
    assert (chat.open, chat.opens_at) == (False, at("2026-11-23T10:00"))
    mail = openings.of({"queue": "billing", "channel": "email"}, at("2026-11-23T09:30"))
    assert mail is not None
    assert (mail.open, mail.instead) == (True, {})
    later = openings.of({"queue": "billing"}, at("2026-11-23T10:00"))  # an answer holds until any of its calendars changes
    assert later is not None
    assert later.instead == {}


@pytest.mark.parametrize("pairs", [{}, {"channel": "chat"}, {"queue": "sales"}, {"queue": "sales", "priority": "high"}])
def test_nothing_is_said_where_there_are_no_hours(pairs: dict[str, str]) -> None:
    assert Openings(domain(**FALLBACK)).of(pairs, at("2026-11-22T12:00")) is None


def test_a_team() -> None:
    opening = Openings(domain()).of({"team": "owls"}, at("2026-11-22T12:00"))
    assert opening is not None
    assert opening.summary == "closed, opens Mon 2026-11-23 09:00 (Europe/Berlin)"
