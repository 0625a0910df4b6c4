"""Pauses, changes of promise, and when a breach is told."""

from __future__ import annotations

from pipeline.config import Condition, SlaMeasure
from pipeline.events import EventType, Priority, Status
from pipeline.measures import Work
from tests.support.complaints.complaint import CHATWOOT, ZAMMAD, Complaint, about
from tests.support.scenarios import Scenario
from tests.support.scenarios.terms import (
    FR,
    HOUR,
    MINUTE,
    NR,
    PROMISED,
    RES,
    RESOLVED,
    WAIT,
    WORK,
    M,
    domain,
    policy,
    target,
)
from tests.support.story import Story

UNATTENDED = domain(
    policy(target(FR, HOUR), target(NR, HOUR), when=Condition(queues=("billing",))),
    policy(target(NR, 30 * MINUTE), name="gold", when=Condition(teams=("gold",))),
)

CLOCKS = [
    about(
        "frappe/helpdesk",
        "pull/2449",
        life=Scenario(
            "time on hold moves a deadline, never the creation: the resolution is eight hours, the work one",
            Story()
            .created("2026-03-02 09:00")
            .status("2026-03-02 09:30", Status.HOLD)
            .status("2026-03-02 16:30", Status.OPEN)
            .solve("2026-03-02 17:00")
            .events,
            "2026-03-03 12:00",
            RESOLVED,
            {M.FIRST_RESOLUTION: [8 * HOUR]},
            (
                (RES, 1, "met", "2026-03-02 17:00"),
                (WAIT, 1, "breached", "2026-03-02 13:00"),
                (WORK, 1, "met", "2026-03-02 17:00"),
            ),
        ),
    ),
    about(
        "frappe/helpdesk",
        "issues/1554",
        life=Scenario(
            "a paused clock does not tick: three hours pending leave one hour of wait",
            Story()
            .created("2026-03-02 09:00")
            .status("2026-03-02 09:30", Status.PENDING)
            .status("2026-03-02 12:30", Status.OPEN)
            .solve("2026-03-02 13:00:00.001")
            .events,
            "2026-03-03 12:00",
            domain(policy(target(WAIT, HOUR))),
            verdicts=((WAIT, 1, "breached", "2026-03-02 13:00"),),
        ),
    ),
    about(
        "frappe/helpdesk",
        "pull/3776",
        life=Scenario(
            "from paused straight to solved, the pause is kept",
            Story().created("2026-03-02 09:00").status("2026-03-02 09:30", Status.PENDING).solve("2026-03-04 09:00").events,
            "2026-03-05 12:00",
            domain(policy(target(WAIT, HOUR))),
            verdicts=((WAIT, 1, "met", "2026-03-04 09:00"),),
        ),
    ),
    about(
        "glpi-project/glpi",
        "issues/6902",
        life=Scenario(
            "another promise keeps the pause that has been: 30 minutes before it, so the new limit of 2 h is reached at 15:00",
            Story()
            .created("2026-03-02 09:00")
            .status("2026-03-02 09:30", Status.PENDING)
            .status("2026-03-02 13:30", Status.OPEN, priority=Priority.URGENT)
            .events,
            "2026-03-02 18:00",
            domain(policy(target(WAIT, 4 * HOUR, 2 * HOUR))),
            verdicts=((WAIT, 1, "breached", "2026-03-02 15:00"),),
        ),
    ),
    about(
        ZAMMAD,
        "issues/5624",
        life=Scenario(
            "a ticket moved to a queue without promises takes no old clock with it",
            Story()
            .created("2026-03-02 09:00", queue="billing")
            .reply("2026-03-02 09:10")
            .customer("2026-03-02 10:00")
            .change("2026-03-02 10:30", queue="sales")
            .events,
            "2026-03-03 12:00",
            UNATTENDED,
            verdicts=((FR, 1, "met", "2026-03-02 09:10"),),
        ),
    ),
    about(
        ZAMMAD,
        "issues/5177",
        life=Scenario(
            "a promise of updates does not take the place of that of the first reply",
            Story().created("2026-03-02 09:00").reply("2026-03-02 10:30").events,
            "2026-03-02 12:00",
            domain(policy(target(FR, HOUR), target(SlaMeasure.PERIODIC_UPDATE, 2 * HOUR))),
            verdicts=((FR, 1, "breached", "2026-03-02 10:00"), (SlaMeasure.PERIODIC_UPDATE, 1, "met", "2026-03-02 10:30")),
        ),
    ),
    about(
        ZAMMAD,
        "issues/3140",
        life=Scenario(
            "once answered, nothing escalates",
            Story().created("2026-03-02 09:00").reply("2026-03-02 09:59").events,
            "2026-03-09 12:00",
            PROMISED,
            verdicts=((FR, 1, "met", "2026-03-02 09:59"),),
            work={Work.OPEN: ["2026-03-02 09:00"], Work.UNASSIGNED: ["2026-03-02 09:00"]},
        ),
    ),
    about(
        ZAMMAD,
        "issues/904",
        "issues/2082",
        life=Scenario(
            "a merged ticket never escalates",
            Story().created("2026-03-02 09:00").add(EventType.MERGED, "2026-03-02 09:30", merged_into="T2").events,
            "2026-03-09 12:00",
            PROMISED,
            verdicts=(),
            work={},
        ),
    ),
    about(
        ZAMMAD,
        "issues/2579",
        life=Scenario(
            "a ticket closed without ever being solved or answered has its resolution time",
            Story().created("2026-03-02 09:00").status("2026-03-02 09:40", Status.CLOSED).events,
            "2026-03-02 12:00",
            RESOLVED,
            {M.FIRST_RESOLUTION: [40 * MINUTE], M.FULL_RESOLUTION: [40 * MINUTE]},
            tuple((measure, 1, "met", "2026-03-02 09:40") for measure in (RES, WAIT, WORK)),
        ),
    ),
    about(
        CHATWOOT,
        "issues/10178",
        life=Scenario(
            "a customer's thanks after the solve starts no clock; another team has its own promise at once",
            Story("T1")
            .created("2026-03-02 09:00", queue="billing")
            .reply("2026-03-02 09:10", status=Status.SOLVED)
            .customer("2026-03-02 09:20")
            .events
            + Story("T2")
            .created("2026-03-02 09:00", queue="any", team="tin")
            .reply("2026-03-02 09:05")
            .customer("2026-03-02 10:00")
            .change("2026-03-02 10:10", team="gold")
            .events,
            "2026-03-03 12:00",
            UNATTENDED,
            {M.NEXT_REPLY: []},
            ((FR, 1, "met", "2026-03-02 09:10"), (NR, 1, "breached", "2026-03-02 10:30")),
        ),
    ),
    Complaint(
        ("https://github.com/intercom/Intercom-OpenAPI", "https://support.zendesk.com/hc/en-us/articles/4408885881498"),
        Scenario(
            "a promise is broken at its deadline, though nobody ever replies: not at the next reply, not at the next full hour",
            Story().created("2026-03-02 09:07:13.500").events,
            "2026-03-02 10:07:13.501",
            PROMISED,
            verdicts=((FR, 1, "breached", "2026-03-02 10:07:13.500"),),
        ),
    ),
    Complaint(
        ("https://support.zendesk.com/hc/en-us/articles/4408885881498",),
        Scenario(
            "a promise applied anew breaks no second time",
            Story()
            .created("2026-03-02 09:00")
            .change("2026-03-02 11:00", priority=Priority.URGENT)
            .change("2026-03-02 12:00", priority=Priority.NORMAL)
            .change("2026-03-02 13:00", priority=Priority.URGENT)
            .events,
            "2026-03-03 12:00",
            PROMISED,
            verdicts=((FR, 1, "breached", "2026-03-02 10:00"),),
        ),
    ),
    Complaint(
        ("https://github.com/fivetran/dbt_zendesk/blob/main/DECISIONLOG.md",),
        Scenario(
            "a priority changed afterwards alters nothing that was: the reply was in time for what was promised then",
            Story()
            .created("2026-03-02 09:00")
            .reply("2026-03-02 09:40")
            .change("2026-03-02 10:00", priority=Priority.URGENT)
            .events,
            "2026-03-03 12:00",
            PROMISED,
            verdicts=((FR, 1, "met", "2026-03-02 09:40"),),
            leaves={},
        ),
    ),
    about(
        CHATWOOT,
        "issues/6889",
        life=Scenario(
            "what has waited for long is told before the deadline: after three quarters of it",
            Story().created("2026-03-02 09:00", assignee="ana").events,
            "2026-03-02 09:45",
            PROMISED,
            verdicts=(),
            work={
                Work.OPEN: ["2026-03-02 09:00"],
                Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00"],
                Work.AT_RISK: ["2026-03-02 09:45"],
            },
        ),
    ),
]
