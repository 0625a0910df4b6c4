"""One receiver of signed webhooks: every turn of an alert is delivered until it is taken, at least once, in order per alert.

Only the newest turn of an alert waits: one that could not be delivered is replaced by what became of it. The id of a
delivery is made of the alert and its turn, so that a receiver that has seen it can tell.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
import msgspec

from agents.clock import Clock
from agents.notifier.alertmanager import FAILURES, client
from agents.notifier.figures import Figures
from agents.notifier.liveset import LiveSet, Turn
from agents.notifier.settings import NotifierSettings, WebhookSettings
from agents.notifier.signature import sign
from agents.notifier.wording import annotations_of, labels_of, rfc3339
from pipeline.signals import Alert

log = logging.getLogger(__name__)
_REJECTED = frozenset({400, 410, 413, 422})
"""Answers that would be the same tomorrow. Everything else that is no success, a wrong password too, may be put right."""
_LONGEST_RETRY_AFTER_SECONDS = 300.0


class Origin(NamedTuple):
    """Where a turn stands in the topic."""

    partition: int
    offset: int


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a webhook."""

    id: str
    """Equal ids are the same notice: take it once."""
    type: str
    """support.alert.firing, .updated or .resolved."""
    time: str
    labels: dict[str, str]
    annotations: dict[str, str]
    alert: Alert


class Webhook:
    """One receiver and what it has not been told yet."""

    def __init__(
        self, settings: WebhookSettings, notifier: NotifierSettings, live: LiveSet, figures: Figures, clock: Clock
    ) -> None:
        """Deliver to the receiver that `settings` name."""
        self.name = f"webhook {settings.name}"
        self.wake = asyncio.Event()
        self.settings = settings
        self._notifier = notifier
        self._key = settings.key
        self._live = live
        self._figures = figures
        self._clock = clock
        self._waiting: dict[str, tuple[Origin, Alert, Turn]] = {}
        self._session: aiohttp.ClientSession | None = None
        figures.target(self.name)

    def offer(self, origin: Origin, alert: Alert, turn: Turn) -> None:
        """Take up a turn, if this receiver wants it."""
        wanted = alert.severity in self.settings.severities and (turn is not Turn.UPDATED or self.settings.updates)
        there = self._waiting.get(alert.id)
        if there is not None and turn is Turn.UPDATED:
            turn = there[2]  # it has not been told that it fires
        elif not wanted:
            return
        self._waiting[alert.id] = origin if there is None else there[0], alert, turn
        if len(self._waiting) > self.settings.at_most:
            dropped = next(iter(self._waiting))
            del self._waiting[dropped]
            self._figures.deliveries.labels(self.name, "dropped").inc()
            log.error("%s: %d deliveries wait, dropped the oldest: %s", self.name, self.settings.at_most, dropped)
        self._figures.pending.labels(self.name).set(len(self._waiting))
        self.wake.set()

    @property
    def pending(self) -> int:
        """Return how many alerts it has not been told yet."""
        return len(self._waiting)

    def oldest(self, partition: int) -> int | None:
        """Return the offset of the oldest turn of a partition that has not been delivered."""
        return min((origin.offset for origin, _, _ in self._waiting.values() if origin.partition == partition), default=None)

    async def attempt(self) -> bool:
        """Deliver what waits, in order; stop at the first failure."""
        for alert_id, (origin, alert, turn) in list(self._waiting.items()):
            if turn is not Turn.RESOLVED and self._live.acts.of(alert_id).snoozed(self._clock.now_ms()):
                continue
            if not await self._deliver(alert, turn):
                return False
            if self._waiting.get(alert_id) == (origin, alert, turn):
                del self._waiting[alert_id]
            self._figures.pending.labels(self.name).set(len(self._waiting))
        return True

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver(self, alert: Alert, turn: Turn) -> bool:
        now_ms = self._clock.now_ms()
        notice = self.notice(alert, turn)
        body = msgspec.json.encode(notice)
        headers = sign(self._key, notice.id, now_ms // 1_000, body) | {"Content-Type": "application/json"}
        try:
            async with self._client().post(self.settings.url, data=body, headers=headers, allow_redirects=False) as response:
                status, retry_after = response.status, response.headers.get("Retry-After", "")
        except FAILURES as error:
            return self._failed(type(error).__name__)
        if 200 <= status < 300:
            self._figures.deliveries.labels(self.name, "delivered").inc()
            self._figures.last_success.labels(self.name).set(now_ms / 1_000)
            self._figures.delay.labels(self.name).observe(max(0, self._clock.now_ms() - alert.as_of) / 1_000)
        elif status in _REJECTED:
            self._figures.deliveries.labels(self.name, "rejected").inc()
            log.error("%s refuses %s (status %d); it is not sent again", self.name, notice.id, status)
        else:
            self._failed(f"status {status}")
            await asyncio.sleep(_seconds(retry_after))
            return False
        return True

    def notice(self, alert: Alert, turn: Turn) -> Notice:
        """Return the body of one delivery."""
        mark = f":{alert.as_of}" if turn is Turn.UPDATED else ""
        links = self._notifier.runbook_url, self._notifier.dashboard_url
        return Notice(
            id=f"{alert.id}:{turn.value}{mark}",
            type=f"support.alert.{turn.value}",
            time=rfc3339(alert.as_of),
            labels=dict(labels_of(alert)),
            annotations=annotations_of(alert, self._live.acts.of(alert.id), *links),
            alert=alert,
        )

    def _failed(self, why: str) -> bool:
        self._figures.deliveries.labels(self.name, "failed").inc()
        log.warning("%s does not take notices: %s", self.name, why)
        return False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            https = self.settings.url.startswith("https:")
            connector = aiohttp.TCPConnector(ssl=self.settings.tls.context()) if https else aiohttp.TCPConnector()
            headers: Mapping[str, str] = {}
            self._session = client(self.settings.timeout, headers, connector)
        return self._session


def _seconds(retry_after: str) -> float:
    """Return what a receiver asks for in seconds, within reason."""
    return min(float(retry_after), _LONGEST_RETRY_AFTER_SECONDS) if retry_after.isdigit() else 0.0
