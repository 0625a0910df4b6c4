"""The reference of ticket events, made from the types that read them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import inspect

from docs.made import docstrings
from pipeline.events import EventType
from pipeline.wire import Actor, Attributes, Merge, Message, Rating, Wire

HEAD = """\
# Ticket events

What a help desk sends to the topic `ticket-events`, with the key `tenant:ticket`. This page is made from the types that read it,
by `make docs`; for programs there are [the schema](schemas/ticket-events.json), that of
[the canonical form](schemas/ticket-events.canonical.json), and [AsyncAPI](asyncapi.json).
[Quickstart](quickstart.md#your-first-numbers) has three events to begin with.

An event is a [CloudEvent](https://cloudevents.io) 1.0 as JSON, with the domain's fields in `data`; in the binary form the
envelope stands in headers that begin with `ce_`. A flat object with the same names side by side is read, too. Names that are not
on this page are skipped. What cannot be read becomes a dead letter with the reason, never with the payload.

- The same `source` and `id` are the same event, however often it comes: derive the id from the change, not from the delivery.
- Events may come in any order. `time` says when it happened.
- Every event may carry attributes of the ticket **after** it.
- There is no field for the text of a message.

"""
_OWNER = """
Beside the groups, `data.tenant` and `data.ticket_id` name the ticket; where they are absent, `source` and `subject` do.
"""
_ENVELOPE = ("id", "type", "time", "source", "specversion", "subject", "recordedtime", "sequence")
_GROUPS = (("actor", Actor), ("ticket", Attributes), ("message", Message), ("rating", Rating), ("merge", Merge))
_MEANINGS = {
    "actor.id": "Who, by an id that does not change.",
    "assignee": "The responder who has it; empty for nobody.",
    "brand": "A dimension, for numbers and policies.",
    "created_at": "When it was created, where that is not `time`.",
    "created_by": "Who began the ticket; otherwise the actor.",
    "customer_tier": "Such as `gold`: decides about promises.",
    "merge.into": "The ticket's id.",
    "message.id": "By which `message_failed` finds its message.",
    "queue": "Where the ticket waits.",
    "rating.kind": "Satisfaction, effort, or whether the customer would recommend.",
    "region": "A dimension, for numbers and policies.",
    "requester": "The customer, by an id; measures of customers need it.",
    "scale_max": "The best answer of the scale.",
    "scale_min": "The worst answer of the scale.",
    "score": "The answer.",
    "specversion": "In the structured form.",
    "tags": "All of them; topics and policies go by tags.",
    "team": "Who answers.",
    "type": "What happened.",
}


def page() -> str:
    """Return the page."""
    types = docstrings.of(EventType)
    parts = ["## Types", "", "| `type` | What happened |", "|---|---|"]
    parts += [f"| `{one.value}` | {types[one.name]} |" for one in EventType]
    parts += ["", "## The envelope", "", *_table("", Wire, only=_ENVELOPE)]
    for name, group in _GROUPS:
        parts += ["", f"## data.{name}", "", " ".join((group.__doc__ or "").split()), "", *_table(name, group)]
    return HEAD + "\n".join(parts) + "\n" + _OWNER


def _table(name: str, group: type[msgspec.Struct], only: tuple[str, ...] = ()) -> Iterator[str]:
    yield "| Field | Value | Meaning |"
    yield "|---|---|---|"
    texts = docstrings.of(group)
    described = inspect.type_info(group)
    assert isinstance(described, inspect.StructType)  # noqa: S101 - what a struct is described by
    for field in described.fields:
        if not only or field.name in only:
            known = _MEANINGS.get(f"{name}.{field.name}") or _MEANINGS.get(field.name)
            meaning = texts.get(field.name) or known or _of_set(field.type)
            value = "one of the types above" if field.name == "type" else _words(field.type)
            yield f"| `{field.name}`{', required' if field.required else ''} | {value} | {meaning} |"


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType():
            return " or ".join(dict.fromkeys(_words(one) for one in kind.types if not _is_absence(one)))
        case inspect.EnumType():
            return " \\| ".join(f"`{one.value}`" for one in kind.cls)
        case inspect.LiteralType():
            return " \\| ".join(f"`{one}`" for one in kind.values)
        case inspect.StrType():
            return f"text of at most {kind.max_length} characters"
        case inspect.VarTupleType():
            return f"at most {kind.max_length} of: {_words(kind.item_type)}"
        case _:
            return "number"


def _of_set(kind: inspect.Type) -> str:
    """Return what a closed set says of itself."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return next((" ".join((one.cls.__doc__ or "").split()) for one in kinds if isinstance(one, inspect.EnumType)), "")


def _is_absence(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.NoneType) or getattr(kind, "cls", None) is msgspec.UnsetType
