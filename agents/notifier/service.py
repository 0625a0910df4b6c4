"""The notifier process: reads the topics, keeps the live set, and lets every target catch up with it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from agents.clock import Clock
from agents.exporter import process_registry
from agents.followers.follower import Follower, following
from agents.health import Verdict
from agents.lifetime import end, run_until, told_to_end
from agents.notifier.alertmanager import Alertmanager
from agents.notifier.backoff import Backoff
from agents.notifier.figures import Figures
from agents.notifier.liveset import LiveSet
from agents.notifier.postings import Postings
from agents.notifier.schedule import read_schedule
from agents.notifier.settings import NotifierSettings
from agents.notifier.target import Target, farewell, serve
from agents.notifier.webhook import Origin, Webhook
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN
from agents.settings import Settings
from agents.topics import name_of
from agents.web import WebServer, check_handler
from pipeline.engine import Topic
from pipeline.signals import AlertState

log = logging.getLogger(__name__)
MARK_EVERY_MS = 2_000
GOODBYE_SECONDS = 2.0
_PATIENCE_MS = 30_000


class _EpochOnly(msgspec.Struct):
    epoch: int = 0


class Notifier:
    """Everything of one process."""

    def __init__(self, settings: Settings, access: BrokerAccess, clock: Clock, *, transactions: bool) -> None:
        """Put it together; connect to nothing.

        Raises:
            agents.notifier.schedule.ScheduleError: the schedule cannot be read.

        """
        self.settings: NotifierSettings = settings.notifier
        self._clock = clock
        self._access = access
        # No other process may read as this group: its offsets say which turns every webhook has had.
        self._group = f"{settings.worker.app_id}-notifier"
        self._topics = {name_of(topic, settings.topics): topic for topic in self._reads(transactions=transactions)}
        self._alerts = name_of(Topic.ALERTS, settings.topics)
        self._registry: CollectorRegistry = process_registry()
        self.figures = Figures(self._registry)
        self.live = LiveSet(self.settings.alertmanager.keep_resolved)
        schedule = self.settings.schedule_file
        postings = Postings(self.settings, None if schedule is None else read_schedule(schedule))
        manager = self.settings.alertmanager
        self.managers = [Alertmanager(url, manager, self.live, postings, self.figures, clock) for url in manager.urls]
        self.webhooks = [Webhook(one, self.settings, self.live, self.figures, clock) for one in self.settings.webhooks]
        self._marks: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._read_at = clock.now_ms()
        self._caught_up = False

    @property
    def targets(self) -> list[Target]:
        """Return everybody who is told."""
        return [*self.managers, *self.webhooks]

    async def run(self, stop: asyncio.Event) -> None:
        """Read and tell until `stop` is set, then say goodbye within seconds.

        Raises:
            ConfigurationError: a topic is missing.
            UnavailableError: no broker answers.
            KafkaError, OSError: the broker failed for good.
            agents.web.ListenError: the port is taken.

        """
        routes = [
            web.get("/metrics", make_aiohttp_handler(self._registry)),
            web.get("/livez", check_handler(self.alive)),
            web.get("/readyz", check_handler(self.ready)),
        ]
        server = WebServer(
            routes, host=self.settings.metrics_host, port=self.settings.metrics_port, setting="notifier.metrics_port"
        )
        await server.start()
        try:
            async with following(self._access, self._topics, group=self._group) as follower:
                await self._follow_and_tell(follower, stop)
        finally:
            for target in self.targets:
                await target.close()
            await server.stop()

    def alive(self) -> Verdict:
        """Say whether the topics are being read."""
        silent_ms = self._clock.now_ms() - self._read_at
        return Verdict(silent_ms <= _PATIENCE_MS, f"the topics were last asked {silent_ms / 1_000:.0f} s ago")

    def ready(self) -> Verdict:
        """Say whether the topics have been read to their end."""
        if not self._caught_up:
            return Verdict(ok=False, reason="still reads the topics from their beginning")
        firing = sum(1 for _ in self.live.firing())
        return Verdict(ok=True, reason=f"{firing} alerts fire; tells {len(self.targets)} targets")

    async def _follow_and_tell(self, follower: Follower, stop: asyncio.Event) -> None:
        self._marks = await follower.marks(self._alerts) if self.webhooks else {}
        await run_until(stop, self._follow(follower))
        if self._caught_up:
            await farewell(self.targets, GOODBYE_SECONDS)
            await self._mark(follower)

    async def _follow(self, follower: Follower) -> None:
        telling: list[asyncio.Task[None]] = []
        marked_at = 0
        try:
            while True:
                for record in await follower.fetch():
                    self.take(record)
                now_ms = self._read_at = self._clock.now_ms()
                self._show(now_ms)
                if not self._caught_up and await follower.caught_up():
                    self._caught_up = True
                    self.figures.caught_up.set(1)
                    log.info("all alerts read; %d fire", sum(1 for _ in self.live.firing()))
                    telling = [asyncio.create_task(serve(target, self._backoff(target))) for target in self.targets]
                for task in telling:
                    if task.done():
                        task.result()
                if self.webhooks and self._caught_up and now_ms - marked_at >= MARK_EVERY_MS:
                    await self._mark(follower)
                    marked_at = now_ms
        finally:
            await end(telling)

    def take(self, record: Any) -> None:
        """Take one record of a topic. What is unreadable is logged and passed over: the next one may page."""
        topic = self._topics[record.topic]
        try:
            if topic is Topic.ALERT_ACTIONS:
                self.live.take_action(record.value)
            elif topic is Topic.SERVICE_LEVELS:
                if record.value is not None:
                    self.live.begin_epoch(msgspec.json.decode(record.value, type=_EpochOnly).epoch)
            else:
                self._take_alert(record)
        except msgspec.DecodeError as error:
            log.error("%s[%d] offset %d is not ours: %s", record.topic, record.partition, record.offset, error)  # noqa: TRY400 - no fault of the code
        if topic is not Topic.SERVICE_LEVELS:
            for target in self.targets:
                target.wake.set()

    def _take_alert(self, record: Any) -> None:
        self._next[record.partition] = record.offset + 1
        news = self.live.take_alert(record.key or b"", record.value, self._clock.now_ms())
        if news is not None and record.offset >= self._marks.get(record.partition, 0):
            alert, turn = news
            for webhook in self.webhooks:
                webhook.offer(Origin(record.partition, record.offset), alert, turn)

    async def _mark(self, follower: Follower) -> None:
        """Remember up to where every webhook has been told everything, so that a restart repeats none of it."""
        marks = {}
        for partition, read in self._next.items():
            oldest = [at for webhook in self.webhooks if (at := webhook.oldest(partition)) is not None]
            marks[partition] = min([*oldest, read])
        changed = {partition: at for partition, at in marks.items() if at > self._marks.get(partition, 0)}
        if not self.webhooks or not changed:
            return
        try:
            await follower.mark(self._alerts, changed)
        except BROKEN as error:
            log.warning("the offsets delivered were not noted (%s); a restart now would repeat notices", type(error).__name__)
        else:
            self._marks |= changed

    def _show(self, now_ms: int) -> None:
        states = Counter(alert.state.value for alert in self.live.alerts())
        for state in AlertState:
            self.figures.alerts.labels(state.value).set(states[state.value])
        self.figures.read.set(now_ms / 1_000)

    def _backoff(self, target: Target) -> Backoff:
        longest = {webhook.name: webhook.settings.longest_backoff for webhook in self.webhooks}
        return Backoff(longest.get(target.name, self.settings.alertmanager.longest_backoff) / 1_000)

    @staticmethod
    def _reads(*, transactions: bool) -> tuple[Topic, ...]:
        # Without transactions every start of a worker is a new epoch, which its service levels announce before any alert.
        return (Topic.ALERTS, Topic.ALERT_ACTIONS, *(() if transactions else (Topic.SERVICE_LEVELS,)))


async def run_until_told(notifier: Notifier) -> None:
    """Run until SIGTERM or SIGINT."""
    await notifier.run(told_to_end())
