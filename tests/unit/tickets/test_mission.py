"""Rows of the mission that the fold carries, each with a number worked out by hand from its definition."""

from __future__ import annotations

import pytest

from pipeline.config import Domain, PolicyModel, SlaMeasure, Target
from pipeline.events import EventType, Priority, Status
from pipeline.measures import Clock, Measure, base
from pipeline.signals import SlaEventType
from tests.support.scenarios.terms import HOUR, MINUTE
from tests.support.story import Story, utc
from tests.support.sums import Sums, fold_all, records_of
from tests.unit.test_scenarios import minutes_of, observed

PLAIN = Domain()
FIRST_REPLY_WITHIN_AN_HOUR = Domain(
    policies=(
        PolicyModel(
            name="mail",
            targets=(
                Target(measure=SlaMeasure.FIRST_REPLY, within={Priority.NORMAL: HOUR}, clock=Clock.CALENDAR, at_risk=(0.75,)),
            ),
        ),
    )
)


def told(story: Story, until: str, domain: Domain = PLAIN) -> Sums:
    """Fold one ticket up to a time."""
    return fold_all(domain, records_of(story.events), utc(until), batch=1)[0]


@pytest.mark.mission("A1")
def test_first_response_time_is_first_customer_message_to_first_reply() -> None:
    story = Story().created("2026-03-02 09:00").bot("2026-03-02 09:01").reply("2026-03-02 09:30").reply("2026-03-02 11:00")
    assert observed(told(story, "2026-03-02 12:00"), Measure.FIRST_REPLY) == (1, 30 * MINUTE)


@pytest.mark.mission("A3")
def test_resolution_time_is_creation_to_solved_and_each_ticket_counts_once() -> None:
    story = Story().created("2026-03-02 09:00").solve("2026-03-02 11:00")
    story.status("2026-03-02 12:00", Status.OPEN).solve("2026-03-02 13:00")
    assert observed(told(story, "2026-03-02 14:00"), Measure.FULL_RESOLUTION) == (1, 4 * HOUR)
    assert observed(told(story, "2026-03-02 14:00"), Measure.FIRST_RESOLUTION) == (1, 2 * HOUR)


