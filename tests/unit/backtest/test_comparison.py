"""Backtests worked out by hand: `trials.py` says what happens in the log."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from agents.configuration import default_domain, default_ladder
from agents.simulator import CENTRE, Disorder, Jump, simulate
from agents.simulator import lines as told_lines
from pipeline.arrival import keyed
from pipeline.backtest.comparison import Period, backtest
from pipeline.backtest.form import Catches, FalseAlarm, Firing, Incident, Labels, Outcomes, Tally, Verdict
from pipeline.backtest.labelling import Labelling, same_alert
from pipeline.backtest.narrowing import narrowed
from pipeline.backtest.trial import Trial
from pipeline.config import Domain
from pipeline.engine import Emit, Topic
from pipeline.offline import OfflineRun
from tests.support.story import utc
from tests.unit.backtest.trials import PRESENT, SINCE, UNTIL, M, at, compared, trial

NOON = Incident(where={"queue": "billing"}, since=at("12:00"), until=at("12:45"), name="nobody there")
FALSE_ID = f"nobody_answers:acme:queue=billing:{at('10:11')}"


def test_the_proposed_rule_fires_where_the_present_one_does_not() -> None:
    told = compared()
    assert [(one.present is None, one.proposed is None) for one in told.episodes] == [(True, False), (False, False)]
    first, second = told.episodes
    assert first.proposed is not None
    assert first.proposed.raised_at == at("10:11")
    assert second.present is not None
    assert second.present.raised_at == at("12:31")
    assert second.earlier_ms == 20 * M
    assert second.present.rules == ("nobody_answers",)
    assert second.present.summary.startswith("billing: no reply for ")
    assert (told.whole.present.alerts, told.whole.proposed.alerts) == (1, 2)
    assert told.tickets == 6
    assert told.headline[0].startswith("The proposed rules raise 2 alerts, the present ones 1; ")


def test_hours_on_end_when_the_alert_is_resolved() -> None:
    # The reply of 12:45 counts with the tick of 12:46, and five minutes of that resolve: on until 12:51, from 12:31 or 12:11 on;
    # before that from 10:11 to 10:26.
    told = compared()
    assert told.whole.present.on_ms == 20 * M
    assert told.whole.proposed.on_ms == (15 + 40) * M
    assert told.any_on_ms == (20 * M, 55 * M)


def test_tickets_are_caught_before_their_deadline() -> None:
    # Of the present promises three break at 12:30: the present alert comes at 12:31, the proposed one 19 minutes before.
    expected = Catches(tickets=3, present=0, proposed=3, earlier=3, later=0, present_lead_ms=None, proposed_lead_ms=19 * M)
    assert compared().catches == expected


def test_promises_are_counted_under_both_policies() -> None:
    promises = {(one.queue, one.measure): (one.present, one.proposed) for one in compared().promises}
    both = Outcomes(met=3, breached=3), Outcomes(met=0, breached=6)
    assert promises == {(None, "first_reply"): both, ("billing", "first_reply"): both}
    assert both[0].kept_ppm == 500_000
    said = "Promises of first reply: 6 of 6 broken under the proposed policies, 3 of 6 under the present ones."
    assert compared().headline[-1] == said


def test_a_promise_that_one_side_does_not_give_is_said() -> None:
    told = backtest(trial(PRESENT), trial(Domain()), Period(SINCE, UNTIL, SINCE, "UTC"), Labels())
    assert told.headline[-1] == "Promises of first reply: none under the proposed policies."
    assert told.promises[0].proposed.kept_ppm is None
    told = backtest(trial(Domain()), trial(PRESENT), Period(SINCE, UNTIL, SINCE, "UTC"), Labels())
    assert told.headline[-1] == "Promises of first reply: none under the present policies."
    assert told.catches is None


def test_labelled_incidents_are_found_and_what_lies_outside_is_false() -> None:
    told = compared(Labels(incidents=(NOON,)))
    assert told.whole.present == Tally(alerts=1, on_ms=20 * M, incidents=1)
    assert told.whole.proposed == Tally(alerts=2, on_ms=55 * M, incidents=1, false_alarms=1)
    (finding,) = told.findings
    assert (finding.present_at, finding.proposed_at) == (at("12:31"), at("12:11"))
    assert [one.verdict for one in told.episodes] == [Verdict.FALSE_ALARM, Verdict.INCIDENT]


def test_an_incident_elsewhere_is_missed_and_makes_the_rest_false() -> None:
    elsewhere = replace(NOON, where={"queue": "shipping"})
    told = compared(Labels(incidents=(elsewhere,)))
    assert (told.findings[0].present_at, told.findings[0].proposed_at) == (None, None)
    assert (told.whole.present.false_alarms, told.whole.proposed.false_alarms) == (1, 2)


def test_incomplete_labels_leave_the_rest_unlabelled() -> None:
    told = compared(Labels(incidents=(NOON,), complete=False))
    assert [one.verdict for one in told.episodes] == [Verdict.UNLABELLED, Verdict.INCIDENT]


@pytest.mark.parametrize(
    "label",
    [
        FalseAlarm(alert=FALSE_ID),
        FalseAlarm(alert=FALSE_ID.removesuffix("000") + "417"),
        FalseAlarm(where={"queue": "billing"}, since=at("10:00"), until=at("11:00")),
        FalseAlarm(where={"tenant": "acme"}, since=at("10:20"), until=at("10:21")),
    ],
    ids=["id", "id of a live run", "time", "tenant"],
)
def test_a_labelled_false_alarm_counts(label: FalseAlarm) -> None:
    told = compared(Labels(false_alarms=(label,)))
    assert (told.whole.present.false_alarms, told.whole.proposed.false_alarms) == (0, 1)
    assert [one.verdict for one in told.episodes] == [Verdict.FALSE_ALARM, Verdict.UNLABELLED]
    assert told.strangers == ()


def test_what_was_false_at_present_is_false_for_the_proposed_rules_at_the_same_time() -> None:
    raised = f"nobody_answers:acme:queue=billing:{at('12:31')}"
    told = compared(Labels(false_alarms=(FalseAlarm(alert=raised),)))
    assert (told.whole.present.false_alarms, told.whole.proposed.false_alarms) == (1, 1)


def test_labels_that_fit_no_alert_are_said() -> None:
    stranger = "nobody_answers:acme:queue=shipping:1"
    assert compared(Labels(false_alarms=(FalseAlarm(alert=stranger),))).strangers == (stranger,)


def test_an_id_names_an_alert_of_the_same_rule_place_and_time() -> None:
    firing = Firing(
        id=FALSE_ID, rule="nobody_answers", severity="page", tenant="acme", segment={}, onset_at=0, raised_at=0, summary=""
    )
    assert same_alert(FALSE_ID, firing)
    assert not same_alert(FALSE_ID.replace("nobody", "anybody"), firing)
    assert not same_alert(f"nobody_answers:acme:queue=billing:{at('10:30')}", firing)
    assert not same_alert("no id at all", firing)


def test_a_label_of_its_own_goes_before_an_incident() -> None:
    firing = Firing(
        id=FALSE_ID, rule="r", severity="page", tenant="acme", segment={"queue": "billing"}, onset_at=0, raised_at=0, summary=""
    )
    whole_day = replace(NOON, since=0, until=10**13)
    labels = Labels(incidents=(whole_day,), false_alarms=(FalseAlarm(alert=FALSE_ID),))
    assert Labelling(labels, [firing], 10**13).verdict(firing) is Verdict.FALSE_ALARM
    assert Labelling(Labels(incidents=(whole_day,)), [firing], 10**13).verdict(firing) is Verdict.INCIDENT


def test_only_the_rules_that_are_asked_for_count() -> None:
    told = compared(rules=("frt_jump",))
    assert told.whole.proposed.alerts == 0
    assert told.episodes == ()
    assert told.headline[0] == "Neither side raises an alert."
    assert told.catches is not None
    assert told.catches.proposed == 0


def test_a_narrowed_run_keeps_what_rules_on_goals_and_levels_read() -> None:
    goal = {"name": "quick", "measure": "first_reply", "within": "1h", "share": 0.9, "segment": {"channel": "chat"}}
    dated = {"starts": "2026-01-01", "deadline": "2026-03-31"}
    domain = Domain.model_validate(default_domain() | {"ladder": default_ladder(), "goals": [goal | dated]})
    kept = narrowed(domain)
    assert (kept.windows, kept.ladder, kept.goals) == ({"7d": 604_800_000}, domain.ladder, domain.goals)
    assert set(kept.segments) == {("queue",), ("queue", "channel"), ("channel",)}
    bare = narrowed(domain.model_copy(update={"goal_alerts": None, "level_alerts": None}))
    assert (bare.windows, bare.ladder.groups, bare.goals, bare.segments) == ({}, {}, (), (("queue",),))


def test_a_narrowed_run_raises_the_same_alerts() -> None:
    rules = {"detector": {"segments": [["queue"]]}, "silence": {"quiet": "5m", "waiting": 1}, "jump": {"minimum_count": 2}}
    domain = Domain.model_validate(
        default_domain() | rules | {"windows": {"1h": "1h"}, "segments": [[], ["queue"], ["queue", "channel"]]}
    )
    centre = replace(CENTRE.scaled(0.3), jumps=(Jump(queue="technical", at_ms=1_800_000, staff_share=0.0),))
    told = told_lines(simulate(centre, 3, utc("2026-03-02 09:00"), 2 * 3_600_000), Disorder(), 3)
    records = list(keyed(value for _, _, value in told))
    until = records[-1][2] + M

    def alerts(configuration: Domain, *, says_levels: bool = True) -> list[tuple[bytes | None, bytes | None]]:
        heard: list[Emit] = []
        run = OfflineRun(configuration, heard=heard.append, says_levels=says_levels)
        run.feed(records)
        run.close(until)
        assert any(emit.topic is Topic.SERVICE_LEVELS for emit in heard) is says_levels
        return [(emit.key, emit.value) for emit in heard if emit.topic is Topic.ALERTS]

    whole = alerts(domain)
    assert len({key for key, _ in whole}) >= 2
    assert alerts(narrowed(domain)) == whole
    assert alerts(narrowed(domain), says_levels=False) == whole
    trial = Trial(domain)
    trial.feed(records)
    trial.close(until)
    assert {one.id.encode() for one in trial.firings} == {key for key, _ in whole}
