"""Who is promised what, and since when: VIP customers, versions, pauses and warnings of a target, relaxed promises, new cases."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.config import Condition, CycleModel, Domain, PolicyModel, Target, VipModel
from pipeline.events import Priority, Status
from pipeline.measures import Clock, Work
from tests.support.scenarios.terms import FR, HOUR, MINUTE, NR, RES, WAIT, M, Scenario, domain, policy, target
from tests.support.story import AUTOMATION, Story

MARCH, LATE_MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
VERSIONED = Domain(
    policies=(
        PolicyModel(name="standard", version=1, targets=(target(FR, HOUR),)),
        PolicyModel(name="standard", version=2, effective_from=MARCH, targets=(target(FR, 2 * HOUR),)),
        PolicyModel(name="gone", effective_until=LATE_MARCH, targets=(target(FR, 5 * HOUR),)),
    )
)
VIPS = Domain(
    vip=VipModel(customer_tiers=("gold",), tags=("vip",)),
    policies=(
        policy(target(FR, 10 * MINUTE), name="vip", when=Condition(vip=True, excluded_tags=("test",))),
        policy(target(FR, 20 * MINUTE), name="silver", when=Condition(customer_tiers=("silver",))),
        policy(target(FR, HOUR), name="others", when=Condition(vip=False)),
    ),
)
SNOOZING = Domain(
    policies=(
        PolicyModel(
            name="snoozing",
            targets=(
                Target(measure=NR, within={Priority.NORMAL: HOUR}, clock=Clock.CALENDAR, pauses=(Status.SNOOZED,)),
                Target(measure=WAIT, within={Priority.NORMAL: 4 * HOUR}, clock=Clock.CALENDAR, pauses=()),
            ),
        ),
    )
)
WARNED = Domain(
    policies=(
        PolicyModel(
            name="warned",
            targets=(
                Target(
                    measure=FR,
                    within={Priority.NORMAL: HOUR, Priority.URGENT: 10 * MINUTE},
                    clock=Clock.CALENDAR,
                    at_risk=(),
                    at_risk_before=(15 * MINUTE, 5 * MINUTE),
                ),
            ),
        ),
    )
)
RELAXING = domain(policy(target(FR, HOUR, 15 * MINUTE))).model_copy(update={"retract_on_relax": True})
NEW_CASES = domain(policy(target(FR, HOUR), target(NR, 2 * HOUR))).model_copy(
    update={"cycles": CycleModel(reopen_after=24 * HOUR, unanswered=True)}
)

CHOICES = [
    Scenario(
        "where the domain says so, a relaxed promise takes its breach back, and is judged by the new limit",
        Story("T1")
        .created("2026-03-02 09:00", priority=Priority.URGENT)
        .change("2026-03-02 09:20", priority=Priority.NORMAL)
        .reply("2026-03-02 09:30")
        .events
        + Story("T2")
        .created("2026-03-02 09:00", priority=Priority.URGENT)
        .change("2026-03-02 09:20", priority=Priority.NORMAL)
        .events
        + Story("T3")
        .created("2026-03-02 09:00", priority=Priority.URGENT)
        .change("2026-03-02 10:00", priority=Priority.NORMAL)
        .events,
        "2026-03-02 12:00",
        RELAXING,
        verdicts=(
            (FR, 1, "met", "2026-03-02 09:30"),
            (FR, 1, "breached", "2026-03-02 10:00"),
            (FR, 1, "breached", "2026-03-02 09:15"),
        ),
    ),
    Scenario(
        "where the domain says so, a ticket reopened after a day is a new case with a first reply of its own",
        Story("T1")
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10", status=Status.SOLVED)
        .customer("2026-03-03 09:10", status=Status.OPEN)
        .reply("2026-03-03 10:30")
        .customer("2026-03-03 11:00")
        .reply("2026-03-03 11:05")
        .events
        + Story("T2")
        .created("2026-03-02 09:00")
        .reply("2026-03-02 09:10", status=Status.SOLVED)
        .customer("2026-03-03 09:09:59.999", status=Status.OPEN)
        .reply("2026-03-03 10:30")
        .events,
        "2026-03-04 12:00",
        NEW_CASES,
        {
            M.FIRST_REPLY: [10 * MINUTE, 80 * MINUTE, 10 * MINUTE],
            M.NEXT_REPLY: [5 * MINUTE, 80 * MINUTE + 1],
            M.FIRST_RESOLUTION: [10 * MINUTE, 10 * MINUTE],
        },
        (
            (FR, 1, "met", "2026-03-02 09:10"),
            (FR, 2, "breached", "2026-03-03 10:10"),
            (NR, 1, "met", "2026-03-03 11:05"),
            (FR, 1, "met", "2026-03-02 09:10"),
            (NR, 1, "met", "2026-03-03 10:30"),
        ),
    ),
    Scenario(
        "a ticket that a bot solved before anybody replied is a new case when it is reopened: ten minutes, not five days",
        Story()
        .created("2026-03-02 09:00")
        .bot("2026-03-02 09:01")
        .status("2026-03-02 09:02", Status.SOLVED, by=AUTOMATION)
        .customer("2026-03-02 18:00", status=Status.OPEN)
        .reply("2026-03-02 18:10")
        .events,
        "2026-03-04 12:00",
        NEW_CASES,
        {M.FIRST_REPLY: [10 * MINUTE], M.FIRST_REPLY_RESPONDER: [10 * MINUTE], M.NEXT_REPLY: []},
        ((FR, 1, "met", "2026-03-02 09:02"), (FR, 2, "met", "2026-03-02 18:10")),
    ),
    Scenario(
        "VIP customers have their own promises, by their tier or by a tag; excluded tags keep others out",
        Story("T1").created("2026-03-02 09:00", customer_tier="gold").reply("2026-03-02 09:15").events
        + Story("T2").created("2026-03-02 09:00", tags=("vip",)).reply("2026-03-02 09:09").events
        + Story("T3").created("2026-03-02 09:00", customer_tier="silver").reply("2026-03-02 09:15").events
        + Story("T4").created("2026-03-02 09:00", customer_tier="gold", tags=("test",)).reply("2026-03-02 09:15").events
        + Story("T5").created("2026-03-02 09:00").reply("2026-03-02 09:50").events,
        "2026-03-02 12:00",
        VIPS,
        verdicts=(
            (FR, 1, "breached", "2026-03-02 09:10"),
            (FR, 1, "met", "2026-03-02 09:09"),
            (FR, 1, "met", "2026-03-02 09:15"),
            (FR, 1, "met", "2026-03-02 09:50"),
        ),
    ),
    Scenario(
        "a customer who becomes a VIP keeps the time that has passed",
        Story().created("2026-03-02 09:00").change("2026-03-02 09:05", customer_tier="gold").reply("2026-03-02 09:20").events,
        "2026-03-02 12:00",
        VIPS,
        verdicts=((FR, 1, "breached", "2026-03-02 09:10"),),
    ),
    Scenario(
        "a new version is for clocks that start from its first instant on; older ones keep what they were promised",
        Story("T1")
        .created("2026-03-02 11:59:59.999")
        .change("2026-03-02 12:30", queue="billing")
        .reply("2026-03-02 13:30")
        .events
        + Story("T2").created("2026-03-02 12:00").reply("2026-03-02 13:30").events,
        "2026-03-02 18:00",
        VERSIONED,
        verdicts=((FR, 1, "breached", "2026-03-02 12:59:59.999"), (FR, 1, "met", "2026-03-02 13:30")),
    ),
    Scenario(
        "the start of a clock decides about its version, not the event that tells of it",
        Story().created("2026-03-02 12:10", created_at=1_772_449_200_000).reply("2026-03-02 12:30").events,  # 11:00
        "2026-03-02 18:00",
        VERSIONED,
        verdicts=((FR, 1, "breached", "2026-03-02 12:00"),),
    ),
    Scenario(
        "pauses of a target take the place of those of its measure",
        # Next reply: 10:00 to 10:30, snoozed, from 12:00 on. The requester's wait does not pause while pending here.
        Story()
        .created("2026-03-02 09:00", status=Status.PENDING)
        .reply("2026-03-02 09:30")
        .customer("2026-03-02 10:00", status=Status.OPEN)
        .status("2026-03-02 10:30", Status.SNOOZED)
        .status("2026-03-02 12:00", Status.OPEN)
        .reply("2026-03-02 12:30")
        .events,
        "2026-03-02 18:00",
        SNOOZING,
        verdicts=((NR, 1, "met", "2026-03-02 12:30"), (WAIT, 1, "breached", "2026-03-02 13:00")),
    ),
    Scenario(
        "a warning may stand a while before the deadline; one longer than the limit is left out",
        Story("T1").created("2026-03-02 09:00", assignee="ana").events
        + Story("T2").created("2026-03-02 09:40", assignee="ana", priority=Priority.URGENT).events,
        "2026-03-02 09:46",
        WARNED,
        work={
            Work.OPEN: ["2026-03-02 09:00", "2026-03-02 09:40"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00", "2026-03-02 09:40"],
            Work.AT_RISK: ["2026-03-02 09:45", "2026-03-02 09:45"],
        },
    ),
    Scenario(
        "a ticket that no policy is for is said to be so, while it is open",
        Story("T1").created("2026-03-02 09:00", assignee="ana", queue="sales").events
        + Story("T2").created("2026-03-02 09:00", assignee="ana", queue="billing", priority=Priority.LOW).events
        + Story("T3").created("2026-03-02 09:00", queue="sales").solve("2026-03-02 10:00").events,
        "2026-03-02 12:00",
        domain(policy(target(RES, 4 * HOUR), when=Condition(queues=("billing",)))),
        work={
            Work.OPEN: ["2026-03-02 09:00", "2026-03-02 09:00"],
            Work.AWAITING_FIRST_REPLY: ["2026-03-02 09:00", "2026-03-02 09:00"],
            Work.UNMATCHED: ["2026-03-02 09:00"],
        },
    ),
]
