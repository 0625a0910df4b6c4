"""The measures of MISSION table A that a ticket carries, each by a number worked out by hand from its definition."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipeline.config import CostModel, Domain
from pipeline.events import Channel, Event, EventType, MessageKind, Status, Visibility
from pipeline.measures import Measure
from pipeline.signals import RateWindow
from tests.support.scenarios.terms import HOUR, MINUTE
from tests.support.story import AUTOMATION, CUSTOMER, RESPONDER, SYSTEM, Story, utc
from tests.support.sums import Sums, fold_all, records_of
from tests.support.windowed import window_at
from tests.unit.test_scenarios import minutes_of, observed

M = Measure
PLAIN = Domain()
NOON = "2026-03-02 12:00"


def told(*stories: Story, domain: Domain = PLAIN) -> Sums:
    """Fold stories until noon, one event at a time."""
    return fold_all(domain, records_of(_together(stories)), utc(NOON), batch=1)[0]


def rate(name: str, *stories: Story, domain: Domain = PLAIN) -> RateWindow:
    """Return a rate over the day until noon."""
    return window_at(domain, _together(stories), utc(NOON), "1d").rates[name]


def _together(stories: Iterable[Story]) -> list[Event]:
    return [event for story in stories for event in story.events]


def chat(ticket_id: str = "T1", at: str = "2026-03-02 09:00") -> Story:
    return Story(ticket_id).created(at, channel=Channel.CHAT)


@pytest.mark.mission("A2")
def test_average_response_time_is_the_sum_of_all_response_times_over_their_number() -> None:
    one = Story("T1").created("2026-03-02 09:00").reply("2026-03-02 09:10").customer("2026-03-02 10:00").reply("2026-03-02 10:50")
    two = Story("T2").created("2026-03-02 09:00").reply("2026-03-02 09:30")
    response = window_at(PLAIN, _together((one, two)), utc(NOON), "1d").durations["response"]
    assert (response.now.count, response.now.sum_ms, response.now.mean_ms) == (3, 90 * MINUTE, 30 * MINUTE)


@pytest.mark.mission("A3")
def test_average_resolution_time_is_total_resolution_time_over_tickets_closed() -> None:
    one = Story("T1").created("2026-03-02 08:00").solve("2026-03-02 09:00").status("2026-03-02 10:00", Status.OPEN)
    one.solve("2026-03-02 11:00")
    two = Story("T2").created("2026-03-02 09:00").solve("2026-03-02 10:00")
    resolution = window_at(PLAIN, _together((one, two)), utc(NOON), "1d").durations["full_resolution"]
    assert (resolution.now.count, resolution.now.mean_ms) == (2, 2 * HOUR)


@pytest.mark.mission("A4")
class TestPickup:
    def test_it_ends_with_the_assignment_to_a_responder(self) -> None:
        assert observed(told(chat().change("2026-03-02 09:02", assignee="ana")), M.PICKUP) == (1, 2 * MINUTE)

    def test_it_ends_with_the_first_act_of_a_responder_be_it_a_note(self) -> None:
        assert observed(told(chat().bot("2026-03-02 09:00").note("2026-03-02 09:03")), M.PICKUP) == (1, 3 * MINUTE)

    def test_an_automation_that_holds_it_has_not_taken_it(self) -> None:
        story = chat().add(EventType.ASSIGNEE_CHANGED, "2026-03-02 09:01", actor=SYSTEM, assignee="robot")
        story.add(EventType.ASSIGNEE_CHANGED, "2026-03-02 09:04", actor=SYSTEM, assignee="ana")
        assert observed(told(story, domain=Domain(automations=("robot",))), M.PICKUP) == (1, 4 * MINUTE)
        assert observed(told(story), M.PICKUP) == (1, MINUTE)

    def test_who_left_was_never_taken_and_mail_is_not_waited_for(self) -> None:
        left = chat().add(EventType.ABANDONED, "2026-03-02 09:01").note("2026-03-02 09:05")
        mail = Story().created("2026-03-02 09:00", channel=Channel.EMAIL).note("2026-03-02 09:05")
        assert observed(told(left), M.PICKUP) == observed(told(mail), M.PICKUP) == (0, 0)


@pytest.mark.mission("A5")
class TestSelfService:
    def test_solved_by_the_customer_or_after_an_automations_answer_over_all_solved(self) -> None:
        by_customer = Story("T1").created("2026-03-02 09:00").solve("2026-03-02 09:10", by=CUSTOMER)
        answered = Story("T2").created("2026-03-02 09:00").bot("2026-03-02 09:01").solve("2026-03-02 09:10", by=AUTOMATION)
        ignored = Story("T3").created("2026-03-02 09:00").solve("2026-03-02 11:00", by=AUTOMATION)
        helped = Story("T4").created("2026-03-02 09:00").reply("2026-03-02 09:05").solve("2026-03-02 09:10", by=CUSTOMER)
        found = rate("self_service_rate", by_customer, answered, ignored, helped)
        assert (found.numerator, found.denominator, found.ppm) == (2, 4, 500_000)

    def test_a_reopening_takes_it_back_where_it_stood(self) -> None:
        story = Story().created("2026-03-02 09:00").solve("2026-03-02 09:10", by=CUSTOMER)
        assert minutes_of(told(story), M.SELF_SERVED) == [utc("2026-03-02 09:10") // MINUTE]
        story.customer("2026-03-02 10:00", status=Status.OPEN)
        assert minutes_of(told(story), M.SELF_SERVED) == []
        story.solve("2026-03-02 10:30", by=CUSTOMER)
        assert minutes_of(told(story), M.SELF_SERVED) == [utc("2026-03-02 10:30") // MINUTE]


@pytest.mark.mission("A6")
class TestOneTouch:
    def test_solved_with_a_single_reply_over_all_solved(self) -> None:
        one = Story("T1").created("2026-03-02 09:00").reply("2026-03-02 09:10", status=Status.SOLVED)
        two = (
            Story("T2").created("2026-03-02 09:00").reply("2026-03-02 09:10").reply("2026-03-02 09:20").solve("2026-03-02 09:30")
        )
        none = Story("T3").created("2026-03-02 09:00").solve("2026-03-02 09:30")
        found = rate("one_touch_rate", one, two, none)
        assert (found.numerator, found.denominator, found.ppm) == (1, 3, 333_333)

    @pytest.mark.parametrize("status", [None, Status.OPEN])
    def test_a_further_reply_or_a_reopening_takes_it_back(self, status: Status | None) -> None:
        story = Story().created("2026-03-02 09:00").reply("2026-03-02 09:10", status=Status.SOLVED)
        assert observed(told(story), M.ONE_TOUCH) == (1, 1)
        assert observed(told(story.reply("2026-03-02 10:00", status=status)), M.ONE_TOUCH) == (0, 0)

    def test_a_session_on_a_live_channel_is_one_touch(self) -> None:
        story = chat().reply("2026-03-02 09:01").customer("2026-03-02 09:02").reply("2026-03-02 09:03").solve("2026-03-02 09:05")
        assert observed(told(story), M.ONE_TOUCH) == (1, 1)

    def test_the_session_after_a_reopening_is_a_touch_of_its_own(self) -> None:
        story = chat().reply("2026-03-02 09:01").solve("2026-03-02 09:05").customer("2026-03-02 10:00", status=Status.OPEN)
        assert observed(told(story.reply("2026-03-02 10:01").solve("2026-03-02 10:05")), M.ONE_TOUCH) == (0, 0)

    def test_a_reply_that_failed_later_was_none(self) -> None:
        story = Story().created("2026-03-02 09:00").reply("2026-03-02 09:10", message_id="m1").reply("2026-03-02 09:20")
        story.solve("2026-03-02 09:30").failed("2026-03-02 09:40", "m1")
        assert observed(told(story), M.ONE_TOUCH) == (1, 1)


@pytest.mark.mission("A8")
def test_short_abandonments_count_but_not_in_the_rate() -> None:
    short = chat("T1").add(EventType.ABANDONED, "2026-03-02 09:00:05")
    long = chat("T2").add(EventType.ABANDONED, "2026-03-02 09:00:05.001")
    stayed = [chat(f"T{number}").reply("2026-03-02 09:01") for number in (3, 4)]
    sums = told(short, long, *stayed)
    assert (observed(sums, M.ABANDONED), observed(sums, M.ABANDONED_SHORT)) == ((2, 2), (1, 1))
    found = rate("abandonment_rate", short, long, *stayed)
    assert (found.numerator, found.denominator, found.ppm) == (1, 3, 333_333)


def rated(number: int, kind: str, score: int, low: int | None = None, high: int | None = None) -> Story:
    story = Story(f"T{number}").created("2026-03-02 09:00")
    return rate_again(story, "2026-03-02 10:00", kind, score, low, high)


def rate_again(story: Story, at: str, kind: str, score: int, low: int | None = None, high: int | None = None) -> Story:
    rating = {"rating_kind": kind, "rating_score": score, "rating_low": low, "rating_high": high}
    return story.add(EventType.RATED, at, actor=CUSTOMER, **rating)


@pytest.mark.mission("A9")
class TestRatings:
    def test_csat_is_four_and_five_stars_over_all_answers(self) -> None:
        stories = [rated(number, "csat", score) for number, score in enumerate((1, 3, 4, 5, 5))]
        csat, mean = rate("csat", *stories), rate("csat_mean", *stories)
        assert (csat.numerator, csat.denominator, csat.ppm) == (3, 5, 600_000)
        assert mean.ppm == 3_600_000

    @pytest.mark.parametrize(
        ("score", "low", "high", "satisfied"), [(1, 0, 1, 1), (0, 0, 1, 0), (7, 1, 10, 0), (8, 1, 10, 1), (2, 5, 1, 1)]
    )
    def test_other_scales_are_read_as_one_to_five(self, score: int, low: int, high: int, satisfied: int) -> None:
        assert observed(told(rated(1, "csat", score, low, high)), M.CSAT_SATISFIED) == (satisfied, satisfied)

    def test_a_later_rating_replaces_the_earlier_one_where_it_stood(self) -> None:
        sums = told(rate_again(rated(1, "csat", 1), "2026-03-02 11:00", "csat", 5))
        assert minutes_of(sums, M.CSAT_ANSWERS) == minutes_of(sums, M.CSAT_SATISFIED) == [utc("2026-03-02 11:00") // MINUTE]

    def test_the_order_of_arrival_does_not_matter(self) -> None:
        story = rate_again(rated(1, "csat", 5), "2026-03-02 09:30", "csat", 1)  # the earlier one arrives last
        assert observed(told(story), M.CSAT_SATISFIED) == (1, 1)

    def test_nps_is_promoters_less_detractors(self) -> None:
        stories = [rated(number, "nps", score) for number, score in enumerate((10, 9, 8, 7, 6, 0, 3, 9))]
        sums = told(*stories)
        assert [observed(sums, m)[0] for m in (M.NPS_PROMOTERS, M.NPS_PASSIVES, M.NPS_DETRACTORS)] == [3, 2, 3]
        assert rate("nps", *stories[:5]).ppm == 200_000
        assert rate("nps", *stories[4:7]).ppm == -1_000_000

    def test_ces_is_a_mean_of_one_to_seven_and_less_may_be_better(self) -> None:
        assert rate("ces_mean", rated(1, "ces", 7), rated(2, "ces", 4)).ppm == 5_500_000
        assert rate("ces_mean", rated(1, "ces", 1, 5, 1)).ppm == 7_000_000

    @pytest.mark.parametrize(("kind", "score", "low", "high"), [("csat", 9, None, None), ("csat", 3, 3, 3), ("stars", 3, 1, 5)])
    def test_a_rating_off_its_scale_is_none(self, kind: str, score: int, low: int | None, high: int | None) -> None:
        story = Story().created("2026-03-02 09:00")
        sums = fold_all(PLAIN, records_of(story.events), utc(NOON))[0]
        before = sums.plain_codes()
        event = rate_again(story, "2026-03-02 10:00", kind, score, low, high).events
        assert fold_all(PLAIN, records_of(event), utc(NOON))[0].plain_codes() == before

    def test_response_rate_is_surveys_answered_over_surveys_sent(self) -> None:
        asked = [
            Story(f"T{n}").created("2026-03-02 09:00").message("2026-03-02 09:30", SYSTEM, MessageKind.SURVEY) for n in range(4)
        ]
        rate_again(asked[0], "2026-03-02 10:00", "csat", 5)
        rate_again(asked[0], "2026-03-02 10:01", "nps", 9)
        found = rate("survey_response_rate", *asked, rated(9, "csat", 5))
        assert (found.numerator, found.denominator, found.ppm) == (1, 4, 250_000)


@pytest.mark.mission("A11")
class TestCost:
    DOMAIN = Domain(costs={Channel.EMAIL: CostModel(contact=450), Channel.CHAT: CostModel(contact=100, minute=60)})

    def test_cost_per_contact_is_all_cost_over_contacts_handled(self) -> None:
        mail = Story("T1").created("2026-03-02 09:00", channel=Channel.EMAIL).reply("2026-03-02 09:10", status=Status.SOLVED)
        talk = chat("T2").note("2026-03-02 09:02").reply("2026-03-02 09:03").solve("2026-03-02 09:07:30")
        web = Story("T3").created("2026-03-02 09:00", channel=Channel.WEB).solve("2026-03-02 09:30")
        found = rate("cost_per_contact", mail, talk, web, domain=self.DOMAIN)
        assert (found.numerator, found.denominator) == (450 + 100 + 330, 2)
        assert found.ppm == 440_000_000

    def test_solved_again_the_cost_is_said_anew(self) -> None:
        story = chat().note("2026-03-02 09:00").solve("2026-03-02 09:10").status("2026-03-02 09:20", Status.OPEN)
        assert observed(told(story, domain=self.DOMAIN), M.COST)[1] == 700
        sums = told(story.solve("2026-03-02 09:30"), domain=self.DOMAIN)
        assert (observed(sums, M.COST)[1], observed(sums, M.CONTACTS_COSTED)) == (1_900, (1, 1))

    def test_without_a_table_nothing_is_said(self) -> None:
        assert observed(told(chat().solve("2026-03-02 09:10")), M.CONTACTS_COSTED) == (0, 0)


@pytest.mark.mission("A14")
def test_volume_per_hour_per_day_and_per_channel() -> None:
    stories = [chat("T1", "2026-03-02 11:20"), chat("T2", "2026-03-02 10:20"), chat("T3", "2026-03-01 23:00")]
    stories.append(Story("T4").created("2026-03-02 11:30", channel=Channel.EMAIL))
    events = _together(stories)
    hour, day = (window_at(PLAIN, events, utc(NOON), name).counters["created"] for name in ("1h", "1d"))
    assert (hour.now, hour.previous, day.now) == (2, 1, 4)
    assert window_at(PLAIN, events, utc(NOON), "1d", b"acme|channel=chat").counters["created"].now == 3


@pytest.mark.mission("B6")
def test_the_share_of_contacts_that_met_what_customers_expect() -> None:
    domain = Domain(expectations={Channel.EMAIL: HOUR, Channel.CHAT: 30_000})
    mail = [Story(f"T{n}").created("2026-03-02 09:00", channel=Channel.EMAIL) for n in range(4)]
    mail[0].reply("2026-03-02 10:00")  # exactly as soon as expected
    mail[1].reply("2026-03-02 10:00:00.001")
    mail[2].solve("2026-03-02 09:30")
    left, at_once = (
        chat("T5").add(EventType.ABANDONED, "2026-03-02 09:00:20"),
        chat("T6").add(EventType.ABANDONED, "2026-03-02 09:00:03"),
    )
    found = rate(
        "expectation_rate", *mail, left, at_once, domain=domain
    )  # the fourth customer still waits, the last one left at once
    assert (found.numerator, found.denominator, found.ppm) == (2, 4, 500_000)


def test_moves_are_counted_when_a_ticket_leaves() -> None:
    story = Story().created("2026-03-02 09:00", queue="billing", team="tier1", assignee="ana")
    story.change("2026-03-02 09:10", queue="technical", team="tier2").change("2026-03-02 09:20", assignee="")
    story.change("2026-03-02 09:30", assignee="ben").change("2026-03-02 09:40", assignee="cid", queue="technical")
    sums = told(story)
    assert (observed(sums, M.TRANSFERS), observed(sums, M.REASSIGNMENTS)) == ((1, 1), (2, 2))


@pytest.mark.mission("B.4.11")
def test_time_by_status_and_unassigned_add_up_to_the_life_of_the_ticket() -> None:
    story = Story().created("2026-03-02 09:00").status("2026-03-02 09:10", Status.OPEN, assignee="ana")
    story.status("2026-03-02 09:30", Status.PENDING).customer("2026-03-02 10:30", status=Status.OPEN).solve("2026-03-02 10:45")
    sums = told(story)
    found = {m: observed(sums, m)[1] // MINUTE for m in (M.STATUS_NEW_MS, M.STATUS_OPEN_MS, M.STATUS_PENDING_MS, M.UNASSIGNED_MS)}
    assert found == {M.STATUS_NEW_MS: 10, M.STATUS_OPEN_MS: 35, M.STATUS_PENDING_MS: 60, M.UNASSIGNED_MS: 10}
    assert rate("waiting_on_us", story).ppm == 45 * 1_000_000 // 105
    assert rate("waiting_on_customer", story).ppm == 60 * 1_000_000 // 105


def test_unassigned_time_starts_anew_with_a_reopening() -> None:
    story = Story().created("2026-03-02 09:00").solve("2026-03-02 09:10").status("2026-03-02 10:00", Status.OPEN)
    story.change("2026-03-02 10:05", assignee="ana").change("2026-03-02 10:10", assignee="").solve("2026-03-02 10:12")
    assert observed(told(story), M.UNASSIGNED_MS)[1] == (10 + 5 + 2) * MINUTE


def test_a_note_that_nobody_can_see_is_no_answer_and_an_internal_survey_no_offer() -> None:
    story = Story().created("2026-03-02 09:00").bot("2026-03-02 09:01", visibility=Visibility.INTERNAL)
    story.message("2026-03-02 09:02", RESPONDER, MessageKind.SURVEY, visibility=Visibility.INTERNAL)
    quiet = Story("T2").created("2026-03-02 09:00").bot("2026-03-02 09:01", visibility=Visibility.INTERNAL)
    assert observed(told(quiet.solve("2026-03-02 09:10", by=AUTOMATION)), M.SELF_SERVED) == (0, 0)
    assert observed(told(story), M.SURVEYS_OFFERED) == (0, 0)
