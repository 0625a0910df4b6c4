"""Every page holds what is needed at night: queue, now and usual, since when, who waits, who is missing, for how long, link."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest

from agents.notifier.acts import NOTHING
from agents.notifier.wording import annotations_of, labels_of
from pipeline.alertrules import (
    BudgetModel,
    DetectorModel,
    GoalAlertsModel,
    LagModel,
    LevelAlertsModel,
    SilenceModel,
    SlaAlertsModel,
    UnderstaffedModel,
)
from pipeline.config import JumpModel
from pipeline.judgement import budget, drop, jump, lag, promises, shortfall, silence, understaffed
from pipeline.judgement.alerts import AlertBook, Place
from pipeline.judgement.budget import Burn, pairs_of
from pipeline.judgement.detector.judge import NAME as DETECTOR
from pipeline.judgement.drop import Drop
from pipeline.judgement.judge import Judgement, Terms
from pipeline.judgement.judges import RULES
from pipeline.judgement.jump import Verdict
from pipeline.judgement.shortfall import Shortfall
from pipeline.judgement.silence import Quiet
from pipeline.judgement.understaffed import Shortage
from pipeline.policy import SlaMeasure
from pipeline.signals import Alert
from pipeline.staffing.crew import Crew
from pipeline.staffing.sizing import Sizing
from pipeline.standards import LadderModel
from pipeline.standings import GoalProjection, GoalStanding, GoalState, LevelMeasure, LevelUnit, MeasureLevel
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots
from tests.support.detection.feeding import play, steps
from tests.support.detection.queues import MONDAY, Queue, at, judge_of

M = MINUTE_MS
JUMP = at(1, 1, 10)
NOON = (MONDAY + JUMP) * M
SEVERITIES = {
    jump.NAME: JumpModel().severity,
    DETECTOR: DetectorModel().severity,
    silence.NAME: SilenceModel().severity,
    promises.AT_RISK: SlaAlertsModel().at_risk_severity,
    promises.BREACHED: SlaAlertsModel().breached_severity,
    budget.FAST: BudgetModel().fast_severity,
    budget.SLOW: BudgetModel().slow_severity,
    understaffed.NAME: UnderstaffedModel().severity,
    shortfall.NAME: GoalAlertsModel().severity,
    drop.NAME: LevelAlertsModel().severity,
    lag.NAME: LagModel().severity,
}


def slowed() -> Judgement:
    """Return what the detector says of a queue whose replies have slowed to three times the usual."""
    usual = Queue()
    slow = usual._replace(typical=lambda minute: usual.typical(minute) * (3 if minute >= JUMP else 1))
    judge, waits = judge_of()
    timeline = steps(slow.waits(1 + (JUMP % 10_080 + 4 * HOUR) / 10_080))
    raised = next(minute for minute, holds in play(judge, waits, timeline, MONDAY + JUMP + 4 * HOUR) if holds)
    return judge.judge(raised * M)


SAYING = {
    jump.NAME: ("10m now, 3m is usual", lambda: Verdict(10 * M, 3 * M, 8, 4, holds=True, clears=False)),
    DETECTOR: (r"slowed to \d+m, \d+m is usual", slowed),
    silence.NAME: (
        "no reply for 40m",
        lambda: Quiet(holds=True, clears=False, waiting=6, replied_at=NOON - 33 * M, at_ms=NOON + 7 * M),
    ),
    budget.FAST: (
        r"60 % kept, 90 % is the objective",
        lambda: Burn(True, SlaMeasure.FIRST_REPLY, 900_000, 30 * 24 * HOUR * M, pairs_of(900_000)[0][0], 20, 8),
    ),
    understaffed.NAME: (
        "3 people are missing: 7 needed, 4 there, 5 on the rota",
        lambda: Shortage(
            True,
            False,
            Crew(4, 5),
            Sizing(steady=6, with_backlog=7, backlog=9, kept_ppm=310_000, done_ms=None),
            60,
            30 * M,
        ),
    ),
}
"""What each rule that pages says of now against usual (or against what was promised), and a judgement that does."""


def fallen() -> Drop:
    measure = MeasureLevel(
        measure=LevelMeasure.FIRST_REPLY,
        level=3,
        count=500,
        unit=LevelUnit.MS,
        share_ppm=840_000,
        missing_ppm=60_000,
        words="90 % within 5m: 84 % are",
    )
    return Drop(True, False, "7d", 4, 3, LadderModel().names, (measure,))


def behind() -> Shortfall:
    standing = GoalStanding(
        name="billing-4h",
        state=GoalState.BEHIND,
        certain=True,
        measure="first_reply",
        within_ms=4 * HOUR * M,
        wanted_ppm=900_000,
        starts_at=NOON - 30 * 24 * HOUR * M,
        deadline_at=NOON + 30 * 24 * HOUR * M,
        count=500,
        share_ppm=840_000,
        required_ppm=None,
        projection=GoalProjection(share_ppm=830_000, low_ppm=810_000, high_ppm=850_000, days=28),
        words="90 % within 4h by 2026-02-12: behind, 84 % of 500 now, 83 % to be expected at the deadline (81 % to 85 %)",
    )
    return Shortfall(True, False, standing)


WARNING = {
    drop.NAME: (r"fell from 4 \(above average\), to 3 \(average\); .*84 % are", fallen),
    shortfall.NAME: ("90 % within 4h .*: behind, 84 % of 500 now, 83 % to be expected", behind),
}
"""What a rule that warns of days says of now against what is wanted."""


def page(rule: str) -> Alert:
    """Take a judgement through an alert's life: it holds at noon, and is said seven minutes later."""
    judgement = (SAYING.get(rule) or WARNING[rule])[1]()
    book = AlertBook(Terms(rule, "page", 5 * M, 30 * M), Slots(ZoneInfo("UTC")))
    place = Place("acme", "queue=billing", {"queue": "billing"}, 0, waiting=4, oldest_at=NOON - 12 * M)
    pending = book.step(None, judgement, place, NOON)
    said = pending.say or book.step(pending.life, judgement, place, NOON + 7 * M).say
    assert said is not None
    return said


