"""A goal that will not be reached: told where chance does not explain it, and not on the edge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alertrules import GoalAlertsModel
from pipeline.config import Domain
from pipeline.judgement.alerts import AlertBook, Life, Place
from pipeline.judgement.goals import Goals, GoalTracker
from pipeline.judgement.shortfall import GoalJudge, Shortfall
from pipeline.measures import HISTOGRAM, Measure, base
from pipeline.signals import Alert, AlertState
from pipeline.standards import CheckpointModel, GoalModel
from pipeline.standings import GoalProjection, GoalStanding, GoalState
from pipeline.windows.histogram import index_of
from pipeline.windows.slots import Slots
from tests.support.effort import examples

H, D = 3_600_000, 86_400_000
SLOTS = Slots(ZoneInfo("UTC"))
PLACE = Place("acme", "queue=billing", {"queue": "billing"}, 0)
GOAL = GoalModel(
    name="billing-4h",
    measure=Measure.FIRST_REPLY,
    within=4 * H,
    share=0.9,
    segment={"queue": "billing"},
    starts=date(2026, 1, 1),
    deadline=date(2026, 3, 31),
)
YES, NO = (base(Measure.FIRST_REPLY) + HISTOGRAM + index_of(duration) for duration in (H, 9 * H))


def at(month: int, day: int, hour: int = 0) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) * 1_000


def tracker(model: GoalModel = GOAL) -> GoalTracker:
    (found,) = Goals(Domain(goals=(model,)), SLOTS).of("acme", {"queue": "billing"})
    return found


def rule(**changes: object) -> GoalJudge:
    return GoalJudge(GoalAlertsModel.model_validate(changes), 0, "billing-4h")


def standing(state: GoalState, *, certain: bool = True, share: int = 800_000, expected: int = 800_000) -> GoalStanding:
    ahead = GoalProjection(share_ppm=expected, low_ppm=expected - 50_000, high_ppm=expected + 50_000, days=28)
    return GoalStanding(
        name="billing-4h",
        state=state,
        certain=certain,
        measure="first_reply",
        within_ms=4 * H,
        wanted_ppm=900_000,
        starts_at=at(1, 1),
        deadline_at=at(4, 1),
        count=500,
        share_ppm=share,
        required_ppm=None,
        projection=ahead,
        words="90 % within 4h by 2026-03-31: behind, 80 % of 500 now",
    )


@pytest.mark.mission("C3")
@pytest.mark.parametrize(
    ("state", "certain", "when", "holds", "clears"),
    [
        (GoalState.BEHIND, True, at(2, 1), True, False),
        (GoalState.BEHIND, False, at(2, 1), False, False),
        (GoalState.ON_TRACK, False, at(2, 1), False, True),
        (GoalState.ON_TRACK, True, at(2, 1), False, True),
        (GoalState.NOT_STARTED, False, at(2, 1), False, True),
        (GoalState.CANNOT_TELL, False, at(2, 1), False, False),
        (GoalState.CANNOT_TELL, False, at(4, 1), False, True),
        (GoalState.MET, True, at(4, 1), False, True),
        (GoalState.MISSED, True, at(4, 1), True, False),
        (GoalState.MISSED, True, at(4, 7, 23), True, False),
        (GoalState.MISSED, True, at(4, 8), False, True),
    ],
)
def test_what_each_state_says(state: GoalState, certain: bool, when: int, holds: bool, clears: bool) -> None:
    said = rule().read(standing(state, certain=certain), when)
    assert (said.holds, said.clears) == (holds, clears)


def test_told_early_where_that_is_asked_for() -> None:
    said = rule(certain=False).read(standing(GoalState.BEHIND, certain=False), at(2, 1))
    assert (said.holds, said.clears) == (True, False)


def follow(goal: GoalTracker, since: int, until: int) -> list[Alert]:
    """Judge on every hour; return what is said, again only where the state changes."""
    judge = rule()
    book = AlertBook(judge.terms, SLOTS)
    life: Life | None = None
    said: list[Alert] = []
    for at_ms in range(since, until, H):
        step = book.step(life, judge.read(goal.judge(at_ms, 0), at_ms), PLACE, at_ms)
        life = step.life
        if step.say is not None and (not said or step.say.state is not said[-1].state):
            said.append(step.say)
    return said


@pytest.mark.mission("C3")
def test_a_goal_that_falls_behind_is_told_once_missed_and_let_go_after_a_week() -> None:
    # 70 % of 100 a day, every day: three weeks until the interval at the deadline, 68 days ahead, ends below 90 %.
    goal = tracker()
    for day in range(at(1, 1), at(4, 1), D):
        goal.add(day // 60_000, {YES: 70, NO: 30})
    fired, over = follow(goal, at(1, 1), at(5, 1))
    assert fired.state is AlertState.FIRING
    assert at(1, 15) <= fired.raised_at < at(2, 1)
    assert fired.raised_at - fired.onset_at == 6 * H
    assert (fired.severity, fired.goal) == ("warn", "billing-4h")
    assert fired.id.startswith("goal_behind.billing-4h:acme:queue=billing:")
    assert fired.summary.startswith("billing: goal billing-4h: 90 % within 4h by 2026-03-31: behind, 70 % of ")
    assert fired.summary.endswith("; since 00:00 UTC")
    assert fired.numbers["wanted_ppm"] == 900_000
    assert fired.numbers["share_ppm"] == 700_000
    assert fired.numbers["expected_at_best_ppm"] < 900_000
    assert over.resolved_at == at(4, 9), "seven days after the deadline, and a day to be sure"
    assert "missed with 70 % of 700" in over.summary


@pytest.mark.mission("C3")
def test_a_checkpoint_that_was_not_reached_is_enough() -> None:
    # 85.3 % of 1001 a week, where 86 % is the goal and 88 % are due by the end of January: chance explains up to 87.0 %.
    goal = tracker(GOAL.model_copy(update={"checkpoints": (CheckpointModel(by=date(2026, 1, 31), share=0.88),), "share": 0.86}))
    for day in range(at(1, 1), at(3, 1), D):
        goal.add(day // 60_000, {YES: 122, NO: 21})
    said = follow(goal, at(1, 20), at(2, 20))
    assert [(alert.state, alert.onset_at) for alert in said] == [(AlertState.FIRING, at(2, 1))]


def test_what_changes_is_said_again() -> None:
    one = Shortfall(True, False, standing(GoalState.BEHIND))
    for other in (
        standing(GoalState.MISSED),
        standing(GoalState.BEHIND, share=750_000),
        standing(GoalState.BEHIND, expected=850_000),
    ):
        assert one.size != Shortfall(True, False, other).size
    assert one.size == Shortfall(True, False, standing(GoalState.BEHIND, share=809_999)).size
    assert one.peak == 100_000


edge = st.lists(st.tuples(st.sampled_from([GoalState.BEHIND, GoalState.CANNOT_TELL, GoalState.ON_TRACK])), max_size=60)


@given(edge)
@settings(max_examples=examples(40))
def test_a_goal_that_is_too_close_to_call_is_never_told(states: list[tuple[GoalState]]) -> None:
    judge = rule()
    for hour, (state,) in enumerate(states):
        assert not judge.read(standing(state, certain=False), at(2, 1) + hour * H).holds


runs = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([GoalState.BEHIND, GoalState.CANNOT_TELL, GoalState.ON_TRACK]), st.booleans()),
    max_size=40,
)


@given(runs)
@settings(max_examples=examples(60))
def test_it_is_told_and_taken_back_only_after_what_its_terms_ask(found: list[tuple[int, GoalState, bool]]) -> None:
    judge = rule()
    book = AlertBook(judge.terms, SLOTS)
    life: Life | None = None
    hours = [(state, certain) for length, state, certain in found for _ in range(length)]
    for hour, (state, certain) in enumerate(hours):
        at_ms = at(2, 1) + hour * H
        step = book.step(life, judge.read(standing(state, certain=certain), at_ms), PLACE, at_ms)
        if step.say is not None and life is not None and life.said is None:
            assert hours[hour - 6 : hour + 1] == [(GoalState.BEHIND, True)] * 7
        if step.say is not None and step.say.state is AlertState.RESOLVED:
            assert [state for state, _ in hours[hour - 24 : hour + 1]] == [GoalState.ON_TRACK] * 25
        life = step.life
