"""Business hours, lunch, holidays, summer time."""

from __future__ import annotations

from pipeline.config import Domain
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.measures import Clock
from tests.support.complaints.complaint import CHATWOOT, ZAMMAD, about
from tests.support.scenarios import Scenario
from tests.support.scenarios.terms import (
    FR,
    HOUR,
    MINUTE,
    OFFICE_HOURS,
    M,
    policy,
    target,
)
from tests.support.story import Story

DAY = 24 * HOUR
ROUND_THE_CLOCK = Domain(
    calendars={
        "day": CalendarModel(zone="Europe/Berlin", hours={day: (Interval(since="00:00", until="00:00"),) for day in Weekday})
    },
    default_calendar="day",
    policies=(policy(target(FR, 20 * MINUTE, clock=Clock.BUSINESS)),),
)

HOURS = [
    about(
        CHATWOOT,
        "pull/13392",
        life=Scenario(
            "business hours do decide about a breach: two hours from Friday 16:30 in Berlin end on Monday at 10:30",
            Story().created("2026-03-13 15:30").reply("2026-03-16 09:30").events,
            "2026-03-17 12:00",
            OFFICE_HOURS,
            {M.FIRST_REPLY: [2 * DAY + 18 * HOUR], M.FIRST_REPLY_BUSINESS: [2 * HOUR]},
            ((FR, 1, "met", "2026-03-16 09:30"),),
        ),
    ),
    about(
        CHATWOOT,
        "issues/14009",
        life=Scenario(
            "a day may have two shifts: two hours from 11:00 in Berlin end at 14:00, after lunch",
            Story().created("2026-03-02 10:00").events,
            "2026-03-02 18:00",
            OFFICE_HOURS,
            verdicts=((FR, 1, "breached", "2026-03-02 13:00"),),
        ),
    ),
    about(
        "frappe/helpdesk",
        "issues/2212",
        life=Scenario(
            "lunch is no working time: from 11:50 to 13:10 in Berlin are twenty minutes",
            Story().created("2026-03-02 10:50").reply("2026-03-02 12:10").events,
            "2026-03-02 18:00",
            OFFICE_HOURS,
            {M.FIRST_REPLY: [80 * MINUTE], M.FIRST_REPLY_BUSINESS: [20 * MINUTE]},
            ((FR, 1, "met", "2026-03-02 12:10"),),
        ),
    ),
    about(
        ZAMMAD,
        "issues/3180",
        life=Scenario(
            "hours round the clock have no hole at midnight: from 23:50 to 00:10 in Berlin are twenty minutes, which is in time",
            Story().created("2026-03-02 22:50").reply("2026-03-02 23:10").events,
            "2026-03-03 12:00",
            ROUND_THE_CLOCK,
            {M.FIRST_REPLY_BUSINESS: [20 * MINUTE]},
            ((FR, 1, "met", "2026-03-02 23:10"),),
        ),
    ),
    about(
        "glpi-project/glpi",
        "issues/15429",
        "pull/22678",
        life=Scenario(
            "a deadline on a later day stands at its hour, not at midnight: two hours from Friday 16:15 end Monday 10:15",
            Story().created("2026-03-13 15:15").events,
            "2026-03-17 12:00",
            OFFICE_HOURS,
            verdicts=((FR, 1, "breached", "2026-03-16 09:15"),),
        ),
    ),
    about(
        "fivetran/dbt_zendesk",
        "issues/25",
        life=Scenario(
            "over the change to summer time the office opens at nine by its own clock: 08:00 UTC on Friday, 07:00 on Monday",
            Story().created("2026-03-27 15:00").reply("2026-03-30 07:30").events,  # Friday 16:00 and Monday 09:30 in Berlin
            "2026-03-31 12:00",
            OFFICE_HOURS,
            {M.FIRST_REPLY_BUSINESS: [90 * MINUTE]},
            ((FR, 1, "met", "2026-03-30 07:30"),),
        ),
    ),
    about(
        "osTicket/osTicket",
        "issues/2131",
        life=Scenario(
            "holidays are no working time: Maundy Thursday 16:30 to Tuesday 09:15 in Berlin are 45 minutes",
            Story().created("2026-04-02 14:30").reply("2026-04-07 07:15").events,
            "2026-04-08 12:00",
            OFFICE_HOURS,
            {M.FIRST_REPLY_BUSINESS: [45 * MINUTE]},
            ((FR, 1, "met", "2026-04-07 07:15"),),
        ),
    ),
]
