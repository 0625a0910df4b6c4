"""The OpenAPI 3.1 document, made from the operations and their types."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from agents.serve import acting
from agents.serve.operations import BASE, OPERATIONS, Operation
from agents.serve.problems import CONTENT_TYPE, Problem
from agents.serve.queries import AlertPath, StreamQuery
from pipeline.signals import AlertAction

_REFERENCE: Final = "#/components/schemas/{name}"
_DESCRIPTION: Final = """\
What firstreply says of a support centre, over HTTP: the same numbers as in Kafka, Redis, Prometheus and on the board.

Times (`_at`, `as_of`) are milliseconds since the Unix epoch, UTC; durations (`_ms`) milliseconds; shares (`_ppm`) parts per
million. Fields may be added at any time: ignore those that you do not know. A number past its `expires_at` is `stale`: treat it
as unknown and fall back to your static rules. Every answer has an `ETag`; ask again with `If-None-Match`. No answer names a
customer; only routing signals and the list of responders name responders, and need the scope `route`."""
_REFUSALS: Final = {
    "400": "A parameter is wrong.",
    "401": "There is no token, or none that is known.",
    "403": "The token is not for this tenant.",
    "404": "There is nothing of this name.",
    "429": "Too many requests; wait for `Retry-After` seconds.",
}
_ACT_REFUSALS: Final = {
    "413": "The body is larger than 16 KiB.",
    "415": "The body is not JSON.",
    "503": "Kafka cannot be written to.",
}
_NOT_YET: Final = "The topics are still being read."
_STREAM_TEXT: Final = """\
Server-sent events. The first one is `snapshot` with every row and alert; then `update` holds the rows and alerts that changed,
and what was taken back; `heartbeat` comes every two seconds. Reconnect with `Last-Event-ID`: what was missed follows, or a
`snapshot` where that is too much. A reader that is too slow gets a `snapshot` in place of what it missed."""


@cache
def document(version: str) -> dict[str, Any]:
    """Return the whole document."""
    types: list[Any] = [Problem, acting.Act, AlertAction, *dict.fromkeys(operation.answer_type for operation in OPERATIONS)]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    paths: dict[str, Any] = {BASE + operation.path: {"get": _operation(operation)} for operation in OPERATIONS}
    paths[f"{BASE}/stream"] = {"get": _stream()}
    refused = {status: _problem(words) for status, words in (_REFUSALS | _ACT_REFUSALS).items()}
    paths[f"{BASE}/alerts/{{id}}/actions"] = {"post": acting.described(refused, _parameters(AlertPath, "path"))}
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "firstreply",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in OPERATIONS)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token of [[serve.tokens]]."}},
            "responses": {"Problem": _problem("A refusal.")},
        },
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))  # defaults may be tuples
    return plain


def _operation(operation: Operation) -> dict[str, Any]:
    answer = {"$ref": _REFERENCE.format(name=operation.answer_type.__name__)}
    refusals = [status for status in _REFUSALS if status != "404" or operation.can_miss]
    return {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.text,
        "parameters": [*_parameters(operation.path_type, "path"), *_parameters(operation.query_type, "query")],
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": {"ETag": {"schema": {"type": "string"}, "description": "For `If-None-Match`."}},
                "content": {"application/json": {"schema": answer}},
            },
            "304": {"description": "Nothing has changed since the answer with the `ETag` in `If-None-Match`."},
            **{status: _problem(_REFUSALS[status]) for status in refusals},
            **({"503": _problem(_NOT_YET)} if operation.waits else {}),
        },
    }


def _stream() -> dict[str, Any]:
    last = {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 100}}
    return {
        "operationId": "followBoard",
        "tags": ["server"],
        "summary": "Follow the board",
        "description": _STREAM_TEXT,
        "parameters": [*_parameters(StreamQuery, "query"), last],
        "responses": {
            "200": {"description": "The stream.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **{status: _problem(_REFUSALS[status]) for status in ("400", "401", "403", "429")},
            "503": _problem("As many boards are open as may be."),
        },
    }


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {CONTENT_TYPE: {"schema": {"$ref": _REFERENCE.format(name="Problem")}}}}


def _parameters(kind: type[msgspec.Struct], where: str) -> list[dict[str, Any]]:
    _, schemas = msgspec.json.schema_components([kind], ref_template="#/{name}")
    mine = schemas[kind.__name__]
    required = mine.get("required", [])
    return [
        {"name": name, "in": where, "required": name in required, **_schema(schema, schemas)}
        for name, schema in mine["properties"].items()
    ]


def _schema(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the description and the schema of a parameter: left out is not null, so null is no value."""
    given = dict(schema)
    description = given.pop("description", None)
    default = given.pop("default", None)
    if "anyOf" in given:
        (given,) = (one for one in given["anyOf"] if one != {"type": "null"})
        given = dict(given)
        description = given.pop("description", description)
    if "$ref" in given:
        given = {key: value for key, value in schemas[given["$ref"][2:]].items() if key in ("type", "enum")}
    if default is not None:
        given["default"] = default
    return ({"description": description} if description else {}) | {"schema": given}
