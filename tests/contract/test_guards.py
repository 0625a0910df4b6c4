"""Each test shows a fault of Faust as it is. One that fails says that upstream has fixed it: take the work-around away."""

from __future__ import annotations

import asyncio
import gc
from collections import defaultdict
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import faust
import pytest
from faust.events import Event
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.producer import ProducerBuffer
from faust.types import TP
from faust.types.auth import AuthProtocol
from faust.types.tuples import Message
from intervaltree import IntervalTree

from agents.guards import CHECKED, GUARDS, UntestedVersionError, check_versions
from agents.partitions.access import BrokerAccess
from agents.partitions.consumer import PartitionConsumer

PLACE = TP("t", 0)


def acknowledged(committed: int, *offsets: int) -> Any:
    """Return what `Consumer._new_offset` reads of a consumer."""
    return SimpleNamespace(
        _acked=defaultdict(list, {PLACE: list(offsets)}),
        _acked_index=defaultdict(set),
        _gap=defaultdict(IntervalTree),
        _committed_offset={PLACE: committed},
    )


def shows_commit_over_in_flight() -> None:
    assert Consumer._new_offset(acknowledged(2585, 2586, 2587), PLACE) == 2588  # 2585 is still in flight


def shows_gap_duplicates() -> None:
    async def three_batches_of_ten() -> int | None:
        consumer = acknowledged(0, 9, 19, 29)
        for before, last in ((-1, 9), (9, 19), (19, 29)):
            await Consumer._add_gap(consumer, PLACE, before + 1, last)
        return Consumer._new_offset(consumer, PLACE)

    assert asyncio.run(three_batches_of_ten()) != 30  # everything up to 29 has been acknowledged


def shows_exception_acks() -> None:
    async def acknowledged_although_it_raised() -> bool:
        app = faust.App("guard", broker="kafka://127.0.0.1:1", web_enabled=False)
        channel = app.channel()
        message = Message("t", 0, 1, 0.0, 0, None, None, b"", None, None, None)

        async def body(stream: Any) -> None:
            async for _ in stream:
                raise RuntimeError("boom")

        stream = app.stream(channel)
        message.generation_id = app.consumer_generation_id
        app.flow_control.resume()
        await channel.put(Event(app, None, 1, {}, message))
        with pytest.raises(RuntimeError, match="boom"):
            await asyncio.wait_for(body(stream), 5)
        gc.collect()  # the stream acknowledges when its iterator is closed
        await asyncio.sleep(0)
        consumer: Any = app.consumer
        consumer._thread.thread_loop.close()  # made for a thread that never starts
        return message.acked

    assert asyncio.run(acknowledged_although_it_raised())


def shows_flush_gives_up() -> None:
    async def left_unsent() -> int:
        buffer, sent, released = ProducerBuffer(), [], asyncio.Event()
        buffer.app = Mock()
        buffer.app.conf.producer_threaded = False

        class SlowChannel:
            async def publish_message(self, future: Any, wait: bool = False) -> None:
                await released.wait()
                sent.append(future)

        for _ in range(5):
            pending = Mock()
            pending.message.channel = SlowChannel()
            buffer.put(pending)
        await buffer.start()
        while buffer.state != "running":  # noqa: ASYNC110 - Faust tells nobody
            await asyncio.sleep(0)
        await buffer.flush_atmost(None)
        left = 5 - len(sent)
        released.set()
        while len(sent) < 5:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0)
        await buffer.stop()
        return left

    assert asyncio.run(left_unsent()) == 5


def shows_never_read_committed() -> None:
    assert not [name for name in faust.Settings.SETTINGS if "isolation" in name]


def shows_stopped_flow_is_not_awaited() -> None:
    async def set_while_waiting() -> bool:
        waiting = asyncio.Event()
        waiting.set()

        async def getmany(**_: Any) -> dict[TP, Any]:
            found.append(waiting.is_set())
            return {}

        found: list[bool] = []
        consumer: Any = SimpleNamespace(
            flow_active=True,
            not_waiting_next_records=waiting,
            app=SimpleNamespace(client_only=False),
            _get_active_partitions=lambda: {PLACE},
            _getmany=getmany,
        )
        await Consumer._wait_next_records(consumer, 1.0)
        return found == [True]

    assert asyncio.run(set_while_waiting())


def shows_unread_changelog_called_slow() -> None:
    place = SimpleNamespace(highwater=2, position=0)
    assignment = SimpleNamespace(active=True, state_value=lambda _: place)
    aiokafka = SimpleNamespace(
        _fetcher=SimpleNamespace(_subscriptions=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)))
    )
    app = SimpleNamespace(
        conf=SimpleNamespace(stream_processing_timeout=300.0),
        monitor=SimpleNamespace(stream_inbound_time={}),
        topics=SimpleNamespace(acks_enabled_for=lambda _: True),
    )
    thread = Mock(spec=AIOKafkaConsumerThread, consumer=SimpleNamespace(app=app), time_started=0.0, tp_stream_timeout_secs=300.0)
    thread._ensure_consumer.return_value = aiokafka
    thread._verify_aiokafka_event_path.return_value = False
    AIOKafkaConsumerThread.verify_event_path(thread, 301.0, PLACE)
    assert thread._log_slow_processing_stream.called
    thread.reset_mock()
    PartitionConsumer.verify_event_path(SimpleNamespace(_thread=thread), 301.0, PLACE)  # type: ignore[arg-type]
    assert not thread.mock_calls


def shows_sasl_without_tls() -> None:
    assert faust.SASLCredentials(username="u", password="p").protocol is AuthProtocol.SASL_PLAINTEXT  # noqa: S106 - no secret


FAULTS = {name.removeprefix("shows_"): show for name, show in globals().items() if name.startswith("shows_")}


def test_every_guard_has_a_reproduction() -> None:
    assert set(FAULTS) == set(GUARDS)


@pytest.mark.parametrize("name", sorted(FAULTS))
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")  # Faust's own
def test_the_fault_is_still_there(name: str) -> None:
    FAULTS[name]()


def test_the_installed_versions_are_the_checked_ones() -> None:
    check_versions(allow_untested=False)


def test_an_unknown_version_is_refused_unless_asked_for() -> None:
    installed = dict.fromkeys(CHECKED, "99.0")
    with pytest.raises(UntestedVersionError, match=r"99\.0"):
        check_versions(installed, allow_untested=False)
    check_versions(installed, allow_untested=True)


def test_a_password_does_not_travel_in_the_clear_by_oversight() -> None:
    secret = {"username": "u", "password": "hidden"}
    with pytest.raises(ValueError, match="in the clear"):
        BrokerAccess(bootstrap="b:1", sasl_mechanism="PLAIN", **secret)
    access = BrokerAccess(bootstrap="b:1", sasl_mechanism="PLAIN", allow_plaintext=True, **secret)
    assert access.client_options()["security_protocol"] == "SASL_PLAINTEXT"
    assert "hidden" not in repr(access)
