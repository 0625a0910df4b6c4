"""Which topics rise, and which channel suits which topic: readings of the service levels of topics, for people.

Counts of contacts are compared as two Poisson counts over equal times: given their sum, the newer one is binomial with one
half. The square of the normal score, `(now - before)^2 / (now + before)`, is compared with the quantiles of chi-square with
one degree of freedom, in integers. Testing many topics finds some by chance, so the bar is raised by their number
(Bonferroni). Channels are ranked by the lower end of the 95 % Wilson interval of their first contact resolution, so that
three lucky contacts do not beat three hundred good ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt
from typing import NamedTuple

from pipeline.measures import Measure
from pipeline.signals import ServiceLevel

_PPM = 1_000_000
_Z_SQUARED_PPM = 3_841_459
"""Of the 95 % interval: 1.959964 squared."""
_CORRECTED = (
    (1, 3_841_459),
    (2, 5_023_886),
    (5, 6_634_897),
    (10, 7_879_439),
    (20, 9_140_593),
    (50, 10_827_566),
    (100, 12_115_665),
    (1000, 16_448_110),
)
"""Up to so many topics -> the quantile at 0.05 divided by them."""


class TopicTrend(NamedTuple):
    """One topic's contacts in a window against an earlier one."""

    tenant: str
    topic: str
    now: int
    before: int
    repeats: int
    """Of those now, how many are repeats."""
    score_ppm: int
    """Squared normal score of the difference."""
    significant: bool
    """Beyond chance at 5 %, with as many topics as there are looked at together."""

    @property
    def difference(self) -> int:
        """Return how many more now."""
        return self.now - self.before


class ChannelFit(NamedTuple):
    """How well one channel settles one topic."""

    tenant: str
    topic: str
    channel: str
    solved: int
    settled: int
    """Of those, without a repeat."""
    at_least_ppm: int
    """Lower end of the 95 % interval of the share."""


def score_ppm(now: int, before: int) -> int:
    """Return the squared normal score of the difference of two counts, parts per million."""
    return (now - before) ** 2 * _PPM // (now + before) if now + before else 0


def trends(levels: Iterable[ServiceLevel], window: str, *, against_last_week: bool = False) -> list[TopicTrend]:
    """Return every topic's trend, the strongest rise first; from service levels of segments with the one dimension `topic`."""
    found = []
    for level in levels:
        if set(level.segment) != {"topic"} or not level.segment["topic"] or window not in level.windows:
            continue
        counters = level.windows[window].counters
        contacts, repeats = counters.get(Measure.CONTACTS.value), counters.get(Measure.REPEAT_CONTACTS.value)
        if contacts is None:
            continue
        before = contacts.last_week if against_last_week else contacts.previous
        found.append((level.tenant, level.segment["topic"], contacts.now, before, 0 if repeats is None else repeats.now))
    bar = next((quantile for most, quantile in _CORRECTED if len(found) <= most), _CORRECTED[-1][1])
    scored = [TopicTrend(*one, score, score >= bar) for one in found for score in (score_ppm(one[2], one[3]),)]
    return sorted(scored, key=lambda one: (one.difference <= 0, -one.score_ppm if one.difference > 0 else one.score_ppm, one))


def channel_fits(levels: Iterable[ServiceLevel], window: str) -> list[ChannelFit]:
    """Return how well each channel settles each topic, the best channel of a topic first; from segments by topic and channel."""
    found = []
    for level in levels:
        if set(level.segment) != {"topic", "channel"} or window not in level.windows:
            continue
        counters = level.windows[window].counters
        solved, repeated = (
            counters[measure.value].now if measure.value in counters else 0
            for measure in (Measure.FIRST_CONTACTS_SOLVED, Measure.FIRST_CONTACTS_REPEATED)
        )
        if solved > 0:
            settled = solved - repeated
            segment = level.segment
            found.append(
                ChannelFit(level.tenant, segment["topic"], segment["channel"], solved, settled, wilson_ppm(settled, solved))
            )
    return sorted(found, key=lambda fit: (fit.tenant, fit.topic, -fit.at_least_ppm, fit.channel))


def wilson_ppm(good: int, count: int) -> int:
    """Return the lower end of the 95 % Wilson interval of `good` of `count`, parts per million (Wilson 1927)."""
    if count <= 0:
        return 0
    share, z2 = good * _PPM // count, _Z_SQUARED_PPM
    centre = share + z2 // (2 * count)
    spread = isqrt(z2 * (share * (_PPM - share) // count + z2 * _PPM // (4 * count * count)) // _PPM)
    return max(0, (centre - spread) * _PPM // (_PPM + z2 // count))
