"""The terms of fetches: gathered while records come fast, at once otherwise, and read by aiokafka for each fetch."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher

from agents.partitions.consumer import PartitionThread
from agents.partitions.fetchpace import AT_ONCE, GATHERED, FetchPace, FetchTerms

PLACE = TopicPartition("t", 0)


def told(*looks: tuple[float, bool]) -> list[FetchTerms]:
    pace = FetchPace()
    return [pace.after(now, came=came) for now, came in looks]


def test_the_first_records_say_nothing_of_how_fast_they_come() -> None:
    assert told((5.0, True)) == [AT_ONCE]


def test_records_that_come_fast_are_gathered() -> None:
    assert told((5.0, True), (5.05, True), (5.1, True)) == [AT_ONCE, GATHERED, GATHERED]


def test_records_that_come_slowly_are_sent_at_once() -> None:
    assert told((5.0, True), (5.02, True), (5.09, True), (5.16, True)) == [AT_ONCE, GATHERED, AT_ONCE, AT_ONCE]


def test_gathering_lasts_through_a_look_in_between_and_ends_with_silence() -> None:
    looks = told((5.0, True), (5.02, True), (5.05, False), (5.09, False), (5.1, True))
    assert looks == [AT_ONCE, GATHERED, GATHERED, AT_ONCE, AT_ONCE]


def test_a_gathered_fetch_waits_less_than_one_that_is_sent_at_once_and_for_more() -> None:
    assert GATHERED.max_wait_ms < AT_ONCE.max_wait_ms
    assert GATHERED.min_bytes > AT_ONCE.min_bytes == 1


def asked(fetcher: Any) -> FetchTerms:
    """Return what the next fetch of aiokafka's fetcher would ask for."""
    state = SimpleNamespace(has_valid_position=True, paused=False, position=0)
    assignment = SimpleNamespace(tps=[PLACE], state_value=lambda _: state)
    requests, *_ = Fetcher._get_actions_per_node(fetcher, assignment)  # type: ignore[no-untyped-call]  # aiokafka has no types
    ((_, request),) = requests
    return FetchTerms(request._min_bytes, request._max_wait_ms)


def idle_fetcher() -> Any:
    """Return what aiokafka's fetcher reads of itself to make a fetch, and what the thread reads of it to look for records."""
    return SimpleNamespace(
        _records={},
        _in_flight=set(),
        _select_read_replica=lambda _: 1,
        _max_partition_fetch_bytes=1,
        _fetch_max_bytes=1,
        _fetch_min_bytes=AT_ONCE.min_bytes,
        _fetch_max_wait_ms=AT_ONCE.max_wait_ms,
        _isolation_level=1,
        _client_rack=None,
        _fetcher_timeout=0.2,
        _closed=False,
        _subscriptions=SimpleNamespace(fetch_context=nullcontext),
    )


class GatherWhatComes(FetchPace):
    """Gathers after records however long ago the ones before came: the thread asks at the machine's speed."""

    def after(self, now: float, *, came: bool) -> FetchTerms:
        """Say whether some had come."""
        return GATHERED if came else AT_ONCE


def test_the_thread_sets_the_terms_that_the_next_fetch_asks_for() -> None:
    looks = [{PLACE: ["a"]}, {}, {PLACE: ["b"]}]

    async def drain(*_: Any) -> dict[Any, Any]:
        return looks.pop(0)

    thread: Any = SimpleNamespace(
        consumer=SimpleNamespace(flow_active=True), _pace=GatherWhatComes(), _has_room=lambda _: True, _drain=drain
    )

    async def looked() -> list[FetchTerms]:
        consumer = SimpleNamespace(_closed=False, _fetcher=idle_fetcher())
        terms = []
        while looks:
            await PartitionThread._fetch_records(thread, consumer, [PLACE], 0)
            terms.append(asked(consumer._fetcher))
        return terms

    assert asyncio.run(looked()) == [GATHERED, AT_ONCE, GATHERED]
