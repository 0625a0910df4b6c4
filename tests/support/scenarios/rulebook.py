"""The rule book: every promise beyond first and next reply and first resolution, and those of teams."""

from __future__ import annotations

from pipeline.config import Condition, Domain, PolicyModel, SlaMeasure, Target
from pipeline.events import EventType, Priority, Status
from pipeline.measures import Clock, Work
from pipeline.policy import TeamGoal
from tests.support.scenarios.terms import FR, HOUR, MINUTE, M, Scenario, domain, policy, target
from tests.support.story import Story

EACH, UPDATE, TOTAL = SlaMeasure.EACH_REPLY, SlaMeasure.PERIODIC_UPDATE, SlaMeasure.TOTAL_RESOLUTION
PICKUP, TEAM = SlaMeasure.PICKUP, SlaMeasure.TEAM_TIME


def teams(*policies: PolicyModel) -> Domain:
    """Return a domain with promises of teams only."""
    return Domain(team_policies=policies)


def team(name: str, limit: int, until: TeamGoal = TeamGoal.HANDED_ON) -> PolicyModel:
    """Return what one queue's team promises."""
    promise = Target(measure=TEAM, within={Priority.NORMAL: limit}, clock=Clock.CALENDAR, until=until)
    return PolicyModel(name=name, when=Condition(queues=(name,)), targets=(promise,))


EACH_WITHIN_AN_HOUR = domain(policy(target(EACH, HOUR)))
UPDATED = domain(policy(target(UPDATE, 2 * HOUR)))
TOTALLED = domain(policy(target(TOTAL, 4 * HOUR)))
PICKED_UP = domain(policy(target(PICKUP, 30 * MINUTE)))
BETWEEN_TEAMS = teams(team("billing", 30 * MINUTE), team("technical", 2 * HOUR))

