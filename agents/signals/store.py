"""Routing signals in Redis: whole values, set and never added to, each write fenced by what the queue's last writer knew."""

from __future__ import annotations

import importlib.resources
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from agents.signals.connection import arguments
from agents.signals.form import fields_of, places_of, scores_of
from agents.signals.keys import member_of, queue_keys, queues_key, writer_key
from agents.sinks import RedisSettings
from pipeline.config import DAY_MS
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal

FAILURES = (RedisError, OSError, TimeoutError)
"""What a call raises when Redis is away, slow, full, or refuses us."""
_MARK_MS = 600_000


class Written(NamedTuple):
    """What became of signals."""

    written: int
    refused: int
    """By the fence: somebody who knows more has written."""


class SignalStore:
    """One writer. Calls take at most the configured timeout per round trip."""

    def __init__(self, settings: RedisSettings, fence_expiry_ms: int) -> None:
        """Connect to nothing yet."""
        self._prefix = settings.prefix
        self._fence_expiry_ms = fence_expiry_ms
        self._script = importlib.resources.files(__package__).joinpath("publish.lua").read_text(encoding="utf-8")
        self._sha = ""
        self._mark = writer_key(settings.prefix, uuid.uuid4().hex)
        self._client: Any = redis.asyncio.Redis(**arguments(settings), retry=Retry(NoBackoff(), 0))

    async def begin(self) -> None:
        """Make ready to write, after a connection was made or lost, or Redis was emptied.

        Raises:
            RedisError, OSError, TimeoutError: Redis is away, or refuses us.

        """
        self._sha = await self._client.script_load(self._script)
        await self._client.set(self._mark, "1", px=_MARK_MS)

    async def emptied(self) -> bool:
        """Tell whether Redis has lost what was written since `begin`: it was flushed, or restarted without its data.

        Raises:
            RedisError, OSError, TimeoutError: Redis is away, or refuses us.

        """
        return not await self._client.pexpire(self._mark, _MARK_MS)

    async def write(self, signals: Sequence[RoutingSignal]) -> Written:
        """Set the signals in one round trip. Repeating it changes nothing.

        Raises:
            RedisError, OSError, TimeoutError: Redis is away, or refuses us; some of the signals may have been written.

        """
        pipe = self._client.pipeline(transaction=False)
        for signal in signals:
            self._put(pipe, signal)
        self._list(pipe, signals)
        try:
            results = await pipe.execute()
        except NoScriptError:  # emptied of scripts too, by a restart
            self._sha = await self._client.script_load(self._script)
            return await self.write(signals)
        written = sum(int(result) for result in results[: len(signals)])
        return Written(written, len(signals) - written)

    async def close(self) -> None:
        """Let the connection go. What was written stays until it expires."""
        await self._client.aclose()

    async def disconnect(self) -> None:
        """Drop connections on which an answer may still be under way."""
        await self._client.connection_pool.disconnect()

    def _put(self, pipe: Any, signal: RoutingSignal) -> None:
        keys = queue_keys(self._prefix, Queue(signal.tenant, signal.queue))
        fields = [part for pair in fields_of(signal).items() for part in pair]
        near, late = scores_of(signal.next_to_breach), scores_of(signal.overdue)
        people = places_of(signal.responders or ())
        lengths = (len(part) for part in (fields, near, late, people))
        head = (signal.epoch, signal.as_of, signal.expires_at, self._fence_expiry_ms, *lengths)
        pipe.evalsha(self._sha, len(keys), *keys, *head, *fields, *near, *late, *people)

    def _list(self, pipe: Any, signals: Iterable[RoutingSignal]) -> None:
        expiries = {member_of(Queue(signal.tenant, signal.queue)): signal.expires_at for signal in signals}
        key = queues_key(self._prefix)
        pipe.zadd(key, expiries, gt=True)
        pipe.zremrangebyscore(key, "-inf", max(expiries.values()) - DAY_MS)
