from __future__ import annotations

from datetime import UTC, date, datetime
from math import sqrt
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pipeline.config import Domain
from pipeline.judgement.goals import Goals, GoalTracker, wilson
from pipeline.measures import HISTOGRAM, Measure, base
from pipeline.standards import GoalModel
from pipeline.standings import GoalState
from pipeline.windows.histogram import index_of
from pipeline.windows.slots import Slots

H, D = 3_600_000, 86_400_000
BILLING = {"queue": "billing"}
YES, NO = (base(Measure.FIRST_REPLY) + HISTOGRAM + index_of(duration) for duration in (H, 9 * H))


def tracker(zone: str = "UTC", **changes: object) -> GoalTracker:
    given = {
        "name": "billing-4h",
        "measure": "first_reply",
        "within": "4h",
        "share": 0.9,
        "segment": BILLING,
        "starts": date(2026, 1, 1),
        "deadline": date(2026, 3, 31),
    }
    model = GoalModel.model_validate(given | changes)
    (found,) = Goals(Domain(goals=(model,)), Slots(ZoneInfo(zone))).of("acme", BILLING)
    return found


def at(month: int, day: int, hour: int = 0) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) * 1_000


def fill(goal: GoalTracker, since: int, until: int, hits: int, misses: int) -> None:
    for day in range(since, until, D):
        goal.add(day // 60_000, {YES: hits, NO: misses})


@pytest.mark.mission("C3")
def test_met_and_missed_are_decided_by_the_last_days_before_the_deadline_is_over() -> None:
    goal = tracker()
    fill(goal, at(1, 1), at(3, 25), 1, 9)
    fill(goal, at(3, 25), at(4, 1), 9, 1)
    before = goal.judge(at(3, 31, 23), 0)
    assert (before.state, before.share_ppm, before.count) == (GoalState.BEHIND, 900_000, 70)
    after = goal.judge(at(4, 1), 0)
    assert (after.state, after.certain, after.share_ppm, after.required_ppm) == (GoalState.MET, True, 900_000, 900_000)
    assert after.words == "90 % within 4h by 2026-03-31: met with 90 % of 70"
    goal.add(at(3, 31) // 60_000, {NO: 1})  # a correction weeks later still counts
    late = goal.judge(at(4, 20), 5)
    assert (late.state, late.count, late.deadline_at) == (GoalState.MISSED, 71, at(4, 1))


@pytest.mark.mission("C3")
def test_a_steady_share_above_the_goal_is_on_track_for_certain() -> None:
    goal = tracker()
    fill(goal, at(1, 1), at(3, 11), 950, 50)
    standing = goal.judge(at(3, 10, 12), 0)
    assert (standing.state, standing.certain, standing.share_ppm) == (GoalState.ON_TRACK, True, 950_000)
    ahead = standing.projection
    assert ahead is not None
    assert (ahead.days, ahead.share_ppm) == (28, 950_000)
    assert ahead.low_ppm > 900_000


@pytest.mark.mission("C3")
def test_a_rising_share_is_carried_to_the_days_that_the_deadline_judges() -> None:
    # 1 % more each day from 50 %: day 27 has 77 %; the deadline judges 25 to 31 January, whose middle lies on day 27.5.
    goal = tracker(deadline=date(2026, 1, 31))
    for day in range(20):
        goal.add(at(1, 1 + day) // 60_000, {YES: 500 + 10 * day, NO: 500 - 10 * day})
    ahead = goal.judge(at(1, 20, 23), 0).projection
    assert ahead is not None
    assert abs(ahead.share_ppm - 775_000) <= 1
    assert ahead.low_ppm < 775_000 < ahead.high_ppm


@pytest.mark.mission("C3")
def test_the_interval_of_a_projection_by_hand() -> None:
    # Eight days (0 to 7) of 100, half of them within: a flat line at 0.5, no scatter (dispersion 1), variance 0.25. The last day,
    # 16 January, is day 15; its middle 15.5.
    goal = tracker(deadline=date(2026, 1, 16), over="1d")
    fill(goal, at(1, 1), at(1, 9), 50, 50)
    ahead = goal.judge(at(1, 8, 12), 0).projection
    assert ahead is not None
    centred = 15.5 - 3.5
    spread = sum((day - 3.5) ** 2 for day in range(8)) * 100
    error = sqrt(0.25 * (1 / 800 + centred**2 / spread + 1 / 100))
    assert ahead.share_ppm == 500_000
    assert abs(ahead.low_ppm - (0.5 - 1.645 * error) * 1_000_000) < 2
    assert abs(ahead.high_ppm - (0.5 + 1.645 * error) * 1_000_000) < 2


def test_days_that_differ_more_than_chance_widen_the_interval() -> None:
    steady, uneven = tracker(), tracker()
    fill(steady, at(1, 1), at(1, 15), 90, 10)
    for day in range(14):
        uneven.add(at(1, 1 + day) // 60_000, {YES: 100 if day % 2 else 80, NO: 0 if day % 2 else 20})
    one, other = (goal.judge(at(1, 14, 12), 0).projection for goal in (steady, uneven))
    assert one is not None
    assert other is not None
    assert other.high_ppm - other.low_ppm > 2 * (one.high_ppm - one.low_ppm)


@pytest.mark.mission("C3")
def test_behind_a_checkpoint_although_the_goal_may_still_be_reached() -> None:
    goal = tracker(checkpoints=[{"by": "2026-01-31", "share": 0.7}, {"by": "2026-02-28", "share": 0.8}])
    fill(goal, at(1, 1), at(2, 1), 60, 40)
    first = goal.judge(at(1, 20), 0)
    assert first.required_ppm is None
    standing = goal.judge(at(2, 1), 0)
    assert (standing.state, standing.certain, standing.required_ppm) == (GoalState.BEHIND, True, 700_000)
    assert [(one.at, one.wanted_ppm, one.share_ppm) for one in standing.checkpoints] == [
        (at(2, 1), 700_000, 600_000),
        (at(3, 1), 800_000, None),
    ]


@pytest.mark.mission("C3")
def test_improvement_by_a_part_of_itself_each_month_until_the_goal() -> None:
    goal = tracker(improve=0.1, baseline=0.7)
    fill(goal, at(1, 1), at(4, 1), 80, 20)
    required = [goal.judge(at(*day), 0).required_ppm for day in ((1, 31), (2, 1), (3, 1), (3, 31))]
    assert required == [700_000, 770_000, 847_000, 847_000]
    assert goal.judge(at(3, 15), 0).state is GoalState.BEHIND
    measured = tracker(improve=0.5)
    fill(measured, at(1, 1) - 7 * D, at(1, 1), 40, 60)
    fill(measured, at(1, 1), at(2, 3), 80, 20)
    assert measured.judge(at(2, 2), 0).required_ppm == 600_000  # the seven days before the start gave 40 %
    assert measured.judge(at(3, 2), 0).required_ppm == 900_000  # the goal is the end of it
    assert tracker(improve=0.5).judge(at(2, 2), 0).required_ppm is None


def test_a_month_begins_on_the_day_of_the_start_or_the_last_of_a_shorter_one() -> None:
    goal = tracker(starts=date(2026, 1, 31), improve=0.1, baseline=0.5)
    days = ((2, 27), (2, 28), (3, 30), (3, 31))
    assert [goal.judge(at(*day), 0).required_ppm for day in days] == [500_000, 550_000, 550_000, 605_000]


@pytest.mark.mission("C3")
def test_too_close_to_call_is_said() -> None:
    goal = tracker()
    fill(goal, at(1, 1), at(1, 4), 92, 8)
    standing = goal.judge(at(1, 3, 23), 0)
    assert (standing.state, standing.certain) == (GoalState.ON_TRACK, False)
    assert standing.projection is not None
    assert (standing.projection.days, standing.projection.share_ppm) == (0, 920_000)
    assert "too close to call" in standing.words


def test_the_interval_of_a_share_is_wilsons() -> None:
    # 15 of 20, z = 1.645: centre (0.75 + 2.706/40) / (1 + 2.706/20) = 0.7202, half 1.645 x 0.10520 / 1.1353 = 0.1524.
    low, high = wilson(15, 20)
    assert abs(low - 567_800) < 200
    assert abs(high - 872_600) < 200
    assert wilson(20, 20)[1] <= 1_000_000


@pytest.mark.mission("C3", "B6")
def test_who_waits_past_the_limit_counts_against_a_first_reply_goal() -> None:
    goal = tracker()
    fill(goal, at(1, 1), at(1, 4), 30, 0)
    standing = goal.judge(at(1, 3, 23), 10)
    assert (standing.share_ppm, standing.count) == (900_000, 100)
    resolved = tracker(measure="full_resolution")
    resolved.add(at(1, 2) // 60_000, {base(Measure.FULL_RESOLUTION) + HISTOGRAM + index_of(H): 30})
    assert resolved.judge(at(1, 3), 10).count == 30


def test_before_the_start_and_with_too_little() -> None:
    goal = tracker()
    early = goal.judge(at(1, 1) - 1, 0)
    assert early.state is GoalState.NOT_STARTED
    assert "begins on 2026-01-01" in early.words
    fill(goal, at(1, 1), at(1, 2), 9, 0)
    thin = goal.judge(at(1, 1, 12), 0)
    assert (thin.state, thin.count) == (GoalState.CANNOT_TELL, 9)
    assert "20 contacts are needed" in thin.words
    assert goal.judge(at(4, 2), 0).state is GoalState.CANNOT_TELL


def test_days_are_those_of_the_zone() -> None:
    goal = tracker("America/New_York")
    assert goal.judge(at(1, 1), 0).starts_at == at(1, 1, 5)
    assert goal.judge(at(1, 1), 0).deadline_at == at(4, 1, 4)  # summer time


def test_a_goal_is_for_its_segment_and_tenants() -> None:
    goals = Goals(Domain(goals=(tracker(tenants=["acme"]).goal.model,)), Slots(ZoneInfo("UTC")))
    assert len(goals.of("acme", BILLING)) == 1
    assert goals.of("other", BILLING) == []
    assert goals.of("acme", {"queue": "orders"}) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deadline": date(2025, 1, 1)}, "must be after `starts`"),
        ({"checkpoints": [{"by": "2026-04-01", "share": 0.5}]}, "between `starts` and `deadline`"),
        ({"measure": "created"}, "measure"),
        ({"segment": {"team": "x"}}, "goals.billing-4h.segment: team is not among the segments"),
        ({"share": 1.0}, "less than 1"),
    ],
)
def test_a_goal_that_cannot_be_meant_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        tracker(**changes)
