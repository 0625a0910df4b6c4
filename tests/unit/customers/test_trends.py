"""Which topics rise and which channel suits which: numbers worked out by hand."""

from __future__ import annotations

import pytest

from pipeline.customers.trends import channel_fits, score_ppm, trends, wilson_ppm
from pipeline.signals import CounterWindow, ServiceLevel, WindowLevels


def level(segment: dict[str, str], **counters: tuple[int, int, int]) -> ServiceLevel:
    windows = {
        "7d": WindowLevels(
            since=0,
            until=7,
            durations={},
            counters={name: CounterWindow(now=now, previous=was, last_week=then) for name, (now, was, then) in counters.items()},
            promises={},
        )
    }
    return ServiceLevel(tenant="acme", segment=segment, as_of=7, expires_at=8, epoch=0, windows=windows, work={})


@pytest.mark.mission("C9")
class TestTrends:
    @pytest.mark.parametrize(
        ("now", "before", "score"),
        [(60, 40, 4_000_000), (58, 42, 2_560_000), (30, 10, 10_000_000), (10, 40, 18_000_000), (0, 0, 0)],
    )
    def test_two_counts(self, now: int, before: int, score: int) -> None:
        assert score_ppm(now, before) == score  # 20 squared over 100, and so on

    def test_the_strongest_rise_first_and_only_what_is_more_than_chance(self) -> None:
        levels = [
            level({"topic": "login"}, contacts=(60, 40, 60), repeat_contacts=(6, 0, 0)),
            level({"topic": "refund"}, contacts=(30, 10, 30)),
            level({"topic": "invoice"}, contacts=(5, 50, 5)),
            level({"topic": ""}, contacts=(500, 5, 5)),
            level({"topic": "new", "channel": "chat"}, contacts=(500, 5, 5)),
            level({"topic": "quiet"}, created=(5, 5, 5)),
        ]
        found = trends(levels, "7d")
        assert [(one.topic, one.difference, one.significant) for one in found] == [
            ("refund", 20, True),
            ("login", 20, False),  # 4.0: one topic alone would count (3.84), one of three does not (6.63)
            ("invoice", -45, True),
        ]
        assert found[1].repeats == 6
        assert [one.significant for one in trends(levels[:1], "7d")] == [True]
        assert [one.difference for one in trends(levels, "7d", against_last_week=True)] == [0, 0, 0]
        assert trends(levels, "1d") == []


@pytest.mark.mission("A15")
class TestChannelFit:
    def test_wilson(self) -> None:
        # 8 of 10: centre (0.8 + 0.19207) / 1.38415 = 0.71674, half width 0.22659: 0.4902 (Wilson 1927).
        assert wilson_ppm(8, 10) == pytest.approx(490_162, abs=3)
        assert wilson_ppm(0, 5) == pytest.approx(0, abs=3)
        assert wilson_ppm(3, 3) == pytest.approx(438_503, abs=3)
        assert wilson_ppm(0, 0) == 0

    def test_three_lucky_contacts_do_not_beat_three_hundred_good_ones(self) -> None:
        levels = [
            level({"topic": "refund", "channel": "chat"}, first_contacts_solved=(3, 0, 0)),
            level({"topic": "refund", "channel": "email"}, first_contacts_solved=(300, 0, 0), first_contacts_repeated=(30, 0, 0)),
            level({"topic": "refund", "channel": "phone"}, contacts=(3, 0, 0)),
        ]
        found = channel_fits(levels, "7d")
        assert [(fit.channel, fit.settled, fit.solved) for fit in found] == [("email", 270, 300), ("chat", 3, 3)]
