"""What the segments are told of who is there: for the rule `understaffed`, live, and only where it is configured."""

from __future__ import annotations

import msgspec

from pipeline.additions import SCHEMA, Additions
from pipeline.config import Domain
from pipeline.engine import Emit, Topic
from pipeline.responders.signals import PresenceBoard
from pipeline.staffing.crew import CrewBoard, CrewCount

_pack = msgspec.msgpack.Encoder().encode


class Crewing:
    """Tells the tenant's partition of `panes` who is there, when that changes and at every heartbeat."""

    __slots__ = ("_heartbeat_ms", "_said", "_silent_after_ms", "_wanted")

    def __init__(self, domain: Domain, *, live: bool) -> None:
        """Read whether anybody wants to know."""
        self._wanted = live and domain.understaffed is not None
        self._heartbeat_ms = domain.responders.heartbeat
        self._silent_after_ms = domain.responders.silent_after
        self._said: dict[str, CrewBoard] = {}

    def told(self, board: PresenceBoard) -> list[Emit]:
        """Return the record that tells it, if it is due. After a restart everything is told anew."""
        if not self._wanted:
            return []
        until_ms = 0 if board.heard_at is None else board.heard_at + self._silent_after_ms
        queues = {name: CrewCount(count.available + count.busy, count.planned) for name, count in board.queues.items()}
        crew = CrewBoard(board.as_of, min(board.expires_at, until_ms), queues)
        said = self._said.get(board.tenant)
        if said is not None and said.queues == queues and crew.at - said.at < self._heartbeat_ms:
            return []
        self._said[board.tenant] = crew
        value = _pack(Additions(SCHEMA, board.tenant, 0, 0, crew.at, [], crew=crew))
        return [Emit(Topic.PANES, board.tenant.encode(), value)]
