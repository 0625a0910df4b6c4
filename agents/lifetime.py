"""How a process ends: on SIGTERM or SIGINT, or with the first part of it that ends by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterable
from typing import Any

_AGAIN_SECONDS = 0.5


def told_to_end() -> asyncio.Event:
    """Return what SIGTERM and SIGINT set from now on."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def run_until(told: asyncio.Event, *work: Coroutine[Any, Any, Any]) -> None:
    """Run everything until `told` is set or one has ended, then cancel the rest; raises what that one raised."""
    tasks = [asyncio.create_task(one) for one in (told.wait(), *work)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended: a cancellation that meets a timeout of a client in the same moment is lost."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_AGAIN_SECONDS)
