"""Snoozed alerts as silences of Alertmanager, so that its own page and every other tool show them.

A silence of ours carries our name as its author and the alert's id in its comment: after a restart they are known again.
"""

from __future__ import annotations

from typing import Any

import aiohttp

from agents.notifier.acts import Acts
from agents.notifier.liveset import LiveSet
from agents.notifier.wording import labels_of, matchers_of, rfc3339
from pipeline.signals import Alert

AUTHOR = "firstreply"
_LOOK_EVERY_MS = 60_000


class Silences:
    """The silences of one Alertmanager that come from snoozed alerts."""

    def __init__(self, url: str) -> None:
        """Look at nothing yet."""
        self._url = f"{url}/api/v2"
        self._seen = -1
        self._look_at = 0

    async def keep(self, client: aiohttp.ClientSession, live: LiveSet, now_ms: int) -> None:
        """Bring the silences in line with the snoozed alerts, when those changed and once a minute.

        Raises:
            aiohttp.ClientError, TimeoutError: it does not answer, or refuses.

        """
        if live.version == self._seen and now_ms < self._look_at:
            return
        version = live.version
        wanted = {alert.id: (alert, acts) for alert in live.firing() if (acts := live.acts.of(alert.id)).snoozed(now_ms)}
        there = await self._ours(client)
        for alert_id, silence in there.items():
            if alert_id not in wanted or silence["endsAt"] != _end(wanted[alert_id][1]):
                await self._call(client, "DELETE", f"silence/{silence['id']}")
        for alert_id, (alert, acts) in wanted.items():
            if alert_id not in there or there[alert_id]["endsAt"] != _end(acts):
                await self._call(client, "POST", "silences", _silence(alert, acts, now_ms))
        self._seen, self._look_at = version, now_ms + _LOOK_EVERY_MS

    async def _ours(self, client: aiohttp.ClientSession) -> dict[str, dict[str, Any]]:
        found = await self._call(client, "GET", "silences")
        return {
            silence["comment"].split(" ", 1)[0]: silence
            for silence in found
            if silence["createdBy"] == AUTHOR and silence["status"]["state"] != "expired"
        }

    async def _call(self, client: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
        async with client.request(method, f"{self._url}/{path}", json=body) as response:
            response.raise_for_status()
            return await response.json() if method == "GET" else None


def _end(acts: Acts) -> str:
    return rfc3339(acts.snoozed_until or 0)


def _silence(alert: Alert, acts: Acts, now_ms: int) -> dict[str, Any]:
    by = f" by {acts.snoozed_by}" if acts.snoozed_by else ""
    note = f": {acts.snooze_note}" if acts.snooze_note else ""
    return {
        "matchers": matchers_of(labels_of(alert)),
        "startsAt": rfc3339(now_ms),
        "endsAt": _end(acts),
        "createdBy": AUTHOR,
        "comment": f"{alert.id} snoozed{by}{note}",
    }
