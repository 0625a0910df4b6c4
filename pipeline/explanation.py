"""Turn what msgspec says of a refused value into a reason, a field and words that quote none of the input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, get_args

from pipeline.events import ActorKind, Channel, Delivery, Direction, MessageKind, Priority, Status, Visibility
from pipeline.reasons import Invalid, Reason
from pipeline.responders.events import Activity, Presence
from pipeline.wire import RatingKind

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_LIMIT = re.compile(r"Expected `(?P<type>str|array)` of length (?P<sign>[<>]=) (?P<limit>\d+)")
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")

_TIMES = frozenset({"time", "recordedtime", "created_at"})
_MEMBERS: Final[Mapping[str, Iterable[str]]] = {
    "status": Status,
    "priority": Priority,
    "channel": Channel,
    "created_by": ActorKind,
    "actor": ActorKind,
    "actor.kind": ActorKind,
    "direction": Direction,
    "visibility": Visibility,
    "delivery": Delivery,
    "message_kind": MessageKind,
    "message.kind": MessageKind,
    "rating_kind": get_args(RatingKind),
    "rating.kind": get_args(RatingKind),
    "specversion": ("1.0",),
    "state": Presence,
    "activity": Activity,
}
"""Members of the closed sets, by the end of their path."""


def explain(message: str) -> Invalid:
    """Return the refusal that a message of `msgspec.ValidationError` stands for."""
    place = _PLACE.fullmatch(message)
    what, path = (place["what"], place["path"] or "") if place else ("", "")
    if missing := _MISSING.match(what):
        return Invalid(Reason.MISSING_FIELD, "required", f"{path}.{missing['name']}".lstrip("."))
    if what.startswith("Invalid enum value"):
        return Invalid(Reason.BAD_FIELD, f"not one of {', '.join(_members(path))}", path)
    if limit := _LIMIT.match(what):
        if limit["sign"] == ">=":
            return Invalid(Reason.BAD_FIELD, "must not be empty", path)
        if limit["type"] == "array":
            return Invalid(Reason.TOO_MANY_TAGS, f"more than {limit['limit']}", path)
        return Invalid(Reason.STRING_TOO_LONG, f"longer than {limit['limit']} characters", path)
    is_time = path.rpartition(".")[2] in _TIMES
    return Invalid(Reason.BAD_TIMESTAMP if is_time else Reason.BAD_FIELD, what, path)


def _members(path: str) -> Iterable[str]:
    parts = path.split(".")
    return _MEMBERS.get(parts[-1]) or _MEMBERS[".".join(parts[-2:])]
