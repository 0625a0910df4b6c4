"""What Alertmanager is to hold: one posting per set of labels, made of the alerts that there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from agents.notifier.acts import Acts
from agents.notifier.liveset import LiveSet
from agents.notifier.schedule import Schedule
from agents.notifier.settings import NotifierSettings
from agents.notifier.wording import Labels, annotations_of, labels_of, rfc3339
from pipeline.signals import Alert, AlertState

_PAGE = "page"


class Posting(msgspec.Struct, frozen=True):
    """One alert as Alertmanager knows it."""

    labels: Labels
    annotations: dict[str, str]
    starts_at: int
    ends_at: int | None
    """When it ended, ms; `None` while it fires."""
    as_of: int
    """Time of the numbers in it, ms."""
    url: str = ""

    def body(self, now_ms: int, expire_ms: int) -> dict[str, Any]:
        """Return it as the v2 API has it. A firing one ends by itself should nobody say it again within `expire_ms`."""
        ends_at = now_ms + expire_ms if self.ends_at is None else max(self.ends_at, self.starts_at)
        posted: dict[str, Any] = {
            "labels": dict(self.labels),
            "annotations": self.annotations,
            "startsAt": rfc3339(self.starts_at),
            "endsAt": rfc3339(ends_at),
        }
        return posted | ({"generatorURL": self.url} if self.url else {})


class _Made(NamedTuple):
    alert: Alert
    acts: Acts
    on_call: tuple[str, ...]
    posting: Posting


class Postings:
    """Makes the postings; those of alerts that did not change are made once."""

    def __init__(self, settings: NotifierSettings, schedule: Schedule | None = None) -> None:
        """Take links and escalation from the settings; `schedule` says who is on call."""
        self._settings = settings
        self._schedule = schedule or Schedule()
        self._made: dict[tuple[str, int], _Made] = {}

    def of(self, live: LiveSet, now_ms: int) -> dict[Labels, Posting]:
        """Return what is to be held now. Of two alerts with equal labels the one that fires counts, then the later one."""
        made: dict[tuple[str, int], _Made] = {}
        wanted: dict[Labels, Posting] = {}
        for alert in live.alerts():
            acts = live.acts.of(alert.id)
            level = self._escalation(alert, acts, now_ms)
            on_call = self._schedule.on_call(now_ms, alert.segment.get("queue")) if alert.state is AlertState.FIRING else ()
            for escalation in (0, level) if level else (0,):
                place = (alert.id, escalation)
                known = self._made.get(place)
                if known is None or known.alert is not alert or known.acts is not acts or known.on_call != on_call:
                    known = _Made(alert, acts, on_call, self._make(alert, acts, escalation, on_call))
                made[place] = known
                wanted[known.posting.labels] = known.posting
        self._made = made
        return wanted

    def _make(self, alert: Alert, acts: Acts, escalation: int, on_call: tuple[str, ...]) -> Posting:
        settings = self._settings
        annotations = annotations_of(alert, acts, settings.runbook_url, settings.dashboard_url, escalation, on_call)
        ends_at = alert.resolved_at if alert.state is AlertState.RESOLVED else None
        url = annotations.get("dashboard_url", "")
        return Posting(labels_of(alert, escalation), annotations, alert.onset_at, ends_at, alert.as_of, url)

    def _escalation(self, alert: Alert, acts: Acts, now_ms: int) -> int:
        """Return how often a page has gone unacknowledged for too long."""
        if (
            alert.severity != _PAGE
            or alert.state is not AlertState.FIRING
            or acts.acknowledged_at is not None
            or acts.snoozed(now_ms)
        ):
            return 0
        return sum(now_ms - alert.raised_at >= after for after in self._settings.escalate_after)
