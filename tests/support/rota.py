"""Responder events as tests write them, and what an engine said of everybody."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.engine import Effects, LogRecord, Row, Topic
from pipeline.responders.codec import encode
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import ResponderEvent, ResponderEventType

TENANT = "acme"


class Floor:
    """One engine, and what it has written."""

    def __init__(self, engine: RespondersEngine) -> None:
        self.engine = engine
        self.rows: dict[bytes, bytes] = {}
        self.said: dict[tuple[Topic, bytes], bytes | None] = {}
        self.dead: list[str] = []
        self._offset = 0

    def tell(self, *events: ResponderEvent | bytes, at: int = 0) -> Effects:
        """Apply events in one batch; `at`: when they were appended."""
        records = []
        for event in events:
            value = event if isinstance(event, bytes) else encode(event)
            stamp = at or (0 if isinstance(event, bytes) else event.occurred_at)
            records.append(LogRecord("responder-events", 0, self._offset, stamp, TENANT.encode(), value))
            self._offset += 1
        return self.take(self.engine.apply(records))

    def tick(self, at: int) -> Effects:
        effects = self.take(self.engine.tick(at))
        while effects.more:
            effects = self.take(self.engine.tick(at))
        return effects

    def take(self, effects: Effects) -> Effects:
        for key, value in effects.rows.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        for emit in effects.emits:
            self.said[emit.topic, emit.key or b""] = emit.value
        self.dead += [letter.reason for letter in effects.dead_letters]
        return effects

    def changelog(self) -> list[Row]:
        return [Row(key, value) for key, value in self.rows.items()]

    def of(self, responder_id: str) -> Any:
        value = self.said[Topic.RESPONDERS, f"{TENANT}:{responder_id}".encode()]
        return None if value is None else msgspec.json.decode(value)

    def board(self) -> Any:
        return msgspec.json.decode(self.said[Topic.PRESENCE, TENANT.encode()] or b"null")


def event(kind: ResponderEventType, responder_id: str, at: int, name: str = "", **fields: Any) -> ResponderEvent:
    """Return an event; its id is its name, or what it is about."""
    return ResponderEvent(
        type=kind,
        id=name or f"{kind.value}:{responder_id}:{at}",
        tenant=TENANT,
        responder_id=responder_id,
        occurred_at=at,
        source="/acme/test",
        **fields,
    )
