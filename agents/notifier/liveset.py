"""Which alerts there are now: the newest record of each, of the newest epoch only, and what people did about them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from agents.notifier.acts import ActBook
from pipeline.signals import Alert, AlertAction, AlertState


class Turn(StrEnum):
    """What one record said that was not known before."""

    FIRING = "firing"
    UPDATED = "updated"
    RESOLVED = "resolved"


class LiveSet:
    """Firing alerts, and those that ended not long ago."""

    def __init__(self, keep_resolved_ms: int) -> None:
        """Remember what is over for `keep_resolved_ms`."""
        self._keep_ms = keep_resolved_ms
        self._alerts: dict[str, Alert] = {}
        self._forget_at: dict[str, int] = {}
        self.acts = ActBook()
        self.epoch = 0
        self.version = 0
        """Grows with every change."""
        self._alert = msgspec.json.Decoder(Alert).decode
        self._action = msgspec.json.Decoder(AlertAction).decode

    def take_alert(self, key: bytes, value: bytes | None, now_ms: int) -> tuple[Alert, Turn] | None:
        """Take a record of `alerts`; return what is new in it.

        Raises:
            msgspec.DecodeError: something else wrote it.

        """
        if value is None:
            if self._alerts.pop(key.decode(errors="replace"), None) is not None:
                self.version += 1
            return None
        alert = self._alert(value)
        if not self.begin_epoch(alert.epoch):
            return None
        known = self._alerts.get(alert.id)
        over = alert.state is AlertState.RESOLVED
        if over and (known is None or known.state is AlertState.RESOLVED) and self._long_over(alert, now_ms):
            return None
        self._alerts[alert.id] = alert
        self.version += 1
        if over:
            self._forget_at[alert.id] = now_ms + self._keep_ms
            return alert, Turn.RESOLVED
        return alert, Turn.FIRING if known is None else Turn.UPDATED

    def take_action(self, value: bytes | None) -> None:
        """Take a record of `alert-actions`.

        Raises:
            msgspec.DecodeError: something else wrote it.

        """
        if value is not None:
            self.acts.take(self._action(value))
            self.version += 1

    def begin_epoch(self, epoch: int) -> bool:
        """Note an epoch; return whether it is the newest. What earlier ones said is void."""
        if epoch > self.epoch:
            self.epoch = epoch
            self._alerts.clear()
            self._forget_at.clear()
            self.version += 1
        return epoch == self.epoch

    def forget(self, now_ms: int) -> None:
        """Drop what has been over for long enough."""
        for alert_id in [alert_id for alert_id, at in self._forget_at.items() if at <= now_ms]:
            del self._forget_at[alert_id]
            alert = self._alerts.get(alert_id)
            if alert is not None and alert.state is AlertState.RESOLVED:
                del self._alerts[alert_id]
                self.version += 1

    def firing(self) -> Iterator[Alert]:
        """Yield the alerts that fire."""
        return (alert for alert in self._alerts.values() if alert.state is AlertState.FIRING)

    def alerts(self) -> list[Alert]:
        """Return all alerts, those that are over before those that fire, each part by age."""
        return sorted(self._alerts.values(), key=lambda alert: (alert.state is AlertState.FIRING, alert.onset_at, alert.id))

    def _long_over(self, alert: Alert, now_ms: int) -> bool:
        return alert.resolved_at is None or alert.resolved_at < now_ms - self._keep_ms
