"""Alertmanager's interface and webhook receivers, each a small server that can refuse: what is said, again, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.clock import ManualClock
from agents.notifier.alertmanager import Alertmanager
from agents.notifier.backoff import Backoff
from agents.notifier.figures import Figures
from agents.notifier.liveset import LiveSet
from agents.notifier.postings import Postings
from agents.notifier.settings import NotifierSettings
from agents.notifier.signature import key_of, verify
from agents.notifier.webhook import Origin, Webhook
from pipeline.signals import Alert, AlertAction, AlertActionType
from tests.support.alerting import Receiver
from tests.support.samples import NOON, M, alert, resolved

SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
S = 1_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


class Desk:
    """One target of each kind and the alerts that they tell."""

    def __init__(self, receiver: Receiver, **webhook: Any) -> None:
        self.clock = ManualClock(NOON + 6 * M)
        url = f"http://127.0.0.1:{receiver.port}"
        hook = {"name": "desk", "url": f"{url}/desk", "secret": SHARED} | webhook
        settings = NotifierSettings.model_validate(
            {"alertmanager": {"urls": [url]}, "webhooks": [hook], "escalate_after": ["15m"]}
        )
        self.live = LiveSet(settings.alertmanager.keep_resolved)
        self.figures = Figures(CollectorRegistry())
        postings = Postings(settings)
        self.manager = Alertmanager(url, settings.alertmanager, self.live, postings, self.figures, self.clock)
        self.webhook = Webhook(settings.webhooks[0], settings, self.live, self.figures, self.clock)
        self.offset = 0

    def take(self, one: Alert) -> None:
        self.offset += 1
        news = self.live.take_alert(one.id.encode(), msgspec.json.encode(one), self.clock.now_ms())
        if news is not None:
            self.webhook.offer(Origin(0, self.offset), *news)

    def act(self, kind: AlertActionType, **fields: Any) -> None:
        self.offset += 1
        action = AlertAction(id=str(self.offset), alert_id=alert().id, tenant="acme", type=kind, at=self.clock.now_ms(), **fields)
        self.live.take_action(msgspec.json.encode(action))

    def tell(self, minutes: float = 0) -> tuple[bool, bool]:
        """Let time pass and both targets make an attempt."""
        self.clock.advance(int(minutes * M))

        async def attempts() -> tuple[bool, bool]:
            try:
                return await self.manager.attempt(), await self.webhook.attempt()
            finally:
                await self.manager.close()
                await self.webhook.close()

        return asyncio.run(attempts())


def posted(receiver: Receiver) -> list[list[dict[str, Any]]]:
    return [request.json for request in receiver.at("/api/v2/alerts")]


def test_what_fires_is_said_again_and_what_is_over_is_said_to_be(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    assert desk.tell() == (True, True)
    ((first,),) = posted(receiver)
    assert first["labels"] == {"alertname": "frt_jump", "queue": "billing", "severity": "page", "tenant": "acme"}
    assert (first["startsAt"], first["endsAt"]) == ("2026-01-05T12:00:00.000Z", "2026-01-05T12:16:00.000Z")
    desk.tell(0.25)
    assert len(posted(receiver)) == 1
    desk.tell(0.25)
    assert len(posted(receiver)) == 2
    desk.take(resolved(alert(), NOON + 7 * M))
    desk.tell()
    ((over,),) = posted(receiver)[2:]
    assert over["endsAt"] == "2026-01-05T12:07:00.000Z"
    assert over["annotations"]["description"]
    desk.tell(20)
    told = len(posted(receiver))
    desk.tell(20)
    assert len(posted(receiver)) == told


def test_an_alert_that_disappears_ends(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert(epoch=1))
    desk.tell()
    assert desk.live.begin_epoch(2)
    desk.tell(1)
    ((ended,),) = posted(receiver)[1:]
    assert ended["endsAt"] == "2026-01-05T12:07:00.000Z"


def test_of_two_alerts_with_equal_labels_the_one_that_fires_counts(receiver: Receiver) -> None:
    desk = Desk(receiver)
    for one in (alert(), resolved(alert(), NOON + 6 * M), alert(NOON + 10 * M)):
        desk.take(one)
    desk.tell()
    ((only,),) = posted(receiver)
    assert only["annotations"]["alert_id"] == alert(NOON + 10 * M).id


def test_a_page_that_nobody_acknowledges_is_escalated_until_somebody_does(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    desk.take(alert(rule="sla_at_risk", severity="warn"))
    desk.tell(13.9)
    assert len(posted(receiver)[-1]) == 2
    desk.tell(0.1)
    (escalated,) = [one for one in posted(receiver)[-1] if "escalation" in one["labels"]]
    assert escalated["labels"]["escalation"] == "1"
    assert escalated["annotations"]["summary"].startswith("Nobody has acknowledged: billing")
    desk.act(AlertActionType.ACKNOWLEDGE, by="ann", note="on it")
    desk.tell()
    (over,) = [one for one in posted(receiver)[-1] if "escalation" in one["labels"]]
    assert over["endsAt"] == "2026-01-05T12:20:00.000Z"
    page_labels = {name: value for name, value in over["labels"].items() if name != "escalation"}
    (page,) = [one for one in posted(receiver)[-1] if one["labels"] == page_labels]
    assert "Acknowledged by ann" in page["annotations"]["description"]
    assert "Note by ann: on it" in page["annotations"]["description"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_target_that_fails_is_told_later(receiver: Receiver, status: int) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    receiver.answers = [status, status]
    assert desk.tell() == (False, False)
    assert desk.webhook.pending == 1
    assert desk.webhook.oldest(0) == 1
    assert desk.tell() == (True, True)
    assert len(posted(receiver)) == 1
    (notice,) = receiver.at("/desk")
    assert verify(key_of(SHARED), notice.headers, notice.body, desk.clock.now_ms() // S) == f"{alert().id}:firing"
    assert (notice.json["type"], notice.json["alert"]["id"]) == ("support.alert.firing", alert().id)
    assert desk.webhook.oldest(0) is None


def test_what_is_refused_is_not_said_again(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    receiver.answers = [400, 200, 422]  # alerts, the silences that are asked for, the webhook
    assert desk.tell() == (True, True)
    assert desk.tell() == (True, True)
    assert posted(receiver) == []
    assert desk.webhook.pending == 0
    rejected = desk.figures.deliveries.labels(desk.webhook.name, "rejected")._value.get()
    assert rejected == 1


def test_only_the_newest_turn_of_an_alert_waits(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    desk.take(alert(as_of=NOON + 7 * M))
    desk.take(resolved(alert(), NOON + 8 * M))
    desk.take(alert(NOON + 9 * M))
    desk.take(alert(NOON + 9 * M, as_of=NOON + 12 * M))
    desk.tell()
    assert [(one.json["type"], one.json["id"]) for one in receiver.at("/desk")] == [
        ("support.alert.resolved", f"{alert().id}:resolved"),
        ("support.alert.firing", f"{alert(NOON + 9 * M).id}:firing"),
    ]
    desk.take(alert(NOON + 9 * M, as_of=NOON + 20 * M))
    assert desk.webhook.pending == 0


def test_updates_are_told_to_those_who_want_them(receiver: Receiver) -> None:
    desk = Desk(receiver, updates=True, severities=["page"])
    desk.take(alert())
    desk.take(alert(rule="sla_at_risk", severity="warn"))
    desk.tell()
    desk.take(alert(as_of=NOON + 7 * M))
    desk.tell()
    assert [one.json["id"] for one in receiver.at("/desk")] == [f"{alert().id}:firing", f"{alert().id}:updated:{NOON + 7 * M}"]


def test_a_queue_that_is_full_drops_the_oldest(receiver: Receiver) -> None:
    desk = Desk(receiver, at_most=2)
    for minute in range(4):
        desk.take(alert(NOON + minute * M))
    assert desk.webhook.pending == 2
    assert desk.figures.deliveries.labels(desk.webhook.name, "dropped")._value.get() == 2
    desk.tell()
    assert [one.json["alert"]["onset_at"] for one in receiver.at("/desk")] == [NOON + 2 * M, NOON + 3 * M]


def test_a_snoozed_alert_is_held_back_and_silenced(receiver: Receiver) -> None:
    desk = Desk(receiver)
    desk.take(alert())
    desk.act(AlertActionType.SNOOZE, until=NOON + 20 * M, by="ann")
    desk.tell()
    assert receiver.at("/desk") == []
    (silence,) = [request.json for request in receiver.at("/api/v2/silences") if request.body]
    assert (silence["createdBy"], silence["endsAt"]) == ("firstreply", "2026-01-05T12:20:00.000Z")
    assert silence["comment"] == f"{alert().id} snoozed by ann"
    assert {matcher["name"]: matcher["value"] for matcher in silence["matchers"]} == posted(receiver)[0][0]["labels"]
    desk.tell(15)
    assert len(receiver.at("/desk")) == 1


def test_waits_grow_to_a_limit_and_start_anew() -> None:
    backoff = Backoff(longest_seconds=4)
    waits = [backoff.failed() for _ in range(6)]
    for wait, most in zip(waits, (0.5, 1, 2, 4, 4, 4), strict=True):
        assert most / 2 <= wait <= most
    backoff.succeeded()
    assert backoff.failed() <= 0.5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"alertmanager": {"urls": ["127.0.0.1:9093"]}}, "whole address"),
        ({"alertmanager": {"urls": ["http://ann:word@am:9093"]}}, "no user name or password"),
        ({"alertmanager": {"resend": "30s", "expire": "60s"}}, "at least three times resend"),
        ({"webhooks": [{"name": "a", "url": "https://desk.example"}]}, "every webhook is signed"),
        ({"webhooks": [{"name": "a", "url": "https://desk.example", "secret": "whsec_c2hvcnQ="}]}, "at least 24 bytes"),
        ({"webhooks": [{"name": "a", "url": "http://desk.example", "secret": SHARED}]}, "use https"),
        ({"webhooks": [{"name": "a", "url": "https://desk.example", "secret": SHARED}] * 2}, "used twice"),
        ({"escalate_after": ["30m", "15m"]}, "must ascend"),
    ],
)
def test_settings_that_would_not_work_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NotifierSettings.model_validate(wrong)
