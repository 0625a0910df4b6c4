"""Times as producers write them, against instants worked out by hand."""

from __future__ import annotations

import pytest

from pipeline.timestamps import TimeInput, format_time, parse_time

AT = 1_767_323_045_000
"""2026-01-02T03:04:05Z; `date -u -d 2026-01-02T03:04:05Z +%s`."""


@pytest.mark.parametrize(
    ("given", "at_ms"),
    [
        ("2026-01-02T03:04:05Z", AT),
        ("2026-01-02t03:04:05z", AT),
        ("2026-01-02 03:04:05Z", AT),
        ("2026-01-02T03:04:05.6Z", AT + 600),
        ("2026-01-02T03:04:05.6789Z", AT + 678),
        ("2026-01-02T03:04:05.678999999Z", AT + 678),
        ("2026-01-02T03:04:05.999999999999Z", AT + 999),
        ("2026-01-02T04:34:05+01:30", AT),
        ("2026-01-01T22:04:05-05:00", AT),
        ("2026-01-02T03:04:05-00:00", AT),
        ("2026-01-02T04:04:05+0100", AT),
        ("2026-W01-5T03:04:05Z", AT),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2016-12-31T23:59:60.5z", 1_483_228_800_500),
        ("2026-01-02T03:04:05", None),
        ("2026-01-02", None),
        ("2026-02-30T03:04:05Z", None),
        ("2026-01-02T24:00:00Z", None),
        ("2026-01-02T03:04:61Z", None),
        ("2026-13-02T03:04:60Z", None),
        ("1767323045", None),
        ("", None),
        ("2026-01-02T03:04:05Z trailing", None),
        ("\uff12\uff10\uff12\uff16-01-02T03:04:05Z", None),
        (1_767_323_045, AT),
        (1_767_323_045_678, AT + 678),
        (1_767_323_045.678, AT + 678),
        (1_767_323_045.6789, AT + 678),
        (1_767_323_045_678.9, AT + 678),
        (0.1 + 0.2, 300),
        (-1.5, -1500),
        (10**300, None),
        (-(10**300), None),
        (1e300, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_parse(given: TimeInput, at_ms: int | None) -> None:
    assert parse_time(given) == at_ms


def test_format() -> None:
    assert format_time(AT + 7) == "2026-01-02T03:04:05.007Z"
    assert format_time(AT) == "2026-01-02T03:04:05.000Z"
