"""The level that a segment holds: how it is won, lost, regained and given up, by hand; and that the edge of a level is silent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.configuration import default_ladder
from pipeline.alertrules import LevelAlertsModel
from pipeline.config import Domain
from pipeline.judgement.alerts import AlertBook, Life, Place
from pipeline.judgement.drop import Held, LevelJudge
from pipeline.judgement.judge import Scene
from pipeline.judgement.ladder import Ladder, Seen
from pipeline.judgement.slack import Slack
from pipeline.measures import HISTOGRAM, INDEX, Measure
from pipeline.signals import AlertState
from pipeline.standards import LadderModel
from pipeline.standings import LevelMeasure, LevelStanding
from pipeline.windows.histogram import index_of
from pipeline.windows.slots import Slots
from tests.support.effort import examples

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""
MODEL = LevelAlertsModel()
DOMAIN = Domain(windows={"7d": 7 * D}, ladder=LadderModel.model_validate(default_ladder()))
EXACT, LENIENT = Ladder(DOMAIN), Ladder(DOMAIN, Slack(20_000))
FIRST = LevelMeasure.FIRST_REPLY.value
PLACE = Place("acme", "queue=billing,channel=chat", {"queue": "billing", "channel": "chat"}, 0)


def noted(held: Held, *seen: tuple[int | None, int | None], since: int = 0) -> int:
    """Note levels, exact and lenient, hour by hour; return the hour that follows."""
    for hour, (exact, lenient) in enumerate(seen, since):
        held.note(exact, lenient, NOON + hour * H, MODEL, 0)
    return since + len(seen)


@pytest.mark.mission("B1")
def test_what_was_reached_for_a_day_is_held() -> None:
    held = Held()
    hour = noted(held, *[(4, 4)] * 12, (3, 4), *[(4, 4)] * 11)
    assert held.level == 0
    hour = noted(held, (5, 5), since=hour)
    assert held.level == 3, "the lowest of the first 24 hours"
    hour = noted(held, *[(5, 5)] * 12, (4, 5), *[(5, 5)] * 12, since=hour)
    assert held.level == 4, "risen, to the lowest of that day"
    hour = noted(held, *[(5, 5)] * 23, (4, 5), *[(5, 5)] * 23, since=hour)
    assert held.level == 4, "a break ends the run"


@pytest.mark.mission("B1")
def test_it_is_lost_beyond_the_margin_only_and_regained_when_it_is_reached() -> None:
    held = Held(level=4)
    hour = noted(held, (3, 4), (3, 4))
    assert held.lost_since is None
    hour = noted(held, (3, 3), since=hour)
    assert held.lost_since == NOON + 2 * H
    hour = noted(held, (3, 4), (None, None), since=hour)
    assert held.lost_since == NOON + 2 * H, "within the margin, and where nothing can be told, it stays as it is"
    noted(held, (4, 4), since=hour)
    assert (held.level, held.lost_since) == (4, None)


def test_what_stays_lost_for_a_week_is_given_up() -> None:
    held = Held(level=4)
    hour = noted(held, *[(2, 3)] * 168)
    assert held.level == 4
    noted(held, (2, 3), since=hour)
    assert (held.level, held.lost_since) == (2, None)
    unseen = Held(level=4)
    noted(unseen, (2, 3), *[(None, None)] * 168)
    assert (unseen.level, unseen.lost_since) == (0, None)


def parts(fast: int, slow: int, abandoned: int = 0) -> dict[int, dict[int, int]]:
    """Return first replies within four minutes (level 4 of live channels asks for 5), and slower ones within ten (level 3)."""
    classes = {HISTOGRAM + index_of(4 * M): fast, HISTOGRAM + index_of(10 * M): slow}
    found = {INDEX[Measure.FIRST_REPLY]: {offset: count for offset, count in classes.items() if count}}
    return found | ({INDEX[Measure.ABANDONED]: {0: abandoned}} if abandoned else {})


def seen(fast: int, slow: int, abandoned: int = 0) -> Seen:
    return Seen(parts(fast, slow, abandoned), lambda _limit: 0)


@pytest.mark.parametrize(
    ("fast", "slow", "exact", "lenient"),
    [
        (900, 100, 4, 4),
        (899, 101, 3, 4),
        # 1000 contacts: the margin of 2 points is more than chance, 1.645 * sqrt(.9 * .1 / 1000) = 1.56 points.
        (880, 120, 3, 4),
        (879, 121, 3, 3),
        # 100 contacts: chance is 1.645 * 3 points = 4.935: 86 of 100 may be, 85 may not.
        (86, 14, 3, 4),
        (85, 15, 3, 3),
    ],
)
def test_the_margin_by_hand(fast: int, slow: int, exact: int, lenient: int) -> None:
    for ladder, level in ((EXACT, exact), (LENIENT, lenient)):
        standing = ladder.judge("live", seen(fast, slow))
        assert standing is not None
        assert standing.level == level


def test_the_margin_of_abandonment_and_of_ratings() -> None:
    # 10 % given up is level 4's limit: of 1000, chance is 1.56 points and the margin 2.
    for given_up, exact, lenient in ((100, 4, 4), (101, 3, 4), (120, 3, 4), (121, 3, 3)):
        found = [ladder.judge("live", seen(1000 - given_up, 0, given_up)) for ladder in (EXACT, LENIENT)]
        assert [None if one is None else one.level for one in found] == [exact, lenient], given_up
    # A mean of 4.8 of 400 ratings: one star / 20 * 1.645 = 0.082 below are chance; the margin is 2 % of four stars, 0.08.
    assert Slack(20_000).of_stars(400) == 1_645 * 50 // 1_000 == 82
    assert Slack(20_000).of_stars(4_000_000) == 80
    assert (Slack(20_000, chance=False).of_stars(400), Slack(0, chance=False).of_share(900_000, 9)) == (80, 0)


def judge() -> tuple[LevelJudge, AlertBook]:
    made = LevelJudge(MODEL, DOMAIN.ladder, LENIENT, D)
    return made, AlertBook(made.terms, Slots(ZoneInfo("UTC")))


def levels(fast: int) -> tuple[LevelStanding | None, LevelStanding | None]:
    """Return the levels, exact and lenient, where so many of a thousand are answered within level 4's limit."""
    return EXACT.judge("live", seen(fast, 1000 - fast)), LENIENT.judge("live", seen(fast, 1000 - fast))


