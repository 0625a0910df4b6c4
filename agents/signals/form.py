"""A signal as Redis holds it: flat fields that any language reads, and the whole of it as JSON in the field `signal`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.routing.signal import AvailableResponder, Deadline, RoutingSignal

WHOLE = "signal"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(RoutingSignal).decode


def fields_of(signal: RoutingSignal) -> dict[str, str]:
    """Return the fields of the hash; what is unknown has none."""
    flat = {
        "tenant": signal.tenant,
        "queue": signal.queue,
        "epoch": signal.epoch,
        "as_of": signal.as_of,
        "said_at": signal.said_at,
        "expires_at": signal.expires_at,
        "waiting": signal.waiting,
        "waiting_first": signal.waiting_first,
        "oldest_at": signal.oldest_at,
        "sla_clocks": signal.pressure.clocks,
        "sla_at_risk": signal.pressure.at_risk,
        "sla_breached": signal.pressure.breached,
        "sla_share_ppm": signal.pressure.share_ppm,
        "next_breach_at": signal.pressure.next_breach_at,
        "first_reply_now_ms": signal.first_reply_now_ms,
        "first_reply_usual_ms": signal.first_reply_usual_ms,
        "level": signal.level,
        "expected_wait_ms": signal.expected_wait_ms,
        "expected_wait_p90_ms": signal.expected_wait_p90_ms,
        "open": None if signal.opening is None else int(signal.opening.open),
        "responders_needed": None if signal.staffing is None else signal.staffing.needed,
        "responders_there": None if signal.staffing is None else signal.staffing.there,
        "responders_planned": None if signal.staffing is None else signal.staffing.planned,
        "responders_missing": None if signal.staffing is None else signal.staffing.missing,
        "responders_available": signal.available,
        "channels": ",".join(fit.channel for fit in signal.channels),
        WHOLE: _encode(signal).decode(),
    }
    return {name: str(value) for name, value in flat.items() if value is not None}


def scores_of(deadlines: Iterable[Deadline]) -> list[str]:
    """Return `score, member, ...` of a sorted set: deadline, ms, and ticket id."""
    return [part for deadline in deadlines for part in (str(deadline.due_at), deadline.ticket_id)]


def places_of(responders: Iterable[AvailableResponder]) -> list[str]:
    """Return `score, member, ...` of a sorted set: place, the best is 0, and responder id."""
    return [part for number, one in enumerate(responders) for part in (str(number), one.responder_id)]


def signal_of(whole: str | bytes) -> RoutingSignal:
    """Return the signal in the field `signal`.

    Raises:
        msgspec.DecodeError: that is none.

    """
    return _decode(whole)