def test_every_rule_that_pages_is_here() -> None:
    assert set(SEVERITIES) == set(RULES)
    assert {rule for rule, severity in SEVERITIES.items() if severity == "page"} == set(SAYING)


@pytest.mark.parametrize("rule", SAYING)
def test_a_page_says_all_that_the_person_on_call_needs(rule: str) -> None:
    said = page(rule)
    told = annotations_of(said, NOTHING, "https://runbooks.example/{rule}", "https://board.example/?queue={queue}")
    summary, description = told["summary"], told["description"]
    assert dict(labels_of(said))["queue"] == "billing"
    assert summary.startswith("billing: "), "where"
    assert re.search(SAYING[rule][0], summary), "now against usual, or against what was promised"
    assert re.search(r"^Began 2026-01-13T\d\d:\d\d:00\.000Z, \d+[hm].* before these numbers\.$", description, re.MULTILINE), (
        "since, for"
    )
    assert re.search(r"4 customers? wait\w*.*, the longest for \d+m", summary), "the longest wait"
    assert re.search(r"^4 customers without a first reply, the longest for \d+m\.$", description, re.MULTILINE)
    assert re.search(r"^What to do: \w.{20,}", description, re.MULTILINE)
    assert told["runbook_url"] == f"https://runbooks.example/{rule.replace('_', '-')}"
    assert told["dashboard_url"] == "https://board.example/?queue=billing"


@pytest.mark.parametrize("rule", WARNING)
def test_a_warning_says_where_how_bad_since_when_and_what_to_do(rule: str) -> None:
    said = page(rule)
    told = annotations_of(said, NOTHING, "https://runbooks.example/{rule}", "https://board.example/?queue={queue}")
    assert told["summary"].startswith("billing: ")
    assert re.search(WARNING[rule][0], told["summary"])
    assert "; since 10:00 UTC" in told["summary"]
    assert re.search(r"^What to do: \w.{20,}", told["description"], re.MULTILINE)
    assert told["runbook_url"] == f"https://runbooks.example/{rule.replace('_', '-')}"
    assert said.numbers["share_ppm"] == 840_000


def test_the_name_of_a_goal_is_a_label() -> None:
    terms = Terms(shortfall.NAME, "warn", 0, 0, goal="billing-4h")
    said = AlertBook(terms, Slots(ZoneInfo("UTC"))).step(None, behind(), Place("acme", "", {}, 0), NOON).say
    assert said is not None
    assert dict(labels_of(said)) == {"alertname": "goal_behind", "severity": "warn", "tenant": "acme", "goal": "billing-4h"}


def test_missing_people_are_a_number_too() -> None:
    numbers = page(understaffed.NAME).numbers
    assert (numbers["missing"], numbers["needed"], numbers["there"], numbers["planned"]) == (3, 7, 4, 5)


def test_who_cannot_be_counted_is_said_to_be_unknown() -> None:
    shortage = SAYING[understaffed.NAME][1]()
    assert isinstance(shortage, Shortage)
    book = AlertBook(Terms(understaffed.NAME, "page", 0, 30 * M), Slots(ZoneInfo("UTC")))
    said = book.step(None, shortage._replace(crew=None), Place("acme", "queue=billing", {"queue": "billing"}, 0), NOON).say
    assert said is not None
    assert "nobody can tell how many are missing" in said.summary
    assert "missing" not in said.numbers