@pytest.mark.mission("B1", "C1")
def test_the_words_of_a_drop_and_of_its_end() -> None:
    rule, book = judge()
    life: Life | None = None
    said = []
    for hour in range(24 + 24 + 12):
        fast = 950 if hour < 30 or hour >= 40 else 600
        step = book.step(life, rule.read(*levels(fast), NOON + hour * H), PLACE, NOON + hour * H)
        life, said = step.life, said + ([] if step.say is None else [step.say])
    fired, better, over = said
    assert [alert.state for alert in said] == [AlertState.FIRING, AlertState.FIRING, AlertState.RESOLVED]
    assert (better.as_of, better.numbers["level"]) == (NOON + 40 * H, 4)
    assert (fired.onset_at, fired.raised_at, fired.severity) == (NOON + 30 * H, NOON + 31 * H, "warn")
    assert fired.summary == (
        "billing on chat: the service level of 7d fell from 4 (above average), to 3 (average); what is missing: "
        "90 % of first replies within 5m, 5m less than the 10m of now: 60 % are; since 18:00 UTC; nobody waits"
    )
    assert fired.numbers == {"level": 3, "level_held": 4, "share_ppm": 600_000, "missing_ppm": 300_000, "contacts": 1000}
    assert over.resolved_at == NOON + 46 * H
    assert over.summary == "billing on chat: the service level of 7d holds 4 (above average); nobody waits"


def test_nothing_to_judge_says_so() -> None:
    rule, book = judge()
    rule.held = {FIRST: Held(level=4, lost_since=NOON - D)}
    drop = rule.read(None, None, NOON)
    assert (drop.holds, drop.clears, drop.held, drop.level, drop.peak) == (False, False, 4, None, 0)
    assert not rule.changed
    told = drop.tell(Scene("billing", NOON, NOON - D, 0, None, Slots(ZoneInfo("UTC"))))
    assert told.summary.startswith(
        "billing: the service level of 7d fell from 4 (above average), to a level that cannot be told; since "
    )
    over = rule.read(None, None, NOON + 6 * D)
    assert rule.changed
    assert (over.holds, over.clears, over.size) == (False, True, (0, 0))
    assert book.step(Life(NOON), over, PLACE, NOON + 6 * D).life is None
    assert over.tell(Scene("billing", NOON, NOON, 0, None, Slots(ZoneInfo("UTC")))).summary.startswith(
        "billing: the service level of 7d cannot be told any more"
    )