RULEBOOK = [
    Scenario(
        "each unanswered message has its own clock, and one reply answers them all",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10")
        .customer("2026-03-02 10:00")
        .customer("2026-03-02 10:40")
        .reply("2026-03-02 11:20")
        .events,
        "2026-03-02 15:00",
        EACH_WITHIN_AN_HOUR,
        {M.NEXT_REPLY: [80 * MINUTE]},
        (
            (EACH, 1, "met", "2026-03-02 09:10"),
            (EACH, 2, "breached", "2026-03-02 11:00"),
            (EACH, 3, "met", "2026-03-02 11:20"),
        ),
    ),
    Scenario(
        "what the customer writes within a minute of creating the ticket is part of it; a solve answers, too",
        Story()
        .created("2026-03-02 09:00")
        .customer("2026-03-02 09:01")
        .customer("2026-03-02 09:01:00.001")
        .solve("2026-03-02 09:30")
        .events,
        "2026-03-02 15:00",
        EACH_WITHIN_AN_HOUR,
        verdicts=((EACH, 1, "met", "2026-03-02 09:30"), (EACH, 2, "met", "2026-03-02 09:30")),
    ),
    Scenario(
        "messages on a solved ticket are answered by themselves once it is reopened",
        Story()
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10", status=Status.SOLVED)
        .customer("2026-03-02 10:00")
        .customer("2026-03-02 10:50")
        .status("2026-03-02 11:30", Status.OPEN)
        .reply("2026-03-02 11:40")
        .events,
        "2026-03-02 15:00",
        EACH_WITHIN_AN_HOUR,
        verdicts=(
            (EACH, 1, "met", "2026-03-02 09:10"),
            (EACH, 2, "breached", "2026-03-02 11:00"),
            (EACH, 3, "met", "2026-03-02 11:40"),
        ),
    ),
    Scenario(
        "an update is due a period after the last one; it pauses while pending or solved, and reopening goes on",
        # The second: 10:00 to 10:30, then from 15:30 on; the third: 16:45 to 17:00, then from 09:00 the next day on.
        Story()
        .created("2026-03-02 09:00", assignee="ana")
        .reply("2026-03-02 10:00")
        .status("2026-03-02 10:30", Status.PENDING)
        .status("2026-03-02 15:30", Status.OPEN)
        .reply("2026-03-02 16:45")
        .solve("2026-03-02 17:00")
        .status("2026-03-03 09:00", Status.OPEN)
        .events,
        "2026-03-03 12:00",
        UPDATED,
        verdicts=(
            (UPDATE, 1, "met", "2026-03-02 10:00"),
            (UPDATE, 2, "met", "2026-03-02 16:45"),
            (UPDATE, 3, "breached", "2026-03-03 10:45"),
        ),
        work={Work.OPEN: ["2026-03-02 09:00"], Work.BREACHED: ["2026-03-03 10:45"]},
    ),
    Scenario(
        "a solved ticket owes no update, and shows none as late",
        Story().created("2026-03-02 09:00").solve("2026-03-02 12:00").events,
        "2026-03-09 12:00",
        UPDATED,
        verdicts=((UPDATE, 1, "breached", "2026-03-02 11:00"),),
        work={},
    ),
    Scenario(
        "the total resolution is met by the last solve: what an earlier one said is taken back",
        Story()
        .created("2026-03-02 09:00")
        .solve("2026-03-02 11:00")
        .status("2026-03-02 15:00", Status.OPEN)
        .solve("2026-03-02 17:00")
        .events,
        "2026-03-04 12:00",
        TOTALLED,
        verdicts=((TOTAL, 1, "met", "2026-03-02 17:00"),),
    ),
    Scenario(
        "reopening resumes the total resolution with its elapsed time: its breach takes the place of having been met",
        Story()
        .created("2026-03-02 09:00")
        .solve("2026-03-02 11:00")
        .status("2026-03-02 15:00", Status.OPEN)
        .solve("2026-03-02 17:00:00.001")
        .events,
        "2026-03-04 12:00",
        TOTALLED,
        verdicts=((TOTAL, 1, "breached", "2026-03-02 17:00"),),
    ),
    Scenario(
        "a change of priority on a solved ticket breaks its total resolution at the reopening, not before",
        Story()
        .created("2026-03-02 09:00")
        .solve("2026-03-02 11:00")
        .change("2026-03-02 12:00", priority=Priority.URGENT)
        .status("2026-03-02 15:00", Status.OPEN)
        .events,
        "2026-03-02 15:30",
        domain(policy(target(TOTAL, 4 * HOUR, HOUR))),
        verdicts=((TOTAL, 1, "breached", "2026-03-02 15:00"),),
    ),
    Scenario(
        "a total resolution met at its very deadline is due again when the ticket is reopened",
        Story().created("2026-03-02 09:00").solve("2026-03-02 13:00").status("2026-03-02 15:00", Status.OPEN).events,
        "2026-03-02 15:30",
        TOTALLED,
        verdicts=((TOTAL, 1, "breached", "2026-03-02 15:00"),),
    ),
    Scenario(
        "a pickup ends with the first assignment, and begins again when nobody holds the ticket any more",
        Story()
        .created("2026-03-02 09:00")
        .change("2026-03-02 09:20", assignee="ana")
        .change("2026-03-02 09:40", assignee="ben")
        .change("2026-03-02 10:00", queue="technical", assignee="")
        .change("2026-03-02 10:45", assignee="ana")
        .events,
        "2026-03-02 15:00",
        PICKED_UP,
        verdicts=((PICKUP, 1, "met", "2026-03-02 09:20"), (PICKUP, 2, "breached", "2026-03-02 10:30")),
    ),
    Scenario(
        "a ticket that is assigned as it is created is picked up at once; one reopened without anybody waits again",
        Story("T1").created("2026-03-02 09:00", assignee="ana").solve("2026-03-02 10:00", assignee="").events
        + Story("T2").created("2026-03-02 09:00").solve("2026-03-02 09:10").status("2026-03-02 12:00", Status.OPEN).events,
        "2026-03-02 15:00",
        PICKED_UP,
        verdicts=(
            (PICKUP, 1, "met", "2026-03-02 09:00"),
            (PICKUP, 1, "met", "2026-03-02 09:10"),
            (PICKUP, 2, "breached", "2026-03-02 12:30"),
        ),
    ),
    Scenario(
        "every team has its own promise for the time that it holds a ticket, in its own leaf",
        # Billing: 09:00, due 09:30. Technical: 10:00 to 10:30, pending, 12:00 to 13:00. Billing again: 13:00, solved 13:10.
        Story()
        .created("2026-03-02 09:00", queue="billing")
        .change("2026-03-02 10:00", queue="technical")
        .status("2026-03-02 10:30", Status.PENDING)
        .status("2026-03-02 12:00", Status.OPEN)
        .change("2026-03-02 13:00", queue="billing")
        .solve("2026-03-02 13:10")
        .events,
        "2026-03-02 18:00",
        BETWEEN_TEAMS,
        verdicts=(
            (TEAM, 1, "breached", "2026-03-02 09:30"),
            (TEAM, 2, "met", "2026-03-02 13:00"),
            (TEAM, 3, "met", "2026-03-02 13:10"),
        ),
        leaves={M.SLA_TEAM_TIME_MET: [("technical", "", "normal"), ("billing", "", "normal")]},
    ),
    Scenario(
        "a team that has promised an answer keeps it with an internal note, one that has promised a reply does not",
        Story("T1").created("2026-03-02 09:00", queue="law").note("2026-03-02 09:50").events
        + Story("T2").created("2026-03-02 09:00", queue="field").note("2026-03-02 09:50").reply("2026-03-02 11:00").events,
        "2026-03-02 18:00",
        teams(team("law", HOUR, TeamGoal.ANSWER), team("field", HOUR, TeamGoal.REPLY)),
        verdicts=((TEAM, 1, "met", "2026-03-02 09:50"), (TEAM, 1, "breached", "2026-03-02 10:00")),
    ),
    Scenario(
        "the team's name goes before its queue: another queue of the same team is no hand-over",
        Story()
        .created("2026-03-02 09:00", queue="billing", team="money")
        .change("2026-03-02 09:20", queue="invoices")
        .change("2026-03-02 09:50", team="goods")
        .events,
        "2026-03-02 18:00",
        Domain(team_policies=(PolicyModel(name="all", targets=(target(TEAM, HOUR),)),)),
        verdicts=((TEAM, 1, "met", "2026-03-02 09:50"), (TEAM, 2, "breached", "2026-03-02 10:50")),
    ),
    Scenario(
        "a promise between teams stands beside the customer's, not in its place",
        Story().created("2026-03-02 09:00", queue="billing").reply("2026-03-02 09:40").events,
        "2026-03-02 12:00",
        Domain(policies=(policy(target(FR, HOUR)),), team_policies=(team("billing", 30 * MINUTE),)),
        verdicts=((FR, 1, "met", "2026-03-02 09:40"), (TEAM, 1, "breached", "2026-03-02 09:30")),
    ),
    Scenario(
        "merge, spam and delete cancel the promises of teams, of pickup and of the last solve",
        Story().created("2026-03-02 09:00", queue="billing").add(EventType.MERGED, "2026-03-02 09:10").events,
        "2026-03-04 12:00",
        Domain(
            policies=(policy(*(target(measure, HOUR) for measure in (EACH, UPDATE, TOTAL, PICKUP))),),
            team_policies=(team("billing", 30 * MINUTE),),
        ),
        verdicts=(),
        work={},
    ),
]
