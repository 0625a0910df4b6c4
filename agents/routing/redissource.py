"""Signals from Redis."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from agents.clock import Clock, SystemClock
from agents.routing.reader import SourceError
from agents.signals.connection import arguments
from agents.signals.form import WHOLE, signal_of
from agents.signals.keys import queue_keys, queue_of, queues_key
from agents.sinks import RedisSettings
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal


class RedisSource:
    """Reads what `firstreply signals` writes. One client for one thread; a call takes at most the configured timeout."""

    def __init__(self, settings: RedisSettings, clock: Clock | None = None) -> None:
        """Connect at the first call."""
        self._prefix = settings.prefix
        self._clock = clock or SystemClock()
        self._client: Any = redis.Redis(**arguments(settings), retry=Retry(NoBackoff(), 0))

    def fetch(self, tenant: str, queue: str) -> RoutingSignal | None:
        """Return the newest signal, `None` where there is none."""
        key = queue_keys(self._prefix, Queue(tenant, queue)).signal
        try:
            whole = self._client.hget(key, WHOLE)
            return None if whole is None else signal_of(whole)
        except (RedisError, OSError) as error:
            msg = f"{type(error).__name__}: {error}"
            raise SourceError(msg) from error
        except msgspec.MsgspecError as error:
            msg = f"{key} holds no routing signal: {error}"
            raise SourceError(msg) from error

    def fetch_all(self) -> dict[tuple[str, str], RoutingSignal]:
        """Return the newest signal of every queue that has one; what is none of ours is left out."""
        queues = self.queues()
        try:
            pipe = self._client.pipeline(transaction=False)
            for queue in queues:
                pipe.hget(queue_keys(self._prefix, queue).signal, WHOLE)
            wholes = pipe.execute()
        except (RedisError, OSError) as error:
            msg = f"{type(error).__name__}: {error}"
            raise SourceError(msg) from error
        found: dict[tuple[str, str], RoutingSignal] = {}
        for queue, whole in zip(queues, wholes, strict=True):
            with contextlib.suppress(msgspec.MsgspecError):
                if whole is not None:  # it may have expired in between
                    found[queue] = signal_of(whole)
        return found

    def queues(self) -> list[Queue]:
        """Return tenant and name of every queue whose signal has not expired."""
        try:
            members = self._client.zrangebyscore(queues_key(self._prefix), f"({self._clock.now_ms()}", "+inf")
        except (RedisError, OSError) as error:
            msg = f"{type(error).__name__}: {error}"
            raise SourceError(msg) from error
        return [queue_of(member) for member in members]

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()