def both(fast: int, delighted: int) -> Seen:
    """Return replies as above, and a hundred ratings of which so many are five stars and the rest one."""
    ratings = {Measure.CSAT_ANSWERS: 100, Measure.CSAT_SCORE: (400 * 1_000) + 1_000 * delighted}
    stars = {Measure.CSAT_DELIGHTED: delighted, Measure.CSAT_SATISFIED: delighted, Measure.CSAT_MIDDLING: delighted}
    counted = {INDEX[measure]: {0: amount} for measure, amount in (ratings | stars).items()}
    return Seen(parts(fast, 1000 - fast) | counted, lambda _limit: 0)


@pytest.mark.mission("B1")
def test_what_can_be_told_for_the_first_time_is_no_drop() -> None:
    """Ratings that come to be enough later put the queue at level 1; what replies lose above that is no drop any more."""
    rule, _ = judge()
    for hour in range(40):
        assert not rule.read(*levels(950), NOON + hour * H).holds
    assert {name: held.level for name, held in rule.held.items()} == {FIRST: 4, "abandoned": 5}
    for hour in range(40, 80):
        found = both(950, 10)
        drop = rule.read(EXACT.judge("live", found), LENIENT.judge("live", found), NOON + hour * H)
        assert not drop.holds
        assert drop.held == (4 if hour < 40 + 24 else 1)
    found = both(600, 10)
    drop = rule.read(EXACT.judge("live", found), LENIENT.judge("live", found), NOON + 80 * H)
    assert (drop.holds, drop.clears, drop.held, drop.level) == (False, True, 1, 1)
    assert rule.held[FIRST].lost_since == NOON + 80 * H


hovering = st.lists(st.integers(881, 925), min_size=30, max_size=120)
"""Of a thousand contacts, those within level 4's limit: it asks for 900, and 20 less are its margin."""


@given(hovering, st.sampled_from([NOON, NOON + 59 * M]))
@settings(max_examples=examples(40))
def test_a_segment_on_the_edge_of_a_level_is_never_told(shares: list[int], start: int) -> None:
    rule, _ = judge()
    rule.held = {FIRST: Held(level=4)}
    for hour, fast in enumerate(shares):
        drop = rule.read(*levels(fast), start + hour * H)
        assert not drop.holds
        assert drop.held == 4


SHARES = (950, 905, 899, 885, 881, 879, 850, 600, 1000)
LEVELS = {share: (4 if share >= 900 else 3, 4 if share >= 880 else 3) for share in SHARES}
"""Exact and lenient."""
walk = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(SHARES)), max_size=40)


@given(walk)
@settings(max_examples=examples(60))
def test_between_two_drops_the_level_was_won_again_for_a_while(steps: list[tuple[int, int]]) -> None:
    """Raised only when it was lost for two judgements; resolved when it was won again, or given up, and there since."""
    rule, book = judge()
    life: Life | None = None
    history: list[tuple[int, int]] = []
    resolved_at = None
    at_ms = NOON
    for hours, fast in [(26, 950), *steps]:
        for _ in range(hours):
            before = rule.held[FIRST].level if rule.held else 0
            step = book.step(life, rule.read(*levels(fast), at_ms), PLACE, at_ms)
            life = step.life
            history.append((fast, rule.held[FIRST].level))
            if step.say is not None and step.say.raised_at == at_ms:
                assert before == rule.held[FIRST].level
                assert all(LEVELS[share][1] < held for share, held in history[-2:])
                assert resolved_at is None or at_ms - resolved_at >= H
            if step.say is not None and step.say.state is AlertState.RESOLVED:
                assert all(LEVELS[share][1] >= held for share, held in history[-7:])
                assert any(LEVELS[share][0] >= held for share, held in history[-7:])
                resolved_at = at_ms
            at_ms += H


def test_its_segments_must_be_there() -> None:
    with pytest.raises(ValidationError, match=r"level_alerts\.segments"):
        Domain(level_alerts=LevelAlertsModel(segments=(("team",),)), ladder=DOMAIN.ladder)
