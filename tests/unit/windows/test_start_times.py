from __future__ import annotations

import pytest

from pipeline.windows.openwork import StartTimes


@pytest.mark.parametrize(("minutes", "median"), [([], None), ([7], 7), ([7, 9], 7), ([3, 7, 9], 7), ([3, 7, 9, 9], 7)])
def test_of_an_even_number_the_older_of_the_two_middles_is_the_median(minutes: list[int], median: int | None) -> None:
    times = StartTimes()
    for minute in minutes:
        times.add(minute, 1, 0)
    assert times.median_start() == median