@pytest.mark.mission("A14")
def test_volume_is_counted_in_the_minute_of_creation() -> None:
    story = Story().created("2026-03-02 09:00:30", created_at=utc("2026-03-02 08:59:30")).solve("2026-03-02 11:00")
    assert minutes_of(told(story, "2026-03-02 12:00"), Measure.CREATED) == [utc("2026-03-02 08:59") // MINUTE]


@pytest.mark.mission("C2", "B.4.4")
def test_a_breach_stands_at_its_deadline_and_a_warning_ahead_of_it() -> None:
    sums = told(Story().created("2026-03-02 09:00"), "2026-03-02 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    assert sums.standing() == {("acme", "T1", "first_reply", 1, utc("2026-03-02 10:00")): 1}
    assert sums.said == {
        (SlaEventType.AT_RISK, utc("2026-03-02 09:45")): 1,
        (SlaEventType.BREACHED, utc("2026-03-02 10:00")): 1,
    }


@pytest.mark.mission("B.4.4")
def test_a_reply_exactly_at_the_deadline_is_met() -> None:
    sums = told(Story().created("2026-03-02 09:00").reply("2026-03-02 10:00"), "2026-03-02 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    assert observed(sums, Measure.SLA_FIRST_REPLY_MET) == (1, 1)
    assert sums.standing() == {}


@pytest.mark.mission("B.4.5")
def test_a_late_proof_of_a_reply_in_time_retracts_the_breach() -> None:
    story = Story().created("2026-03-02 09:00").note("2026-03-02 11:00").reply("2026-03-02 09:30")  # the reply arrives last
    sums = told(story, "2026-03-02 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    assert sums.standing() == {}
    assert sums.said[SlaEventType.BREACH_RETRACTED, utc("2026-03-02 10:00")] == 1
    assert observed(sums, Measure.SLA_FIRST_REPLY_BREACHED) == (0, 0)


@pytest.mark.mission("B.4.7")
@pytest.mark.parametrize("kind", [EventType.MERGED, EventType.SPAM_MARKED, EventType.DELETED])
def test_a_solve_fulfils_and_merge_spam_and_delete_cancel(kind: EventType) -> None:
    solved = told(Story().created("2026-03-02 09:00").solve("2026-03-02 09:10"), "2026-03-02 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    gone = told(Story().created("2026-03-02 09:00").add(kind, "2026-03-02 09:10"), "2026-03-02 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    assert observed(solved, Measure.SLA_FIRST_REPLY_MET) == (1, 1)
    for measure in (Measure.SLA_FIRST_REPLY_MET, Measure.SLA_FIRST_REPLY_BREACHED):
        assert observed(gone, measure) == (0, 0)
    assert gone.plain_work() == {}


@pytest.mark.mission("B.4.8")
def test_reopening_does_not_restart_the_first_reply() -> None:
    story = Story().created("2026-03-02 09:00").reply("2026-03-02 09:10", status=Status.SOLVED)
    story.customer("2026-03-07 09:00", status=Status.OPEN).reply("2026-03-07 09:20")  # five days later (chatwoot PR 12058)
    sums = told(story, "2026-03-08 12:00", FIRST_REPLY_WITHIN_AN_HOUR)
    assert observed(sums, Measure.FIRST_REPLY) == (1, 10 * MINUTE)
    assert observed(sums, Measure.NEXT_REPLY) == (1, 20 * MINUTE)
    assert observed(sums, Measure.SLA_FIRST_REPLY_MET) == (1, 1)


@pytest.mark.mission("B.4.11")
def test_calendar_and_business_time_stand_side_by_side() -> None:
    office = Domain.model_validate(
        {
            "calendars": {
                "office": {"hours": {day: [{"since": "09:00", "until": "17:00"}] for day in ("mon", "tue", "wed", "thu", "fri")}}
            },
            "default_calendar": "office",
        }
    )
    story = Story().created("2026-03-06 16:30").reply("2026-03-09 09:15")  # Friday to Monday
    sums = told(story, "2026-03-10 12:00", office)
    assert observed(sums, Measure.FIRST_REPLY) == (1, 64 * HOUR + 45 * MINUTE)
    assert observed(sums, Measure.FIRST_REPLY_BUSINESS) == (1, 45 * MINUTE)


@pytest.mark.mission("B.4.10")
def test_a_reply_is_its_authors_and_of_the_team_that_held_the_ticket_then() -> None:
    # Written at 09:00; tier 1 answers at 09:30, though nobody there is assigned. Handed on at 10:00, written again at
    # 10:15; tier 2 answers at 11:00. So tier 1 took 30 minutes and tier 2 took 45, whoever holds the ticket now.
    story = Story().created("2026-03-02 09:00", team="tier1", assignee="router").bot("2026-03-02 09:01").reply("2026-03-02 09:30")
    story.change("2026-03-02 10:00", team="tier2", assignee="ben").customer("2026-03-02 10:15").reply("2026-03-02 11:00")
    story.change("2026-03-02 12:00", team="tier3", assignee="cat")
    domain = Domain.model_validate(
        {"dimensions": ["team"], "segments": [[]], "jump": {"segments": [[]]}, "automations": ["router"]}
    )
    sums = told(story, "2026-03-02 13:00", domain)
    assert by_team(sums, Measure.FIRST_REPLY) == {"tier1": 30 * MINUTE}
    assert by_team(sums, Measure.NEXT_REPLY) == {"tier2": 45 * MINUTE}
    assert by_team(sums, Measure.REPLIES) == {"tier1": 1, "tier2": 1}
    assert by_team(sums, Measure.TRANSFERS) == {"tier2": 1, "tier3": 1}


@pytest.mark.mission("B.4.10")
def test_numbers_of_the_author_and_of_the_assignee_stand_apart() -> None:
    # Ann answers Ben's ticket after 30 minutes: the reply is hers, though he holds it and solves it at 11:00. The promise
    # of an update within an hour after it breaks at 10:30: time did that, nobody else.
    target = {"measure": "periodic_update", "within": {"normal": "1h"}, "clock": "calendar"}
    story = Story().created("2026-03-02 09:00", assignee="ben", actor_id="carla").reply("2026-03-02 09:30", actor_id="ann")
    story.solve("2026-03-02 11:00", actor_id="ben")
    given = {"dimensions": ["author", "assignee"], "segments": [["author"]], "jump": {"segments": [["author"]]}}
    sums = told(story, "2026-03-02 13:00", Domain.model_validate(given | {"policies": [{"name": "all", "targets": [target]}]}))
    assert by_leaf(sums, Measure.FIRST_REPLY) == {("ann", "ben"): 30 * MINUTE}
    assert by_leaf(sums, Measure.REPLIES) == {("ann", "ben"): 1}
    assert by_leaf(sums, Measure.CREATED) == {("", "ben"): 1}
    assert by_leaf(sums, Measure.SLA_PERIODIC_UPDATE_BREACHED) == {("", "ben"): 1}
    assert by_leaf(sums, Measure.SOLVED) == {("ben", "ben"): 1}
    assert by_leaf(sums, Measure.FULL_RESOLUTION) == {("ben", "ben"): 120 * MINUTE}


def by_team(sums: Sums, measure: Measure) -> dict[str, int]:
    """Return the sum of a measure in each leaf, where the team is the only dimension."""
    return {team: amount for (team,), amount in by_leaf(sums, measure).items()}


def by_leaf(sums: Sums, measure: Measure) -> dict[tuple[str, ...], int]:
    """Return the sum of a measure in each leaf."""
    found: dict[tuple[str, ...], int] = {}
    for (_, leaf, _), cell in sums.codes.items():
        if cell.get(base(measure)):
            found[leaf] = found.get(leaf, 0) + cell[base(measure)]
    return found


@pytest.mark.parametrize(("moved", "said"), [("2026-03-02 09:30", 0), ("2026-03-02 09:50", 1)])
def test_a_promise_that_ceases_is_said_to_be_cancelled_once_it_was_at_risk(moved: str, said: int) -> None:
    target = {"measure": "first_reply", "within": {"normal": "1h"}, "clock": "calendar", "at_risk": [0.75]}
    policy = {"name": "billing", "when": {"queues": ["billing"]}, "targets": [target]}
    story = Story().created("2026-03-02 09:00", queue="billing").change(moved, queue="sales")
    sums = told(story, "2026-03-02 12:00", Domain.model_validate({"policies": [policy]}))
    assert sums.said[SlaEventType.CANCELLED, utc(moved)] == said
    assert sums.standing() == {}
