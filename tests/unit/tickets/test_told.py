"""What a ticket says to other topics, word for word: the causes of SLA events, and its record of clocks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline.additions import LeafAdditions
from pipeline.config import Domain, SlaMeasure
from pipeline.engine import Topic
from pipeline.events import Channel, EventType, Priority, Status
from pipeline.measures import Measure
from pipeline.signals import ClockState, SlaEvent, TicketClocks
from pipeline.tickets.telling import ADDITIONS_PER_RECORD, portions
from tests.support.scenarios.terms import HOUR, MINUTE
from tests.support.story import Story, utc
from tests.support.sums import fold_all, records_of
from tests.unit.test_scenarios import observed

EIGHT, NINE, TEN = "2026-03-02 08:00", "2026-03-02 09:00", "2026-03-02 10:00"


def promising(*measures: str, at_risk: float = 0.5) -> list[dict[str, Any]]:
    """Return policies that promise each measure within an hour."""
    target = {"within": {"normal": "1h"}, "clock": "calendar", "at_risk": [at_risk]}
    return [{"name": "all", "targets": [target | {"measure": measure} for measure in measures]}]


class Ear(list[bytes]):
    """Keeps what is said on one topic."""

    def __init__(self, story: Story, domain: Domain, until: str, topic: Topic) -> None:
        """Fold one ticket up to a time."""
        super().__init__()
        self.topic = topic
        self.sums, _ = fold_all(domain, records_of(story.events), utc(until), batch=1, hear=self.hear)

    def hear(self, emit: Any) -> None:
        if emit.topic is self.topic and emit.value is not None:
            self.append(emit.value)


@pytest.mark.parametrize(
    ("measure", "of_teams", "end", "ended_by", "cause"),
    [
        ("first_reply", False, lambda s: s.reply("2026-03-02 08:40"), "fulfilled", "reply"),
        ("periodic_update", False, lambda s: s.reply("2026-03-02 08:40"), "fulfilled", "reply"),
        ("first_reply", False, lambda s: s.add(EventType.ABANDONED, "2026-03-02 08:40"), "cancelled", "abandoned"),
        ("first_reply", False, lambda s: s.add(EventType.MERGED, "2026-03-02 08:40"), "cancelled", "gone"),
        ("first_reply", False, lambda s: s.solve("2026-03-02 08:40"), "fulfilled", "solve"),
        ("first_resolution", False, lambda s: s.solve("2026-03-02 08:40"), "fulfilled", "solve"),
        ("total_resolution", False, lambda s: s.solve("2026-03-02 08:40"), "fulfilled", "solve"),
        ("pickup", False, lambda s: s.change("2026-03-02 08:40", assignee="ann"), "fulfilled", "assigned"),
        ("team_time", True, lambda s: s.change("2026-03-02 08:40", team="tier2"), "fulfilled", "handed_on"),
        ("first_reply", False, lambda s: s.change("2026-03-02 08:40", priority=Priority.LOW), "cancelled", "no_promise"),
        ("first_reply", False, lambda s: s.change("2026-03-02 09:40", queue="x"), "breached", "deadline"),
    ],
)
def test_an_sla_event_names_what_ended_the_promise(measure: str, of_teams: bool, end: Any, ended_by: str, cause: str) -> None:
    domain = Domain.model_validate({"team_policies" if of_teams else "policies": promising(measure)})
    story = Story().created(EIGHT, queue="billing", team="tier1")
    end(story)
    said = [msgspec.json.decode(value, type=SlaEvent) for value in Ear(story, domain, TEN, Topic.SLA_EVENTS)]
    assert [(event.type.rpartition(".")[2], event.cause) for event in said[:2]] == [("at_risk", ""), (ended_by, cause)]
    assert said[0].occurred_at == utc("2026-03-02 08:30")
    assert (said[1].measure, said[1].policy, said[1].target_ms, said[1].started_at) == (measure, "all", HOUR, utc(EIGHT))


def test_the_record_of_a_tickets_clocks_holds_all_that_is_known_of_it() -> None:
    story = Story().created(EIGHT, queue="billing", team="tier1", assignee="ann", channel=Channel.CHAT, priority=Priority.NORMAL)
    story.reply("2026-03-02 08:10").solve("2026-03-02 08:30").status("2026-03-02 08:50", Status.OPEN)
    story.solve(NINE).status("2026-03-02 09:10", Status.OPEN).customer("2026-03-02 09:20")
    domain = Domain.model_validate({"policies": promising("next_reply", "total_resolution")})
    records = Ear(story, domain, "2026-03-02 09:45", Topic.CLOCKS)
    told = msgspec.json.decode(records[-1], type=TicketClocks)
    assert told == TicketClocks(
        tenant="acme",
        ticket_id="T1",
        as_of=told.as_of,
        status="open",
        priority="normal",
        queue="billing",
        channel="chat",
        team="tier1",
        assignee="ann",
        created_at=utc(EIGHT),
        waiting_since=utc("2026-03-02 09:20"),
        first_reply_ms=10 * MINUTE,
        first_resolution_ms=30 * MINUTE,
        full_resolution_ms=60 * MINUTE,
        replies=1,
        reopened=2,
        clocks=(
            # 30 minutes, 10 and 10 from the second opening on: the hour ends at 09:20, and half of it was over at 08:30.
            ClockState(
                measure=SlaMeasure.TOTAL_RESOLUTION,
                instance=1,
                state="breached",
                policy="all",
                target_ms=HOUR,
                started_at=utc(EIGHT),
                due_at=utc("2026-03-02 09:30"),
                at_risk_at=None,
            ),
            ClockState(
                measure=SlaMeasure.NEXT_REPLY,
                instance=1,
                state="running",
                policy="all",
                target_ms=HOUR,
                started_at=utc("2026-03-02 09:20"),
                due_at=utc("2026-03-02 10:20"),
                at_risk_at=utc("2026-03-02 09:50"),
            ),
        ),
    )


def test_a_reply_whose_failure_was_told_before_it_is_none() -> None:
    # The failure is dated before the message (skewed clocks), and both come in order.
    story = Story().created(EIGHT).failed("2026-03-02 08:09", "m1").reply("2026-03-02 08:10", message_id="m1")
    story.reply("2026-03-02 08:30")
    assert observed(fold_all(Domain(), records_of(story.events), utc(NINE), batch=1)[0], Measure.FIRST_REPLY) == (1, 30 * MINUTE)


def test_a_fallback_is_for_its_queues_alone() -> None:
    # Chat is closed at 08:00: in billing an email's promise (2 h) stands in for that of a chat (10 min); sales has no fallback.
    weekday = [{"since": "09:00", "until": "17:00"}]
    domain = Domain.model_validate(
        {
            "calendars": {"office": {"hours": {"mon": weekday}}},
            "default_calendar": "office",
            "fallbacks": [{"channel": "chat", "to": "email", "queues": ["billing"], "calendar": "office"}],
            "policies": [
                {
                    "name": channel,
                    "when": {"channels": [channel]},
                    "targets": [{"measure": "first_reply", "within": {"normal": within}, "clock": "calendar", "at_risk": []}],
                }
                for channel, within in (("chat", "10m"), ("email", "2h"))
            ],
        }
    )
    for queue, policy, breached_at in (("billing", "email", TEN), ("sales", "chat", "2026-03-02 08:10")):
        ear = Ear(Story().created(EIGHT, queue=queue, channel=Channel.CHAT), domain, "2026-03-02 11:00", Topic.SLA_EVENTS)
        (said,) = (msgspec.json.decode(value, type=SlaEvent) for value in ear)
        assert (said.policy, said.occurred_at, said.policy_version) == (policy, utc(breached_at), 1)


def test_a_promise_that_is_changed_warns_again_by_its_own_steps() -> None:
    # An hour becomes two at 08:40: half of it is over at 09:00, three quarters at 09:30.
    target = {"measure": "first_reply", "within": {"normal": "1h", "low": "2h"}, "clock": "calendar", "at_risk": [0.5, 0.75]}
    domain = Domain.model_validate({"policies": [{"name": "all", "targets": [target]}]})
    story = Story().created(EIGHT).change("2026-03-02 08:40", priority=Priority.LOW)
    said = [msgspec.json.decode(value, type=SlaEvent) for value in Ear(story, domain, "2026-03-02 09:45", Topic.SLA_EVENTS)]
    assert [(event.occurred_at, event.share) for event in said] == [
        (utc("2026-03-02 08:30"), 0.5),
        (utc(NINE), 0.5),
        (utc("2026-03-02 09:30"), 0.75),
    ]


def test_a_resting_promise_that_becomes_as_long_as_what_has_passed_is_broken_by_the_change() -> None:
    # Half an hour had passed at 08:30, when it began to rest: the new limit was reached then. The breach stands at the change.
    target = {"measure": "requester_wait", "within": {"normal": "1h", "low": "30m"}, "clock": "calendar", "at_risk": []}
    domain = Domain.model_validate({"policies": [{"name": "all", "targets": [target]}]})
    story = Story().created(EIGHT).status("2026-03-02 08:30", Status.PENDING).change("2026-03-02 08:40", priority=Priority.LOW)
    told = msgspec.json.decode(Ear(story, domain, TEN, Topic.CLOCKS)[-1], type=TicketClocks)
    assert [(clock.state, clock.due_at) for clock in told.clocks] == [("breached", utc("2026-03-02 08:40"))]


def test_records_of_additions_are_cut_where_all_their_leaves_together_are_too_large() -> None:
    leaves = [LeafAdditions((name,), {0: dict.fromkeys(range(ADDITIONS_PER_RECORD // 3), 1)}, {}) for name in "abcd"]
    assert [[leaf.leaf[0] for leaf in portion] for portion in portions(leaves)] == [["a", "b", "c"], ["d"]]
