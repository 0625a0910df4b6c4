"""The names of the keys in Redis, version 1. They are a contract: see docs/routing.md.

    firstreply:1:{acme|billing}:signal     hash, expires with the signal
    firstreply:1:{acme|billing}:next       sorted set of ticket ids by deadline, ms: can still be met
    firstreply:1:{acme|billing}:overdue    sorted set of ticket ids by deadline, ms: missed and still open
    firstreply:1:{acme|billing}:responders sorted set of responder ids by place, the best is 0: can take a contact now
    firstreply:1:{acme|billing}:fence      hash `epoch`, `as_of` of the newest write; outlives the signal
    firstreply:1:queues                    sorted set of `acme|billing` by expiry, ms

Tenant and queue are percent-encoded, so that a name cannot end the braces, which keep a queue's keys in one slot of a cluster.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from pipeline.routing.deadlines import Queue

VERSION = 1
_SAFE = "-_.~ "


class QueueKeys(NamedTuple):
    """The keys of one queue, in the order in which the script takes them."""

    signal: str
    next: str
    overdue: str
    responders: str
    fence: str


def member_of(queue: Queue) -> str:
    """Return how the queue is called in keys and in `queues`."""
    return f"{quote(queue.tenant, safe=_SAFE)}|{quote(queue.name, safe=_SAFE)}"


def queue_of(member: str) -> Queue:
    """Return the queue of a member of `queues`."""
    tenant, _, name = member.partition("|")
    return Queue(unquote(tenant), unquote(name))


def queue_keys(prefix: str, queue: Queue) -> QueueKeys:
    """Return the keys of one queue."""
    stem = f"{prefix}:{VERSION}:{{{member_of(queue)}}}"
    return QueueKeys(f"{stem}:signal", f"{stem}:next", f"{stem}:overdue", f"{stem}:responders", f"{stem}:fence")


def queues_key(prefix: str) -> str:
    """Return the key of the list of queues."""
    return f"{prefix}:{VERSION}:queues"


def writer_key(prefix: str, writer: str) -> str:
    """Return the key by which a writer notices that Redis was emptied."""
    return f"{prefix}:{VERSION}:writer:{writer}"
