"""Who should take the next contact: those who can, best fit first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

import msgspec

from pipeline.responders.events import Presence
from pipeline.responders.signals import ResponderState


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A responder who can take a contact, and why they stand where they stand."""

    responder_id: str
    matched: int
    """How many of the wanted skills they have."""
    free: int
    load: int
    capacity: int
    since: int | None


def ranked(
    responders: Iterable[ResponderState], now_ms: int, *, queue: str = "", channel: str = "", skills: Collection[str] = ()
) -> list[Candidate]:
    """Return the responders who can take a contact of a queue and channel, by skill and load.

    More of the wanted skills come first, then the smaller share of capacity in use, then who has been available for longest,
    then the id, so that equal input ranks equally. Records past their expiry are left out: who is stale is not there.
    """
    able = [
        one
        for one in responders
        if one.state is Presence.AVAILABLE
        and one.free > 0
        and now_ms < one.expires_at
        and (not queue or not one.queues or queue in one.queues)
        and (not channel or ((not one.channels or channel in one.channels) and _on(one, channel)))
    ]
    wanted = set(skills)
    found = [
        Candidate(
            responder_id=one.responder_id,
            matched=len(wanted & set(one.skills)),
            free=one.free,
            load=one.load,
            capacity=one.capacity,
            since=one.since,
        )
        for one in able
    ]
    return sorted(found, key=lambda one: (-one.matched, Fraction(one.load, one.capacity), one.since or 0, one.responder_id))


def _on(one: ResponderState, channel: str) -> bool:
    return one.channel_states.get(channel, Presence.AVAILABLE) is Presence.AVAILABLE
