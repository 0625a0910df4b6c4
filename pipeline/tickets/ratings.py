"""What customers say of a ticket: surveys offered and answered, CSAT, CES and NPS. Rules: docs/semantics.md, "Ratings"."""

from __future__ import annotations

from pipeline.measures import Measure, base
from pipeline.tickets.scales import CES, CSAT, KIND, points
from pipeline.tickets.state import Rated, State
from pipeline.tickets.tally import Tally

SATISFIED_PPM = 750_000
"""4 of 1 to 5."""
MIDDLING_PPM = 500_000
"""3 of 1 to 5."""
DELIGHTED_PPM = 1_000_000
"""5 of 1 to 5."""
PROMOTER_PPM = 900_000
"""9 of 0 to 10."""
PASSIVE_PPM = 700_000
"""7 of 0 to 10."""

_CSAT_ANSWERS, _CSAT_SATISFIED, _CSAT_SCORE = map(base, (Measure.CSAT_ANSWERS, Measure.CSAT_SATISFIED, Measure.CSAT_SCORE))
_CSAT_MIDDLING, _CSAT_DELIGHTED = base(Measure.CSAT_MIDDLING), base(Measure.CSAT_DELIGHTED)
_CES_ANSWERS, _CES_SCORE = base(Measure.CES_ANSWERS), base(Measure.CES_SCORE)
_PROMOTERS, _PASSIVES, _DETRACTORS = map(base, (Measure.NPS_PROMOTERS, Measure.NPS_PASSIVES, Measure.NPS_DETRACTORS))


def offer(state: State, at_ms: int, tally: Tally) -> None:
    """Count a survey that was sent."""
    state.surveyed = True
    tally.count(state, at_ms, Measure.SURVEYS_OFFERED)


def rate(state: State, rating: int, at_ms: int, tally: Tally) -> None:
    """Let a rating stand; an earlier one of its kind is taken back where it stood. A ticket that is gone is not rated."""
    if state.gone:
        return
    if state.surveyed:
        state.surveyed = False
        tally.count(state, at_ms, Measure.SURVEYS_ANSWERED)
    kept = []
    for before in state.ratings:
        if before.rating // KIND == rating // KIND:
            _say(before, -1, tally)
        else:
            kept.append(before)
    rated = Rated(rating, at_ms, tally.rules.leaf(state))
    _say(rated, 1, tally)
    state.ratings = [*kept, rated]


def _say(rated: Rated, sign: int, tally: Tally) -> None:
    for code, amount in _amounts(rated.rating):
        tally.ledger.add(rated.leaf, rated.at, code, sign * amount)


def _amounts(rating: int) -> tuple[tuple[int, int], ...]:
    kind, share_ppm = divmod(rating, KIND)
    if kind == CSAT:
        return (
            (_CSAT_ANSWERS, 1),
            (_CSAT_SATISFIED, 1 if share_ppm >= SATISFIED_PPM else 0),
            (_CSAT_MIDDLING, 1 if share_ppm >= MIDDLING_PPM else 0),
            (_CSAT_DELIGHTED, 1 if share_ppm >= DELIGHTED_PPM else 0),
            (_CSAT_SCORE, points(share_ppm, 1, 5)),
        )
    if kind == CES:
        return (_CES_ANSWERS, 1), (_CES_SCORE, points(share_ppm, 1, 7))
    return ((_PROMOTERS if share_ppm >= PROMOTER_PPM else _PASSIVES if share_ppm >= PASSIVE_PPM else _DETRACTORS, 1),)
