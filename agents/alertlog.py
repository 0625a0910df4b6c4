"""The alerts as the topics have them now, for commands: read once to the end; and people's acts, written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from agents.clock import Clock
from agents.connection import access_to
from agents.followers.follower import following
from agents.notifier.acts import ActBook
from agents.partitions.clients import close, new_producer
from agents.settings import Settings
from agents.topics import name_of
from pipeline.engine import Topic
from pipeline.signals import Alert, AlertAction, AlertActionType, AlertState


class AlertLog:
    """Every alert that the topic still has, of the newest epoch, and what people did."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.acts = ActBook()
        self._alerts: dict[str, Alert] = {}

    def take(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Take one record; a tombstone takes an alert away.

        Raises:
            msgspec.DecodeError: something else wrote it.

        """
        if value is None:
            if topic is Topic.ALERTS:
                self._alerts.pop(key.decode(errors="replace"), None)
            return
        if topic is Topic.ALERT_ACTIONS:
            self.acts.take(msgspec.json.decode(value, type=AlertAction))
        else:
            alert = msgspec.json.decode(value, type=Alert)
            self._alerts[alert.id] = alert

    def alerts(self) -> list[Alert]:
        """Return them, firing ones first, the newest first among them."""
        newest = max((alert.epoch for alert in self._alerts.values()), default=0)
        mine = [alert for alert in self._alerts.values() if alert.epoch == newest]
        return sorted(mine, key=lambda alert: (alert.state is not AlertState.FIRING, -alert.raised_at, alert.id))

    def found(self, part: str) -> Sequence[Alert]:
        """Return the alert of this id, else those whose id contains the text: firing ones if there are any, else all."""
        exact = [alert for alert in self.alerts() if alert.id == part]
        some = exact or [alert for alert in self.alerts() if part in alert.id]
        return [alert for alert in some if alert.state is AlertState.FIRING] or some


async def read_alerts(settings: Settings) -> AlertLog:
    """Read both topics to their ends.

    Raises:
        ConfigurationError: a topic is missing.
        UnavailableError: no broker answers.
        KafkaError, OSError: the broker failed while it was read.

    """
    topics = {name_of(topic, settings.topics): topic for topic in (Topic.ALERTS, Topic.ALERT_ACTIONS)}
    log = AlertLog()
    async with following(access_to(settings.broker), topics) as follower:
        await follower.read_to_end(lambda record: log.take(topics[record.topic], record.key or b"", record.value))
    return log


def new_action(
    alert: Alert, kind: AlertActionType, clock: Clock, *, by: str = "", note: str = "", until: int | None = None
) -> AlertAction:
    """Return one act on an alert, as of now."""
    return AlertAction(
        id=uuid.uuid4().hex, alert_id=alert.id, tenant=alert.tenant, type=kind, at=clock.now_ms(), by=by, note=note, until=until
    )


async def record(settings: Settings, action: AlertAction) -> None:
    """Write one act into `alert-actions`; returns once every replica in sync has it.

    Raises:
        KafkaError, OSError: the broker is away, or refused.

    """
    producer = new_producer(access_to(settings.broker), acks="all", request_timeout_ms=10_000)
    await producer.start()
    try:
        name = name_of(Topic.ALERT_ACTIONS, settings.topics)
        await producer.send_and_wait(name, msgspec.json.encode(action), key=action.alert_id.encode())
    finally:
        await close(producer)
