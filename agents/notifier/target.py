"""What every target has in common: a name, a wake-up call, and attempts that back off until they succeed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Protocol

from agents.notifier.backoff import Backoff

log = logging.getLogger(__name__)


class Target(Protocol):
    """Somebody who is told."""

    name: str
    wake: asyncio.Event

    async def attempt(self) -> bool:
        """Tell what there is to tell now; return whether the target took it (or nothing was to tell)."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""


async def serve(target: Target, backoff: Backoff, pause_seconds: float = 1.0) -> None:
    """Keep a target up to date until cancelled: at once when something changes, and every `pause_seconds`."""
    while True:
        target.wake.clear()
        if await target.attempt():
            backoff.succeeded()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(target.wake.wait(), pause_seconds)
        else:
            wait = backoff.failed()
            log.info("%s: next attempt in %.1f s", target.name, wait)
            await asyncio.sleep(wait)


async def farewell(targets: list[Target], within_seconds: float) -> None:
    """Give every target one last attempt, all of them `within_seconds` together."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(target.attempt() for target in targets)), within_seconds)
