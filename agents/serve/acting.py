"""`POST /api/v1/alerts/{id}/actions`: what a person does about an alert, written to the topic `alert-actions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from agents.alertlog import new_action
from agents.partitions.clients import BROKEN
from agents.serve.access import Caller
from agents.serve.http import Handle, answer
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import AlertPath, Nothing, read
from agents.serve.site import Site
from agents.serve.tickets import alert_of
from pipeline.config import DAY_MS
from pipeline.signals import AlertAction, AlertActionType

Record: TypeAlias = Callable[[AlertAction], Awaitable[None]]
"""Writes an act; returns once it is safe."""
_LONGEST_SNOOZE_MS: Final = 7 * DAY_MS
_JSON: Final = "application/json"


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done about an alert."""

    type: AlertActionType
    by: Annotated[str, Meta(max_length=100, description="Who does it, as they call themselves; empty: the token's name.")] = ""
    note: Annotated[str, Meta(max_length=500, description="A word to whoever looks next; `annotate` needs one.")] = ""
    until: Annotated[int, Meta(ge=0, le=2**53, description="`snooze` needs it: until when, at most seven days ahead.")] | None = (
        None
    )


def acting(site: Site, record: Record) -> Handle:
    """Return the handler."""

    async def handle(request: web.Request, caller: Caller) -> web.StreamResponse:
        path = read(list(request.match_info.items()), AlertPath)
        read(list(request.query.items()), Nothing)
        alert = alert_of(site, caller, path.id)
        act = _checked(await _body(request), site.clock.now_ms())
        action = new_action(alert, act.type, site.clock, by=act.by or caller.name, note=act.note, until=act.until)
        try:
            await record(action)
        except (TimeoutError, *BROKEN):
            raise refusal(
                ProblemKind.UNAVAILABLE, "The act could not be written to Kafka.", "try again", retry_after_seconds=5
            ) from None
        response = answer(request, action, cache="no-store")
        response.set_status(201)
        return response

    return handle


async def _body(request: web.Request) -> Act:
    if request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower() != _JSON:
        raise refusal(ProblemKind.UNSUPPORTED_MEDIA_TYPE, "", f"send the header Content-Type: {_JSON}")
    try:
        return msgspec.json.decode(await request.read(), type=Act)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refusal(ProblemKind.BAD_REQUEST, f"{error}.", "/docs describes the body") from None


def _checked(act: Act, clock_ms: int) -> Act:
    """Return an act that makes sense.

    Raises:
        Refused: 400, something that its type needs is missing, or it snoozes for too long.

    """
    told: dict[AlertActionType, tuple[bool, str]] = {
        AlertActionType.ACKNOWLEDGE: (act.until is None, "leave `until` out: an acknowledgement has no end"),
        AlertActionType.ANNOTATE: (act.until is None and bool(act.note.strip()), "write a `note`, and leave `until` out"),
        AlertActionType.SNOOZE: (
            act.until is not None and act.until <= clock_ms + _LONGEST_SNOOZE_MS,
            "say `until` when, milliseconds since the Unix epoch, at most seven days ahead; the past ends a snooze",
        ),
    }
    fits, way_out = told[act.type]
    if not fits:
        raise refusal(ProblemKind.BAD_REQUEST, f"This is no {act.type}.", way_out)
    return act


def described(refusals: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the operation for the OpenAPI document."""
    return {
        "operationId": "actOnAlert",
        "tags": ["alerts"],
        "summary": "Acknowledge, snooze or annotate an alert",
        "description": "Needs the scope `act`. What is written shows in the alert's `acts` as soon as it has been read back.",
        "parameters": parameters,
        "requestBody": {"required": True, "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Act"}}}},
        "responses": {
            "201": {
                "description": "Written.",
                "content": {_JSON: {"schema": {"$ref": "#/components/schemas/AlertAction"}}},
            },
            **refusals,
        },
    }
