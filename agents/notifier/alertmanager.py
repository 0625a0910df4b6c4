"""One Alertmanager, kept up to date through its v2 API.

Alertmanager identifies an alert by its labels, so that saying one again changes nothing and a restart on either side pages
nobody twice. It forgets what is not said again, so what fires is: after an outage it stands there again by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
from msgspec.structs import replace

from agents.clock import Clock
from agents.notifier.figures import Figures
from agents.notifier.liveset import LiveSet
from agents.notifier.postings import Posting, Postings
from agents.notifier.settings import AlertmanagerSettings
from agents.notifier.silences import Silences
from agents.notifier.wording import Labels

log = logging.getLogger(__name__)

CHUNK = 64
"""Alerts in one request."""
FAILURES = (aiohttp.ClientError, TimeoutError, OSError)
_HTTP_OK, _BAD_REQUEST, _TOO_LARGE = 200, 400, 413


class Alertmanager:
    """One address."""

    def __init__(
        self, url: str, settings: AlertmanagerSettings, live: LiveSet, postings: Postings, figures: Figures, clock: Clock
    ) -> None:
        """Tell the Alertmanager at `url` what `live` holds."""
        self.name = f"alertmanager {url}"
        self.wake = asyncio.Event()
        self._url = url
        self._settings = settings
        self._live = live
        self._postings = postings
        self._figures = figures
        self._clock = clock
        self._sent: dict[Labels, tuple[Posting, int]] = {}
        self._ended: dict[Labels, tuple[Posting, int]] = {}
        self._silences = Silences(url)
        self._session: aiohttp.ClientSession | None = None
        figures.target(self.name)

    async def attempt(self) -> bool:
        """Say what is due: what changed, and what was last said `resend` ago."""
        now_ms = self._clock.now_ms()
        self._live.forget(now_ms)
        wanted = self._wanted(now_ms)
        due = [posting for labels, posting in wanted.items() if self._is_due(labels, posting, now_ms)]
        self._figures.pending.labels(self.name).set(len(due))
        for chunk in _chunks(due):
            if not await self._post(chunk, now_ms):
                return False
        self._figures.pending.labels(self.name).set(0)
        return await self._keep_silences(now_ms)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _wanted(self, now_ms: int) -> dict[Labels, Posting]:
        """Return everything it should hold; what stood there and is no more has ended now."""
        wanted = self._postings.of(self._live, now_ms)
        for labels, (posting, _) in list(self._sent.items()):
            if labels in wanted or labels in self._ended:
                continue
            if posting.ends_at is None:
                self._ended[labels] = replace(posting, ends_at=now_ms), now_ms + self._settings.keep_resolved
            else:
                del self._sent[labels]
        for labels in [labels for labels, (_, until) in self._ended.items() if until <= now_ms or labels in wanted]:
            del self._ended[labels]
        return {labels: posting for labels, (posting, _) in self._ended.items()} | wanted

    def _is_due(self, labels: Labels, posting: Posting, now_ms: int) -> bool:
        sent = self._sent.get(labels)
        return sent is None or sent[0] != posting or now_ms - sent[1] >= self._settings.resend

    async def _post(self, chunk: list[Posting], now_ms: int) -> bool:
        body = [posting.body(now_ms, self._settings.expire) for posting in chunk]
        try:
            async with self._client().post(f"{self._url}/api/v2/alerts", json=body) as response:
                status, said = response.status, (await response.text())[:300]
        except FAILURES as error:
            return self._failed(f"{type(error).__name__}")
        if status in {_BAD_REQUEST, _TOO_LARGE}:
            # It keeps those of a request that it can read; saying the same again would bring the same answer.
            log.error("%s refuses alerts (%d): %s", self.name, status, said)
            self._figures.deliveries.labels(self.name, "rejected").inc()
        elif status != _HTTP_OK:
            return self._failed(f"status {status}")
        else:
            self._figures.deliveries.labels(self.name, "delivered").inc()
            self._figures.last_success.labels(self.name).set(now_ms / 1_000)
        for posting in chunk:
            if posting.labels not in self._sent:
                self._figures.delay.labels(self.name).observe(max(0, self._clock.now_ms() - posting.as_of) / 1_000)
            self._sent[posting.labels] = posting, now_ms
        return True

    async def _keep_silences(self, now_ms: int) -> bool:
        try:
            await self._silences.keep(self._client(), self._live, now_ms)
        except FAILURES as error:
            return self._failed(f"{type(error).__name__} on silences")
        return True

    def _failed(self, why: str) -> bool:
        self._figures.deliveries.labels(self.name, "failed").inc()
        log.warning("%s does not take alerts: %s", self.name, why)
        return False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = client(self._settings.timeout, _login(self._settings), _context(self._settings, self._url))
        return self._session


def client(timeout_ms: int, headers: Mapping[str, str], connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    """Return a session that neither follows proxies of the environment nor keeps cookies."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=timeout_ms / 1_000),
        headers={"User-Agent": "firstreply-notifier", **headers},
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _context(settings: AlertmanagerSettings, url: str) -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(ssl=settings.tls.context()) if url.startswith("https:") else aiohttp.TCPConnector()


def _login(settings: AlertmanagerSettings) -> dict[str, str]:
    if settings.token_file:
        return {"Authorization": f"Bearer {settings.token_file.read_text(encoding='utf-8').strip()}"}
    if settings.username and settings.password_file:
        password = settings.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        return {"Authorization": aiohttp.BasicAuth(settings.username, password).encode()}
    return {}


def _chunks(due: list[Posting]) -> Iterator[list[Posting]]:
    rest: Any = iter(due)
    while chunk := list(itertools.islice(rest, CHUNK)):
        yield chunk
