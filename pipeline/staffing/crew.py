"""Who is there, by queue: what the responders' stage tells the segments, as they keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

ANY = "*"
"""The queue of those who take any."""


class CrewCount(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """People of one queue. Append with a default, never reorder (row format)."""

    here: int
    """Available or busy."""
    planned: int
    """On the rota to work now."""


class CrewBoard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everybody of one tenant at a time. Append with a default, never reorder (row format)."""

    at: int
    """When that was so, ms."""
    expires_at: int
    """From then on nobody knows who is there, ms."""
    queues: Mapping[str, CrewCount]


class Crew(NamedTuple):
    """Who could take a queue's customers."""

    here: int
    planned: int


class Crews:
    """The boards of the tenants of a partition."""

    __slots__ = ("_boards", "_versions")

    def __init__(self) -> None:
        """Start without any."""
        self._boards: dict[str, CrewBoard] = {}
        self._versions: dict[str, int] = {}

    def take(self, tenant: str, board: CrewBoard) -> None:
        """Take the newest board of a tenant."""
        self._boards[tenant] = board
        self._versions[tenant] = self._versions.get(tenant, 0) + 1

    def latest(self, tenant: str) -> CrewBoard | None:
        """Return the newest board of a tenant."""
        return self._boards.get(tenant)

    def version(self, tenant: str) -> int:
        """Return a number that changes with a tenant's board."""
        return self._versions.get(tenant, 0)

    def of(self, tenant: str, queue: str, at_ms: int) -> Crew | None:
        """Return who could take a queue's customers at a time, ms; `None`: that cannot be told.

        Those who take any queue count in each.
        """
        board = self._boards.get(tenant)
        if board is None or at_ms >= board.expires_at:
            return None
        found = [count for name in (queue, ANY) if (count := board.queues.get(name)) is not None]
        return Crew(sum(count.here for count in found), sum(count.planned for count in found))
