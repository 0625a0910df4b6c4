"""A responder's day by brute force: every second is looked at, by the rules of docs/semantics.md, "Responders"."""

from __future__ import annotations

from typing import Any

S = 1_000


def told(events: list[dict[str, Any]], at: int) -> list[dict[str, Any]]:
    """Return what had occurred by a time, each event once, in order."""
    once = {(one["source"], one["id"]): one for one in reversed(events)}
    return [one for one in sorted(once.values(), key=lambda one: (one["at"], one["sequence"], one["hash"])) if one["at"] <= at]


def presence(events: list[dict[str, Any]], at: int, stale_after: int) -> str | None:
    """Return the presence at a time."""
    overall: str | None = None
    channels: dict[str, str] = {}
    heard = 0
    for one in told(events, at):
        if one["kind"] == "removed":
            overall, channels, heard = "offline", {}, one["at"]
        elif one["kind"] == "presence":
            heard = one["at"]
            if one["channel"]:
                channels[one["channel"]] = one["state"]
            else:
                overall, channels = one["state"], {}
    known = [*channels.values(), *([overall] if overall else [])]
    order = ["available", "busy", "away", "offline"]
    best = min(known, key=order.index) if known else None
    return None if best not in (None, "offline") and at - heard >= stale_after else best


def activity(events: list[dict[str, Any]], at: int) -> str | None:
    """Return what the rota, as it stands at the end, plans for a time: what is not work goes before work."""
    shifts: dict[str, dict[str, Any]] = {}
    for one in told(events, 1 << 62):
        if one["kind"] == "shift":
            shifts[one["shift"]] = one
        elif one["kind"] == "cancelled":
            shifts.pop(one["shift"], None)
    order = ["work", "break", "meeting", "training", "absence"]
    found = [one["activity"] for one in shifts.values() if one["starts"] <= at < one["ends"]]
    return max(found, key=order.index) if found else None


def day(
    events: list[dict[str, Any]], since: int, until: int, stale_after: int, expected: dict[str, tuple[str, ...]]
) -> dict[str, int]:
    """Return where the time went, ms; every time is a whole second."""
    spent = dict.fromkeys(("available", "busy", "away", "offline", "unknown", "planned", "kept", "judged"), 0)
    for at in range(since, until, S):
        state, plan = presence(events, at, stale_after), activity(events, at)
        spent[state or "unknown"] += S
        if plan is not None:
            spent["planned"] += S
            spent["judged"] += S if state else 0
            spent["kept"] += S if state in expected[plan] else 0
    return spent
