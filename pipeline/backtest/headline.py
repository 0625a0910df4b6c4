"""The outcome of a backtest in a few sentences."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.backtest.form import Catches, Finding, Pair, Promise
from pipeline.judgement.words import count
from pipeline.reporting.headline import lasting

_HOUR_MS = 3_600_000
_LONG_MS = 48 * _HOUR_MS


def headline(
    whole: Pair, pages: Pair, findings: Sequence[Finding], catches: Catches | None, promises: Sequence[Promise], *, labelled: bool
) -> tuple[str, ...]:
    """Return what somebody should know before the new rules go live."""
    lines = [_alerts(whole), _nights(pages)]
    if findings:
        old, new = (sum(at is not None for at in side) for side in _sides(findings))
        lines.append(f"Of {count(len(findings), 'labelled incident')} the proposed rules find {new}, the present ones {old}.")
    if labelled:
        lines.append(f"Labelled false: {count(whole.proposed.false_alarms, 'alert')} against {whole.present.false_alarms}.")
    if catches is not None and catches.tickets:
        lines.append(_caught(catches))
    return (*(line for line in lines if line), *_broken(promises))


def _alerts(whole: Pair) -> str:
    old, new = whole.present, whole.proposed
    if not old.alerts and not new.alerts:
        return "Neither side raises an alert."
    hours = f"on for {_hours(new.on_ms)} in sum against {_hours(old.on_ms)}"
    return f"The proposed rules raise {count(new.alerts, 'alert')}, the present ones {old.alerts}; {hours}."


def _hours(duration_ms: int) -> str:
    """Write a sum of times: hours, however many, so that both sides are told alike."""
    return f"{round(duration_ms / _HOUR_MS):,} h" if duration_ms >= _LONG_MS else lasting(duration_ms)


def _nights(pages: Pair) -> str:
    old, new = pages.present.alerts, pages.proposed.alerts
    return f"Pages among them: {new} against {old}." if old or new else ""


def _sides(findings: Sequence[Finding]) -> tuple[list[int | None], list[int | None]]:
    return [one.present_at for one in findings], [one.proposed_at for one in findings]


def _caught(catches: Catches) -> str:
    whose = f"{count(catches.tickets, 'ticket')} got the first reply too late"
    found = f"before the deadline an alert was on for {catches.proposed} of them (proposed), for {catches.present} (present)"
    moved = f"{catches.earlier} are caught earlier, {catches.later} later"
    return f"{whose}; {found}; {moved}."


def _broken(promises: Sequence[Promise]) -> list[str]:
    """Return a sentence for each promise that would be kept differently."""
    lines = []
    for one in promises:
        if one.queue is None and one.present != one.proposed:
            old, new = one.present, one.proposed
            name = one.measure.replace("_", " ")
            if not old.decided or not new.decided:
                lines.append(f"Promises of {name}: none under the {'proposed' if old.decided else 'present'} policies.")
                continue
            lines.append(
                f"Promises of {name}: {new.breached:,} of {new.decided:,} broken under the proposed policies, "
                f"{old.breached:,} of {old.decided:,} under the present ones."
            )
    return lines
