"""How an alert is told to the outside: bounded labels that identify it, annotations that a person reads, links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import quote

from agents.notifier.acts import Acts
from pipeline.judgement.words import count, duration
from pipeline.signals import Alert, AlertState

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Ascending by name: what makes two alerts the same one to Alertmanager."""
ESCALATION = "escalation"
_LONGEST_VALUE = 200
_NOTES_SHOWN = 3


def labels_of(alert: Alert, escalation: int = 0) -> Labels:
    """Return the labels: rule, severity, tenant, the segment's dimensions, and nothing that grows."""
    labels = {"alertname": alert.rule, "severity": alert.severity, "tenant": alert.tenant} | alert.segment
    labels |= {"measure": alert.measure, "goal": alert.goal}
    if escalation:
        labels[ESCALATION] = str(escalation)
    return tuple(sorted((name, value[:_LONGEST_VALUE]) for name, value in labels.items() if value))


def rfc3339(at_ms: int) -> str:
    """Write a time, UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def link(template: str, alert: Alert) -> str:
    """Fill in a link: names in braces become the alert's own, made safe for an address."""
    values = {"rule": alert.rule.replace("_", "-"), "tenant": alert.tenant} | alert.segment
    for name, value in values.items():
        template = template.replace("{" + name + "}", quote(value, safe=""))
    return template


def annotations_of(
    alert: Alert, acts: Acts, runbook_url: str, dashboard_url: str, escalation: int = 0, on_call: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return what a person reads. Nothing here identifies the alert."""
    summary = f"Nobody has acknowledged: {alert.summary}" if escalation else alert.summary
    annotations = {"summary": summary, "description": description_of(alert, acts), "alert_id": alert.id}
    annotations |= {name: str(value) for name, value in _exact(alert).items() if value is not None}
    annotations["runbook_url"] = link(runbook_url, alert)
    if on_call:
        annotations["on_call"] = ", ".join(on_call)
    if dashboard_url:
        annotations["dashboard_url"] = link(dashboard_url, alert)
    return annotations


def _exact(alert: Alert) -> dict[str, int | None]:
    """Return the numbers behind the words, for programs that read annotations: those of the topic, unrounded."""
    return {"as_of": alert.as_of, "now_ms": alert.now_ms, "usual_ms": alert.usual_ms, "waiting": alert.waiting}


def description_of(alert: Alert, acts: Acts) -> str:
    """Write the page below its headline: since when, how bad, who waits longest, what to do, who is on it."""
    lines = [_since(alert)]
    if alert.now_ms is not None and alert.usual_ms is not None:
        worst = f", {duration(alert.peak_ms)} at worst" if alert.peak_ms > alert.now_ms else ""
        lines.append(f"Now {duration(alert.now_ms)}, usual {duration(alert.usual_ms)}{worst}.")
    if alert.oldest_at is not None:
        longest = duration(alert.as_of - alert.oldest_at)
        lines.append(f"{count(alert.waiting, 'customer')} without a first reply, the longest for {longest}.")
    if alert.action:
        lines.append(f"What to do: {alert.action}")
    if alert.related:
        lines.append(f"On the same queue: {', '.join(_rule_of(other) for other in alert.related)}.")
    lines += _people(acts)
    return "\n".join(lines)


def _since(alert: Alert) -> str:
    began = f"Began {rfc3339(alert.onset_at)}"
    if alert.state is AlertState.RESOLVED and alert.resolved_at is not None:
        return f"{began}, over {rfc3339(alert.resolved_at)}, after {duration(alert.resolved_at - alert.onset_at)}."
    return f"{began}, {duration(alert.as_of - alert.onset_at)} before these numbers."


def _people(acts: Acts) -> list[str]:
    lines = []
    if acts.acknowledged_at is not None:
        lines.append(f"Acknowledged{_by(acts.acknowledged_by)} {rfc3339(acts.acknowledged_at)}.")
    lines += [f"Note{_by(note.by)}: {note.note}" for note in acts.notes[-_NOTES_SHOWN:]]
    return lines


def _by(name: str) -> str:
    return f" by {name}" if name else ""


def _rule_of(alert_id: str) -> str:
    return alert_id.split(":", 1)[0]


def matchers_of(labels: Labels) -> list[Mapping[str, object]]:
    """Return what silences these labels, with or without an escalation."""
    return [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels if name != ESCALATION]
