"""How people behave on each channel: how long a reply takes, how long a customer thinks, and when one gives up."""

from __future__ import annotations

import math

import msgspec

from pipeline.events import Channel

SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """One channel. Medians are of log-normal draws, milliseconds."""

    write_ms: int
    """Median from picking a customer up to the reply."""
    busy_factor: float
    """How long the responder is taken, relative to the writing (below 1: several customers at a time)."""
    spread: float = 0.6
    """Sigma of the logarithm of the writing."""
    follow_ups: float
    """Mean number of times that the customer writes again."""
    think_ms: int
    """Median until the customer answers."""
    live: bool = False
    """Somebody sits and waits: picked up first, and gone when it takes too long."""
    patience_ms: int = 0
    """Mean until a waiting customer gives up; only when live."""
    bot_share: float = 0.0
    """Share of tickets that a bot answers first."""
    acknowledged: float = 0.0
    """Share of tickets that get an automatic acknowledgement."""


_LETTER = Manner(write_ms=4 * MINUTE_MS, busy_factor=1.2, spread=0.8, follow_ups=0.6, think_ms=5 * HOUR_MS, acknowledged=0.9)
_SHORT = Manner(write_ms=2 * MINUTE_MS, busy_factor=1.0, follow_ups=1.2, think_ms=25 * MINUTE_MS)

MANNERS: dict[Channel, Manner] = {
    Channel.PHONE: Manner(
        write_ms=8 * SECOND_MS, busy_factor=35.0, spread=0.3, follow_ups=0, think_ms=0, live=True, patience_ms=10 * MINUTE_MS
    ),
    Channel.CHAT: Manner(
        write_ms=50 * SECOND_MS,
        busy_factor=0.8,
        follow_ups=2.5,
        think_ms=40 * SECOND_MS,
        live=True,
        patience_ms=25 * MINUTE_MS,
        bot_share=0.5,
    ),
    Channel.MESSAGING: Manner(write_ms=90 * SECOND_MS, busy_factor=0.8, follow_ups=1.5, think_ms=8 * MINUTE_MS, bot_share=0.3),
    Channel.EMAIL: _LETTER,
    Channel.WEB: msgspec.structs.replace(_LETTER, acknowledged=1.0),
    Channel.SOCIAL: _SHORT,
    Channel.SMS: _SHORT,
    Channel.API: _LETTER,
    Channel.OTHER: _LETTER,
}


def work_ms(manner: Manner) -> float:
    """Return the mean time that one ticket takes from responders, milliseconds."""
    mean = manner.write_ms * math.exp(manner.spread**2 / 2)
    return mean * manner.busy_factor * (1 + manner.follow_ups)
