"""JSON Schemas of every topic that carries JSON, generated from the types that write and read them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pipeline.engine import DeadLetter, Topic
from pipeline.responders.signals import PresenceBoard, ResponderState
from pipeline.responders.wire import ResponderCanonical, ResponderWire
from pipeline.signals import Alert, AlertAction, Repeat, ServiceLevel, SlaEvent, TicketClocks
from pipeline.wire import Canonical, Wire

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE: Final = "#/$defs/{name}"
TYPES: Final[dict[str, type[msgspec.Struct]]] = {
    Topic.TICKET_EVENTS.value: Wire,
    f"{Topic.TICKET_EVENTS.value}.canonical": Canonical,
    Topic.SLA_EVENTS.value: SlaEvent,
    Topic.CLOCKS.value: TicketClocks,
    Topic.SERVICE_LEVELS.value: ServiceLevel,
    Topic.ALERTS.value: Alert,
    Topic.ALERT_ACTIONS.value: AlertAction,
    Topic.REPEATS.value: Repeat,
    Topic.DEAD_LETTERS.value: DeadLetter,
    Topic.RESPONDER_EVENTS.value: ResponderWire,
    f"{Topic.RESPONDER_EVENTS.value}.canonical": ResponderCanonical,
    Topic.RESPONDERS.value: ResponderState,
    Topic.PRESENCE.value: PresenceBoard,
}
"""What a record's value is. `ticket-events` says what is accepted, `ticket-events.canonical` what firstreply writes itself."""


def all_schemas() -> dict[str, dict[str, Any]]:
    """Return name -> schema, each complete in itself. `docs/schemas/<name>.json` holds them."""
    return {name: _schema(name, kind) for name, kind in TYPES.items()}


def _schema(name: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    (_,), definitions = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    return {"$schema": DIALECT, "$id": f"firstreply:{name}", "$ref": _REFERENCE.format(name=kind.__name__), "$defs": definitions}
