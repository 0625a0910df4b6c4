"""The parts of the detector against numbers worked by hand, and what must hold of them for any input."""

from __future__ import annotations

from datetime import time
from math import log
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alertrules import DetectorModel
from pipeline.config import Domain, PolicyModel, SlaMeasure, Target
from pipeline.events import Priority
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.judgement.detector.clocks import WaitClock
from pipeline.judgement.detector.decay import Decay
from pipeline.judgement.detector.dispersion import Dispersion
from pipeline.judgement.detector.evidence import EARLIEST, ORIGIN, STEPS, evidence, place
from pipeline.judgement.detector.logs import exp_ms, ln_milli
from pipeline.judgement.detector.settings import Settings, promised_ms
from pipeline.judgement.detector.usual import CELLS_CLOSING, SHUT, Heard, Prior, Usual
from pipeline.policy import Condition
from pipeline.tickets.calendar import Calendar
from pipeline.windows.slots import Slots
from tests.support.detection.queues import MONDAY, judge_of

MINUTE_MS = 60_000


def test_what_a_wait_and_a_reply_say_at_one_standard_deviation() -> None:
    table = evidence(3_000, 1_000)  # d = ln 3 = 1.0986
    # (0.97 Q(1 - 1.0986) + 0.03) / (0.97 Q(1) + 0.03) = 0.5531 / 0.1839
    assert table.waiting[ORIGIN + 20] == pytest.approx(1_000 * log(0.5531 / 0.1839), abs=2)
    # density 0.3970 against 0.2420, each with 0.03 / 9 = 0.00333 beside 97 %
    assert table.answered[ORIGIN + 20] == pytest.approx(1_000 * log((0.97 * 0.3970 + 0.00333) / (0.97 * 0.2420 + 0.00333)), abs=2)


def test_a_wait_says_nothing_while_it_is_young_and_nothing_once_it_is_forgotten() -> None:
    table = evidence(3_000, 900)
    assert set(table.waiting[: EARLIEST + 1]) == {0}
    assert table.waiting[STEPS] == 0
    top = max(table.waiting)
    assert 1_200 < top < 2_500
    peak = table.waiting.index(top)
    assert list(table.waiting[:peak]) == sorted(table.waiting[:peak])
    assert list(table.waiting[peak:]) == sorted(table.waiting[peak:], reverse=True)


def test_a_reply_at_the_geometric_middle_says_nothing() -> None:
    table = evidence(3_000, 1_000)
    middle = place(round(1_000 * log(3) / 2), 1_000)
    assert abs(table.answered[middle]) < 60


@given(st.integers(1, 10**11))
def test_logarithms_are_within_one_percent(duration_ms: int) -> None:
    assert ln_milli(duration_ms) == pytest.approx(1_000 * log(duration_ms), abs=9)
    assert exp_ms(ln_milli(duration_ms)) == pytest.approx(duration_ms, rel=0.012, abs=1)


def test_a_detector_that_nobody_configures_is_cautious_as_one_that_is() -> None:
    assert Settings.of(DetectorModel(floor=0)) == Settings()


def test_the_threshold_grows_with_the_logarithm_of_volume() -> None:
    configured = Settings.of(DetectorModel(caution=1.5))
    assert configured.threshold(1) == 3_000
    assert configured.threshold(3_360) == pytest.approx(1_500 + 1_000 * log(3_360), abs=1)  # 20 an hour: 9.62


def test_a_mean_is_drawn_towards_the_hours_around_it_and_the_whole_by_four_tickets_each() -> None:
    usual = Usual(None)
    heard: dict[int, Heard] = {}
    usual.hear(heard, 10, 6_000, 4)
    usual.hear(heard, 11, 8_000, 4)
    assert usual.learn(heard, alarmed=False)
    usual.refresh()
    # (4 x 7000 + 0.7 x 4 x 8000) / 6.8 = 7411, and (4 x 6000 + 4 x 7411) / 8; likewise with 6000 in place of 8000
    assert (usual.means[10], usual.means[11]) == (6_705, 7_294)
    assert usual.means[34] == 6_918  # a weekend hour that saw nobody: (4 x 7000 + 2 x 6000 + 1.4 x 8000) / 7.4


