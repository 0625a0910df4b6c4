from __future__ import annotations

from pipeline.catalogue import Rate
from pipeline.windows.ratios import RATIOS, Rates


def test_a_rate_of_an_earlier_position_follows_what_changed_there() -> None:
    ratio = RATIOS[Rate.REOPEN]
    ((above, _, which_above), *_), ((below, _, which_below), *_) = ratio.numerator, ratio.denominator

    def position(reopened: int, solved: int) -> dict[int, tuple[int, int]]:
        pairs = ((above, which_above, reopened), (below, which_below, solved))
        return {index: (0, amount) if which else (amount, 0) for index, which, amount in pairs}

    rates, indices = Rates(), {above, below}
    first = rates.compute(indices, indices, position(1, 10), position(1, 4), {}, {})[Rate.REOPEN.value]
    same = rates.compute(indices, set(), position(2, 10), position(1, 4), {}, {})[Rate.REOPEN.value]
    later = rates.compute(indices, indices, position(2, 10), position(3, 4), {}, {})[Rate.REOPEN.value]
    assert first.previous_ppm == same.previous_ppm == ratio.share(1, 4)
    assert (same.ppm, later.previous_ppm) == (ratio.share(2, 10), ratio.share(3, 4))
