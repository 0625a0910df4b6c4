"""Points and badges: what is solved for good and liked earns; speed alone never does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.responders.model import PointsModel, RespondersModel
from tests.support.rota import Floor, event

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()) * 1_000
POINTS = PointsModel.model_validate(
    {
        "rules": [
            {"name": "solved for good", "points": 2},
            {"name": "quick", "points": 1, "first_reply": "10m"},
            {"name": "delighted", "points": 5, "stars": 5},
        ],
        "badges": [
            {"name": "favourite", "rule": "delighted", "count": 2},
            {"name": "team of the month", "rule": "solved for good", "count": 3, "scope": "team"},
        ],
    }
)


def floor(time: TimeMode = TimeMode.LIVE, **changes: Any) -> Floor:
    points = POINTS.model_copy(update=changes)
    return Floor(RespondersEngine(Domain(responders=RespondersModel(enabled=True, points=points)), time=time))


def solved(who: str, ticket: str, at: int, told: int = 0, **fields: Any) -> ResponderEvent:
    fields = {"team": "red", "solved_at": at, "first_reply_ms": 5 * M, "replies": 2, **fields}
    name = f"{ticket}:{told or at}"
    kind = ResponderEventType.WORK_ITEM_CHANGED
    return event(kind, who, told or at, name, ticket_id=ticket, open=False, **fields)


def earned(desk: Floor, who: str) -> tuple[int, dict[str, int]]:
    said = desk.of(who)["earned"]
    return said["points"], said["by_rule"]


@pytest.mark.mission("C7")
def test_nothing_is_earned_before_the_ticket_has_stayed_solved() -> None:
    desk = floor()
    desk.tell(solved("ann", "T1", NOON, stars=5))
    desk.tick(NOON + 3 * D - 1)
    assert earned(desk, "ann") == (0, {})
    desk.tick(NOON + 3 * D)
    assert earned(desk, "ann") == (8, {"solved for good": 1, "quick": 1, "delighted": 1})


@pytest.mark.mission("C7")
@pytest.mark.parametrize("trouble", [{"reopened": 1}, {"stars": 2}, {"stars": 1}])
def test_a_fast_answer_earns_nothing_if_the_ticket_comes_back_or_is_rated_low(trouble: dict[str, int]) -> None:
    desk = floor()
    desk.tell(solved("ann", "T1", NOON, first_reply_ms=1_000, **trouble))
    desk.tick(NOON + 4 * D)
    assert earned(desk, "ann") == (0, {})


@pytest.mark.mission("C7")
def test_what_was_earned_is_taken_back_when_the_ticket_comes_back_later() -> None:
    desk = floor()
    desk.tell(solved("ann", "T1", NOON), solved("ann", "T2", NOON))
    desk.tick(NOON + 4 * D)
    assert earned(desk, "ann")[0] == 6
    desk.tell(event(ResponderEventType.WORK_ITEM_CHANGED, "bob", NOON + 5 * D, ticket_id="T1", open=True, reopened=1))
    assert earned(desk, "ann")[0] == 3
    desk.tell(solved("ann", "T2", NOON, NOON + 6 * D, stars=1))
    assert earned(desk, "ann") == (0, {})
    desk.tell(solved("ann", "T2", NOON, NOON + 7 * D, stars=5))  # the customer thinks again
    assert earned(desk, "ann")[0] == 8


@pytest.mark.mission("C7")
def test_a_slow_answer_that_is_liked_earns_more_than_a_fast_one() -> None:
    desk = floor()
    desk.tell(solved("ann", "T1", NOON, first_reply_ms=1_000), solved("bob", "T2", NOON, first_reply_ms=9 * H, stars=5))
    desk.tick(NOON + 4 * D)
    assert earned(desk, "ann")[0] < earned(desk, "bob")[0]


@pytest.mark.mission("C7")
def test_badges_of_responders_and_teams() -> None:
    desk = floor()
    desk.tell(*(solved(who, f"T{number}", NOON + number, stars=5) for number, who in enumerate(("ann", "ann", "bob"))))
    desk.tell(event(ResponderEventType.SKILLS_CHANGED, "ann", NOON, team="red"))
    desk.tick(NOON + 4 * D)
    assert desk.of("ann")["earned"]["badges"] == ["favourite"]
    assert desk.of("bob")["earned"]["badges"] == []
    assert desk.board()["team_earned"]["red"] == {
        "points": 24,
        "by_rule": {"solved for good": 3, "quick": 3, "delighted": 3},
        "badges": ["team of the month"],
    }


@pytest.mark.mission("C7")
def test_nobody_is_ranked_unless_asked_for() -> None:
    for leaderboard, ranks in ((False, [None, None, None]), (True, [1, 2, 2])):
        desk = floor(leaderboard=leaderboard)
        desk.tell(solved("ann", "T1", NOON, stars=5), solved("bob", "T2", NOON), solved("cleo", "T3", NOON))
        desk.tick(NOON + 4 * D)
        assert [desk.of(who)["earned"]["rank"] for who in ("ann", "bob", "cleo")] == ranks


def test_points_fade_with_their_month_and_stay_after_a_restart() -> None:
    desk = floor()
    desk.tell(solved("ann", "T1", NOON), solved("ann", "T2", NOON + 2 * D))
    desk.tick(NOON + 10 * D)
    again = floor()
    again.engine.restore(desk.changelog())
    for one in (desk, again):
        one.tick(NOON + 28 * D)
        assert earned(one, "ann")[0] == 3
        assert sum(key[:1] == b"i" for key in one.rows) == (1 if one is desk else 0)
        one.tick(NOON + 31 * D)
        assert earned(one, "ann")[0] == 0
    assert not any(key[:1] == b"i" for key in desk.rows)


def test_in_event_time_tickets_settle_as_the_log_goes_on() -> None:
    desk = floor(TimeMode.EVENT)
    desk.tell(solved("ann", "T1", NOON))
    desk.tell(solved("bob", "T2", NOON + 4 * D))
    assert earned(desk, "ann")[0] == 3
    assert desk.engine.next_due() is None


def test_without_rules_nothing_is_said_of_points() -> None:
    desk = Floor(RespondersEngine(Domain(responders=RespondersModel(enabled=True))))
    desk.tell(solved("ann", "T1", NOON), event(ResponderEventType.SKILLS_CHANGED, "ann", NOON, team="red"))
    assert desk.of("ann")["earned"] is None
    assert desk.board()["team_earned"] == {}


@pytest.mark.mission("C7")
@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"rules": [{"name": "fast", "points": 1, "first_reply": "1m"}]}, "times alone must not earn points"),
        ({"rules": [{"name": "a", "points": 1}, {"name": "a", "points": 2}]}, "'a' is used twice"),
        ({"badges": [{"name": "b", "rule": "x", "count": 1}]}, "there is no rule 'x'"),
        ({"settle": "5d", "kept": "4d"}, "must not be less than `settle`"),
    ],
)
def test_rules_that_reward_speed_alone_are_refused(points: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        PointsModel.model_validate(points)