def test_the_first_witnesses_of_a_slow_down_share_less_than_their_hour() -> None:
    dispersion = Dispersion(above=50_000 * 10, below=10_000)  # a shared variance of 0.05
    assert dispersion.factor(60_000) == 3_605  # sqrt(1 + 4 x 0.05 x 60)
    assert dispersion.factor(60_000, 20) == 2_000  # 1 + 0.05 x 20
    assert dispersion.factor(60_000, 100) == 3_605


def test_a_spread_does_not_follow_a_few_that_are_far_off() -> None:
    usual = known()
    before = usual.spread
    heard: dict[int, Heard] = {}
    for step in range(-20, 21):
        usual.hear(heard, 10, 7_000 + step * before // 12, 10)
    for far in (-100, 100):
        usual.hear(heard, 10, 7_000 + far * before, 15)
    assert usual.learn(heard, alarmed=False)
    usual.refresh()
    assert usual.spread < 1.15 * before  # 1.21 with a clip at three standard deviations


def known() -> Usual:
    usual = Usual(None)
    heard = {10: Heard(count=100, logs=700_000)}
    usual.cells.arrivals[10] = 100_000
    usual.learn(heard, alarmed=False)
    usual.refresh()
    return usual


@pytest.mark.parametrize(("alarmed", "log_milli", "learnt"), [(False, 7_000, True), (True, 7_000, False), (False, 7_500, False)])
def test_alarmed_and_slow_busy_hours_are_quarantined(alarmed: bool, log_milli: int, learnt: bool) -> None:
    usual = known()
    heard: dict[int, Heard] = {}
    usual.hear(heard, 10, log_milli, 25)
    assert usual.learn(heard, alarmed=alarmed) is learnt


def test_a_cell_that_is_mostly_kept_out_is_learnt_and_so_is_the_opening_pile() -> None:
    usual = known()
    usual.came(10, 300)
    heard: dict[int, Heard] = {}
    usual.hear(heard, 10, 8_000, 5)
    assert usual.learn(heard, alarmed=True)
    closing = Usual(None, closes=True)
    closing.learn({10: Heard(count=100, logs=700_000)}, alarmed=False)
    closing.refresh()
    assert not closing.learn({10: Heard(count=5, logs=35_000)}, alarmed=True)
    assert closing.learn({10 + SHUT: Heard(count=5, logs=35_000)}, alarmed=True)
    assert closing.cells.weights[10] == 105_000


def closing() -> Usual:
    """Open on Mondays at 9: 7 and 8 o'clock wait for it, 10 o'clock does not; a hundred replies of e^7 ms to who came at 10."""
    usual = Usual(None, closes=True, piles=[9 if hour in {7, 8} else None for hour in range(CELLS_CLOSING)])
    usual.learn({10: Heard(count=100, logs=700_000)}, alarmed=False)
    usual.refresh()
    return usual


def test_who_waits_for_one_opening_is_drawn_towards_each_other_and_says_the_less_the_more_there_are() -> None:
    usual = closing()
    usual.came(7, 30)
    usual.came(8, 10)
    heard: dict[int, Heard] = {}
    usual.hear(heard, 8 + SHUT, 8_000, 4)
    assert usual.learn(heard, alarmed=False)
    usual.refresh()
    # the whole: (100 x 7000 + 4 x 8000) / 104 = 7038; the pile: (4 x 8000 + 4 x 7038) / 8; 8 o'clock: (4 x 8000 + 4 x 7519) / 8
    assert (usual.means[7], usual.means[8]) == (7_519, 7_759)
    assert usual.shares[7] == usual.shares[8] == 1_000 + 250 * 40
    assert usual.shares[10] == 1_000


@pytest.mark.parametrize(("log_milli", "count", "mean"), [(6_000, 4, 6_862), (6_000, 3, 6_970), (6_600, 4, 6_984)])
def test_an_hour_of_the_week_that_is_contradicted_keeps_a_quarter(log_milli: int, count: int, mean: int) -> None:
    usual = closing()  # (25 x 7000 + 4 x 6000) / 29; too few, and too little, to contradict: (100 x 7000 + ...) / 10x
    heard: dict[int, Heard] = {}
    usual.hear(heard, 10, log_milli, count)
    assert usual.learn(heard, alarmed=False)
    usual.refresh()
    assert usual.means[10] == mean


def test_a_pile_is_known_by_the_hour_that_it_waits_for() -> None:
    office = (Interval(since=time(9), until=time(18)),)
    calendar = Calendar("office", CalendarModel(hours={Weekday.MON: office, Weekday.TUE: office}))
    piles = WaitClock(calendar, Slots(ZoneInfo("UTC"))).piles
    assert (piles[8], piles[9], piles[17], piles[18], piles[24 + 8]) == (9, None, None, 33, 33)
    assert piles[24 + 18] == piles[6 * 24] == 9
    assert WaitClock(Calendar("always", CalendarModel()), Slots(ZoneInfo("UTC"))).piles == ()


def test_a_week_takes_fifteen_percent() -> None:
    usual = known()
    usual.forget(0, 7)
    usual.forget(10_080, 8)
    assert usual.cells.weights[10] == 85_000
    assert usual.weeks(10_080) == 850


def test_the_promise_is_usual_while_there_is_no_history() -> None:
    assert Usual(Prior(600_000)).means[0] == pytest.approx(1_000 * log(600_000), abs=9)
    assert not Usual(None).known


def test_neighbours_that_share_a_deviation_weigh_less() -> None:
    shared = Dispersion()
    assert shared.shared == 50_000
    assert shared.factor(60_000) == 3_605  # sqrt(1 + 4 x 0.05 x 60)
    shared.add(400, 10)
    shared.close(240, 1_000, 301)
    # above = 0.5 x 0.985 + min(0.16, 6 (0.05 + 0.1)) - 0.1 = 0.5525; below = 10 x 0.985 + 1 = 10.85
    assert shared.shared == pytest.approx(1e6 * 0.5525 / 10.85, abs=10)


def test_a_count_fades_to_a_third_in_an_open_hour() -> None:
    decay = Decay()
    decay.add(10)
    decay.fade(60)
    assert decay.value == pytest.approx(10_000 / 2.71828, abs=2)
    decay.fade(10_000)
    assert decay.value == 0


def test_the_laxest_promise_that_can_hold_for_a_queue_counts() -> None:
    def policy(name: str, minutes: int, **when: object) -> PolicyModel:
        target = Target(measure=SlaMeasure.FIRST_REPLY, within={Priority.NORMAL: minutes * MINUTE_MS})
        return PolicyModel(name=name, when=Condition.model_validate(when), targets=(target,))

    domain = Domain(policies=(policy("a", 10, queues=["billing"]), policy("b", 20), policy("c", 90, queues=["sales"])))
    assert promised_ms(domain, "acme", {"queue": "billing", "channel": "chat"}) == 20 * MINUTE_MS
    assert promised_ms(domain, "acme", {"channel": "chat"}) == 90 * MINUTE_MS
    assert promised_ms(Domain(), "acme", {"queue": "billing"}) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), min_size=1, max_size=40))
