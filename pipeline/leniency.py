"""The slow reading of a record: what the typed decoder refused is either written in another accepted way, or explained.

Accepted beyond the schema: closed sets in any case of letters, a few other words for them, numbers as ids, `null` for
what is absent, a byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pipeline.engine import Headers
from pipeline.events import EventType
from pipeline.explanation import explain
from pipeline.reasons import Invalid, Reason, Skipped
from pipeline.wire import MAX_INTEGER, MAX_TEXT, Wire

_ANY: Final = msgspec.json.Decoder(float_hook=float)  # 1e999 in a field that nobody reads is nobody's business
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_VISIBLE = re.compile("[^!-~]")
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]}]', re.DOTALL)

_NONE: Final[Mapping[str, str]] = {}
_ACTORS = {"agent": "responder", "bot": "automation"}
_KINDS = {"csat_request": "survey"}
_CHANNELS = {"whatsapp": "messaging"}
_CLOSED: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("status", "priority", "direction", "visibility", "delivery", "rating_kind", "rating.kind"), _NONE),
    **dict.fromkeys(("actor", "actor.kind", "created_by"), _ACTORS),
    **dict.fromkeys(("message_kind", "message.kind"), _KINDS),
    "channel": _CHANNELS,
}
"""Fields of closed sets -> other words for their members."""
_TYPES = frozenset(EventType)
_IDS = frozenset({"id", "ticket_id", "actor_id", "assignee", "requester", "message_id", "merged_into", "into"})
_EMPTIED = frozenset({"queue", "assignee", "team", "brand", "region", "tags", "requester", "customer_tier"})
"""Where `null` says: known to be empty."""
_GROUPS = ("actor", "ticket", "message", "rating", "merge")
_ATTRIBUTES = {
    f"ce_{name}": name for name in ("id", "source", "type", "specversion", "subject", "time", "recordedtime", "sequence")
}


def attributes_of(headers: Headers) -> dict[str, str] | Invalid | None:
    """Return the CloudEvents attributes of binary mode, or `None` where the value says everything itself."""
    found: dict[str, str] = {}
    for name, content in headers:
        if name == "content-type" and content and content.startswith(b"application/cloudevents"):
            return None
        if (known := _ATTRIBUTES.get(name)) and content is not None:
            try:
                found[known] = content.decode()
            except UnicodeDecodeError:
                return Invalid(Reason.BAD_FIELD, "not UTF-8", name)
    return found or None


def deeper_than(value: bytes, limit: int) -> bool:
    """Return whether brackets outside strings nest deeper than `limit`; malformed JSON gets some answer."""
    depth = 0
    for token in _TOKEN.finditer(value):
        match token.group()[0]:
            case 0x5B | 0x7B:
                depth += 1
                if depth > limit:
                    return True
            case 0x5D | 0x7D:
                depth -= 1
    return False


def read_again(value: bytes, attributes: dict[str, str] | None) -> Wire | Invalid | Skipped:
    """Read what the typed decoder refused. `attributes` are those of binary mode."""
    tree = _tree(value)
    if attributes is not None and not isinstance(tree, Invalid):
        tree = {**attributes, "data": tree}
    if isinstance(tree, Invalid):
        return tree
    if not isinstance(tree, dict):
        return Invalid(Reason.WRONG_SHAPE, "not a JSON object")
    answer = _other_type(tree.get("type"))
    if answer is not None:
        return answer
    try:
        return msgspec.convert(_tidy_event(tree), Wire)
    except msgspec.ValidationError as error:
        return explain(str(error))


def _tree(value: bytes) -> Any:
    try:
        return _ANY.decode(value.removeprefix(_BYTE_ORDER_MARK))
    except msgspec.ValidationError:
        return Invalid(Reason.BAD_FIELD, "a number is out of range")
    except RecursionError:
        return Invalid(Reason.TOO_DEEP, "nested too deep")
    except (msgspec.DecodeError, ValueError):
        return Invalid(Reason.NOT_JSON, "not JSON in UTF-8")


def _other_type(given: Any) -> Invalid | Skipped | None:
    """Return what to answer to a type that is not ours, or `None` where it is."""
    if given is None:
        return Invalid(Reason.MISSING_FIELD, "an event names its type", "type")
    if not isinstance(given, str) or not given:
        return Invalid(Reason.BAD_FIELD, "not a text", "type")
    if len(given) > MAX_TEXT:
        return Invalid(Reason.STRING_TOO_LONG, f"longer than {MAX_TEXT} characters", "type")
    if _NOT_VISIBLE.search(given):
        return Invalid(Reason.BAD_FIELD, "holds something other than visible ASCII", "type")
    return None if given in _TYPES else Skipped(given)


def _tidy_event(tree: dict[str, Any]) -> dict[str, Any]:
    event = _tidy(tree)
    if isinstance(data := event.get("data"), dict):
        event["data"] = _tidy_groups(_tidy(data))
        return event
    return _tidy_groups(event)


def _tidy_groups(body: dict[str, Any]) -> dict[str, Any]:
    for name in _GROUPS:
        if isinstance(group := body.get(name), dict):
            body[name] = _tidy(group, "" if name == "ticket" else f"{name}.")
    return body


def _tidy(group: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    tidied: dict[str, Any] = {}
    for name, value in group.items():
        if value is None:
            if name in _EMPTIED:
                tidied[name] = None
        elif isinstance(value, str) and (words := _CLOSED.get(prefix + name)) is not None:
            word = value.lower()
            tidied[name] = words.get(word, word)
        elif type(value) is int and name in _IDS and abs(value) <= MAX_INTEGER:
            tidied[name] = str(value)
        else:
            tidied[name] = value
    return tidied
