"""Alerts as tests need them."""

from __future__ import annotations

from typing import Any

from pipeline.signals import Alert, AlertState

M = 60_000
NOON = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""


def alert(onset_at: int = NOON, **changes: Any) -> Alert:
    """Return a firing page on the queue billing; its id follows from rule, queue and onset."""
    given: dict[str, Any] = {
        "rule": "frt_jump",
        "severity": "page",
        "state": AlertState.FIRING,
        "tenant": "acme",
        "segment": {"queue": "billing"},
        "onset_at": onset_at,
        "raised_at": onset_at + 5 * M,
        "as_of": onset_at + 5 * M,
        "summary": "billing: first replies take 10m now, 3m is usual",
        "now_ms": 10 * M,
        "usual_ms": 3 * M,
        "peak_ms": 12 * M,
        "waiting": 4,
        "oldest_at": onset_at - M,
        "action": "Move people.",
    }
    made = given | changes
    segment = ",".join(f"{name}={value}" for name, value in made["segment"].items())
    return Alert(**({"id": f"{made['rule']}:{made['tenant']}:{segment}:{onset_at}"} | made))


def resolved(one: Alert, at_ms: int) -> Alert:
    """Return what is said when the alert is over."""
    return alert(one.onset_at, rule=one.rule, segment=one.segment, state=AlertState.RESOLVED, resolved_at=at_ms, as_of=at_ms)