def test_what_waits_say_does_not_depend_on_when_they_were_looked_at(waits: list[tuple[int, int]]) -> None:
    often, rarely = judge_of()[0].detector, judge_of()[0].detector
    for detector in (often, rarely):
        detector.usual.cells.total = 100
        detector.usual.cells.logs[0], detector.usual.cells.weights[0] = 13_000 * 100_000, 100_000
        detector.usual.refresh()
        detector.waiting.refresh(evidence(3_000, detector.usual.spread), MONDAY)
        for start, count in waits:
            detector.waiting.add(MONDAY + start, count, None)
    said = sum(often.waiting.look(MONDAY + minute) for minute in range(0, 1_001, 1))
    assert said == rarely.waiting.look(MONDAY + 1_000)


def test_a_tick_costs_the_same_with_ten_and_ten_thousand_waiting_in_a_minute() -> None:
    def looks(customers: int) -> int:
        calendar = Counting()
        judge, waits = judge_of(calendar=calendar)
        detector = judge.detector
        detector.usual.cells.total = 100
        detector.usual.cells.logs[0], detector.usual.cells.weights[0] = 13_000 * 100_000, 100_000
        for minute in range(120):
            waits.add(MONDAY + minute, customers, 0)
            judge.wake_ms = 0
            judge.judge((MONDAY + minute + 1) * MINUTE_MS)
        before = calendar.asked
        for minute in range(120, 240):
            judge.judge((MONDAY + minute + 1) * MINUTE_MS)
        return calendar.asked - before

    assert looks(10) == looks(10_000)
    assert looks(10) < 120 * 80  # a third of the starts are left alone at every tick


class Counting(Calendar):
    """Counts how often an age was computed."""

    def __init__(self) -> None:
        super().__init__("", CalendarModel())
        self.asked = 0

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        self.asked += 1
        return super().elapsed(since_ms, until_ms)
