"""What goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Jump(msgspec.Struct, frozen=True, kw_only=True):
    """Most of a queue's responders are gone for a while: first reply times jump."""

    queue: str
    at_ms: int
    """From the start of the simulation."""
    duration_ms: int = 5_400_000
    staff_share: float = 0.15
    """Share of the planned responders who stay."""


def staff_share(jumps: Iterable[Jump], queue: str, since_start_ms: int) -> float:
    """Return the share of the planned responders of a queue who are there."""
    share = 1.0
    for jump in jumps:
        if jump.queue == queue and jump.at_ms <= since_start_ms < jump.at_ms + jump.duration_ms:
            share *= jump.staff_share
    return share
