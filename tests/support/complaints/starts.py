"""Where times begin, what counts as a reply, and what counts once."""

from __future__ import annotations

from pipeline.events import EventType, Status
from tests.support.complaints.complaint import CHATWOOT, ZAMMAD, about
from tests.support.scenarios import Scenario
from tests.support.scenarios.rulebook import TEAM, team, teams
from tests.support.scenarios.terms import (
    FR,
    HOUR,
    MINUTE,
    NR,
    PROMISED,
    M,
)
from tests.support.story import SYSTEM, Story

STARTS = [
    about(
        CHATWOOT,
        "pull/6409",
        "issues/8477",
        life=Scenario(
            "a bot's message is no first reply; the responder's own share counts from the hand-over",
            Story()
            .created("2026-03-02 09:00")
            .bot("2026-03-02 09:00:30")
            .add(EventType.HANDED_OFF, "2026-03-02 09:20", actor=SYSTEM)
            .reply("2026-03-02 09:30")
            .events,
            "2026-03-02 12:00",
            values={M.FIRST_REPLY: [30 * MINUTE], M.FIRST_REPLY_RESPONDER: [10 * MINUTE]},
        ),
    ),
    about(
        CHATWOOT,
        "issues/7679",
        life=Scenario(
            "the time with the bot stands in the customer's resolution, not in that of the people it handed the ticket to",
            Story()
            .created("2026-03-02 09:00", queue="bot")
            .change("2026-03-02 17:00", queue="billing")
            .solve("2026-03-02 17:20")
            .events,
            "2026-03-03 12:00",
            teams(team("billing", 30 * MINUTE)),
            {M.FIRST_RESOLUTION: [8 * HOUR + 20 * MINUTE]},
            ((TEAM, 2, "met", "2026-03-02 17:20"),),
        ),
    ),
    about(
        CHATWOOT,
        "issues/6548",
        "issues/6418",
        life=Scenario(
            "a customer who comes back three hours later has waited since then, not since the beginning",
            Story()
            .created("2026-03-02 09:00")
            .reply("2026-03-02 09:02")
            .customer("2026-03-02 12:00")
            .reply("2026-03-02 12:03")
            .events,
            "2026-03-02 15:00",
            values={M.FIRST_REPLY: [2 * MINUTE], M.NEXT_REPLY: [3 * MINUTE]},
        ),
    ),
    about(
        CHATWOOT,
        "pull/12058",
        life=Scenario(
            "a bot solves, the customer comes back after five days: nobody has had a first reply of five days",
            Story()
            .created("2026-03-02 09:00")
            .bot("2026-03-02 09:01", status=Status.SOLVED)
            .customer("2026-03-07 09:00", status=Status.OPEN)
            .reply("2026-03-07 09:10")
            .events,
            "2026-03-08 12:00",
            PROMISED,
            {M.FIRST_REPLY: [], M.NEXT_REPLY: [10 * MINUTE]},
            ((FR, 1, "met", "2026-03-02 09:01"), (NR, 1, "met", "2026-03-07 09:10")),
        ),
    ),
    about(
        CHATWOOT,
        "pull/12261",
        "issues/14141",
        "issues/6213",
        "issues/7348",
        life=Scenario(
            "a ticket solved twice: two solves, one full resolution, wherever it is asked for",
            Story()
            .created("2026-03-02 09:00")
            .solve("2026-03-02 10:00")
            .status("2026-03-02 11:00", Status.OPEN)
            .solve("2026-03-02 12:00")
            .events,
            "2026-03-02 15:00",
            values={M.SOLVED: [1, 1], M.FIRST_RESOLUTION: [HOUR], M.FULL_RESOLUTION: [3 * HOUR]},
        ),
    ),
    about(
        ZAMMAD,
        "issues/5013",
        life=Scenario(
            "a reopening is counted when it happens",
            Story().created("2026-03-02 09:00").solve("2026-03-02 10:00").customer("2026-03-02 11:00", status=Status.OPEN).events,
            "2026-03-02 15:00",
            values={M.REOPENED: [1], M.SOLVED: [1]},
        ),
    ),
    about(
        CHATWOOT,
        "issues/14307",
        life=Scenario(
            "a reply counts on the day of the reply, not of the conversation",
            Story().created("2026-03-02 23:50").reply("2026-03-03 00:10").events,
            "2026-03-03 12:00",
            PROMISED,
            {M.FIRST_REPLY: [20 * MINUTE]},
            ((FR, 1, "met", "2026-03-03 00:10"),),
        ),
    ),
    about(
        CHATWOOT,
        "issues/7402",
        "issues/11901",
        "issues/5966",
        "issues/1747",
        life=Scenario(
            "what a webhook says twice counts once",
            2 * Story().created("2026-03-02 09:00").reply("2026-03-02 09:10").solve("2026-03-02 09:20").events,
            "2026-03-02 12:00",
            PROMISED,
            {M.CREATED: [1], M.REPLIES: [1], M.SOLVED: [1], M.FIRST_REPLY: [10 * MINUTE]},
            ((FR, 1, "met", "2026-03-02 09:10"),),
        ),
    ),
]
