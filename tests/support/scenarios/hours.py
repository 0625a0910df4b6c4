"""Opening hours, holidays and both changes of the clock."""

from __future__ import annotations

from pipeline.events import Channel, Priority
from pipeline.measures import Clock
from tests.support.scenarios.terms import FR, HOUR, MINUTE, OFFICE_HOURS, OUT_OF_HOURS, M, Scenario, domain, policy, target
from tests.support.story import Story

HOURS = [
    Scenario(
        "the lunch break does not count",
        # 11:30 to 13:15 in Berlin: half an hour before lunch and a quarter after it.
        Story().created("2026-03-02 10:30").reply("2026-03-02 12:15").events,
        "2026-03-03 09:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY: [105 * MINUTE], M.FIRST_REPLY_BUSINESS: [45 * MINUTE]},
        ((FR, 1, "met", "2026-03-02 12:15"),),
    ),
    Scenario(
        "a night and a weekend do not count, a Saturday with special hours does",
        # Friday 6 March 16:30 in Berlin: half an hour, Saturday 10 to 11 one hour, and half an hour of Monday: due 09:30.
        Story().created("2026-03-06 15:30").events,
        "2026-03-09 12:00",
        OFFICE_HOURS,
        verdicts=((FR, 1, "breached", "2026-03-09 08:30"),),
    ),
    Scenario(
        "holidays do not count, and Easter crosses a weekend",
        # Thursday 2 April 16:00 in Berlin (UTC+2): one hour; Friday and Monday are closed; Tuesday 9 to 10: due 08:00 UTC.
        Story().created("2026-04-02 14:00").reply("2026-04-07 07:30").events,
        "2026-04-08 12:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY_BUSINESS: [90 * MINUTE]},
        ((FR, 1, "met", "2026-04-07 07:30"),),
    ),
    Scenario(
        "the deadline of an urgent ticket written at night is an hour after opening, before and after the change to summer time",
        Story("T1").created("2026-03-27 22:00", priority=Priority.URGENT).events
        + Story("T2").created("2026-03-26 22:00", priority=Priority.URGENT).events,
        "2026-04-01 12:00",
        OFFICE_HOURS,
        # Monday 30 March 10:00 in Berlin is 08:00 UTC (summer); Friday 27 March 10:00 is 09:00 UTC (winter).
        verdicts=((FR, 1, "breached", "2026-03-27 09:00"), (FR, 1, "breached", "2026-03-30 08:00")),
    ),
    Scenario(
        "the night in which the clock goes forward has seven working hours",
        Story().created("2026-03-28 20:00").reply("2026-03-29 05:00").events,  # 21:00 winter to 07:00 summer time
        "2026-04-01 12:00",
        domain(default="night"),
        {M.FIRST_REPLY: [9 * HOUR], M.FIRST_REPLY_BUSINESS: [7 * HOUR]},
    ),
    Scenario(
        "a limit reached at closing time is due then, not at the next opening",
        Story().created("2026-03-02 14:00").reply("2026-03-03 07:59").events,  # 15:00 in Berlin; two hours end at 17:00
        "2026-03-04 12:00",
        OFFICE_HOURS,
        {M.FIRST_REPLY_BUSINESS: [2 * HOUR]},
        ((FR, 1, "breached", "2026-03-02 16:00"),),
    ),
    Scenario(
        "a move to a queue with other hours keeps what has elapsed on the old ones",
        # Always-open queue from 05:00 to 06:00 UTC: one hour of two. Then office hours: from 09:00 to 10:00 in Berlin.
        Story().created("2026-03-02 05:00", queue="round").change("2026-03-02 06:00", queue="office").events,
        "2026-03-04 12:00",
        domain(policy(target(FR, 2 * HOUR, clock=Clock.BUSINESS)), round="always", office="office"),
        verdicts=((FR, 1, "breached", "2026-03-02 09:00"),),
    ),
    Scenario(
        "a chat while the office is closed has the promise of mail, one during its hours that of chat",
        # Monday 18:00 in Berlin: closed, so two working hours from Tuesday 09:00. Tuesday 10:00: open, five minutes.
        Story("T1").created("2026-03-02 17:00", channel=Channel.CHAT).events
        + Story("T2").created("2026-03-03 09:00", channel=Channel.CHAT).events,
        "2026-03-04 12:00",
        OUT_OF_HOURS,
        verdicts=((FR, 1, "breached", "2026-03-03 10:00"), (FR, 1, "breached", "2026-03-03 09:05")),
    ),
    Scenario(
        "what holds is decided by when the wait began: opening time does not make a mail of the night a chat",
        Story()
        .created("2026-03-02 17:00", channel=Channel.CHAT)
        .change("2026-03-03 08:30", tags=("asked",))
        .reply("2026-03-03 09:30")
        .events,
        "2026-03-04 12:00",
        OUT_OF_HOURS,
        {M.FIRST_REPLY_BUSINESS: [90 * MINUTE]},
        ((FR, 1, "met", "2026-03-03 09:30"),),
    ),
    Scenario(
        "a team's hours count where the queue has none of its own",
        # The owls work from 22:00 in Berlin, which is 21:00 UTC; a queue that is always open has its own hours.
        Story("T1").created("2026-03-02 20:00", queue="any", team="owls").reply("2026-03-02 22:00").events
        + Story("T2").created("2026-03-02 20:00", queue="round", team="owls").reply("2026-03-02 23:00").events,
        "2026-03-04 12:00",
        OUT_OF_HOURS,
        {M.FIRST_REPLY_BUSINESS: [HOUR, 3 * HOUR]},
        ((FR, 1, "met", "2026-03-02 22:00"), (FR, 1, "breached", "2026-03-02 22:00")),
    ),
]
