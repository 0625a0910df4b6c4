"""Where a zone changes its offset, to the millisecond."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.tickets.offsets import _change, _offset
from tests.support.story import utc


@pytest.mark.parametrize("ahead", range(1, 9))
@pytest.mark.parametrize("beyond", [0, 1, 7])
def test_a_change_is_found_to_the_millisecond(ahead: int, beyond: int) -> None:
    berlin, spring = ZoneInfo("Europe/Berlin"), utc("2026-03-29 01:00")
    before = _offset(berlin, spring - 1)
    assert _offset(berlin, spring) != before
    assert _change(berlin, spring - ahead, spring + beyond, before) == spring
