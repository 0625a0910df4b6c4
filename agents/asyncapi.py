"""The AsyncAPI 3.0 document of every topic, made from the types that write and read them and from the topics' settings."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agents.settings import TopicSettings
from agents.topics import TopicSpec, declared
from pipeline import __version__
from pipeline.engine import TimeMode, Topic
from pipeline.schemas import TYPES

_REFERENCE: Final = "#/components/schemas/{name}"
_KAFKA_BINDING: Final = "0.5.0"
_PRIVATE: Final = {
    Topic.PANES: "What ticket partitions add to the numbers: internal, MessagePack, may change with any version.",
    Topic.CONTACTS: "What ticket partitions tell of customers' contacts: internal, MessagePack, may change with any version.",
}
_READ: Final = frozenset({Topic.TICKET_EVENTS, Topic.RESPONDER_EVENTS})
"""Topics that others write and firstreply reads."""
_TICKET_KEY: Final = "tenant:ticket_id"
_KEYS: Final = {
    Topic.TICKET_EVENTS: _TICKET_KEY,
    Topic.SLA_EVENTS: _TICKET_KEY,
    Topic.CLOCKS: _TICKET_KEY,
    Topic.PANES: "tenant",
    Topic.CONTACTS: "tenant:customer, the customer as a keyed hash",
    Topic.REPEATS: "tenant:ticket_id:digest of ticket and customer",
    Topic.RESPONDER_EVENTS: "tenant",
    Topic.RESPONDERS: "tenant:responder_id",
    Topic.PRESENCE: "tenant",
    Topic.SERVICE_LEVELS: "tenant|dimension=value,... with %|,= and control characters percent-encoded",
    Topic.ALERTS: "the alert's id",
}
_DESCRIPTION: Final = (
    "Ticket events in; service levels, SLA events, ticket clocks and alerts out. Durations are milliseconds (`_ms`), times are "
    "milliseconds since the Unix epoch, UTC (`_at`), shares are parts per million (`_ppm`). Read outputs with isolation.level = "
    "read_committed. Names carry the configured prefix; partitions and retention are the defaults."
)


def document(topics: TopicSettings | None = None) -> dict[str, Any]:
    """Return the document for these topics, by default those of a configuration that says nothing."""
    specs = dict(zip(Topic, declared(topics or TopicSettings(), TimeMode.LIVE, customers=True), strict=False))
    types = list(dict.fromkeys(TYPES.values()))
    _, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "firstreply",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "broker.bootstrap"}},
        "channels": {topic.value: _channel(topic, specs[topic]) for topic in Topic},
        "operations": {_operation_name(topic): _operation(topic) for topic in Topic},
        "components": {"messages": {topic.value: _message(topic) for topic in Topic}, "schemas": schemas},
    }


def _channel(topic: Topic, spec: TopicSpec) -> dict[str, Any]:
    policy = spec.configs["cleanup.policy"]
    settings: dict[str, Any] = {"cleanup.policy": policy.split(",")}
    if "retention.ms" in spec.configs:
        settings["retention.ms"] = int(spec.configs["retention.ms"])
    compacted = " Compacted: the newest record of a key holds, a null value means that it is gone." if "compact" in policy else ""
    return {
        "address": spec.name,
        "description": _text(topic) + compacted,
        "messages": {topic.value: {"$ref": f"#/components/messages/{topic.value}"}},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "replicas": spec.replication,
                "topicConfiguration": settings,
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _operation_name(topic: Topic) -> str:
    return f"{'receive' if topic in _READ else 'send'}-{topic.value}"


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic in _READ else "send",
        "channel": {"$ref": f"#/channels/{topic.value}"},
        "messages": [{"$ref": f"#/channels/{topic.value}/messages/{topic.value}"}],
    }


def _message(topic: Topic) -> dict[str, Any]:
    key = {"type": "string", "description": _KEYS[topic]} if topic in _KEYS else {"type": "string"}
    message: dict[str, Any] = {
        "name": topic.value,
        "summary": _text(topic),
        "bindings": {"kafka": {"key": key, "bindingVersion": _KAFKA_BINDING}},
    }
    if topic in _PRIVATE:
        return message | {"contentType": "application/vnd.msgpack"}
    return message | {"payload": {"$ref": _REFERENCE.format(name=TYPES[topic.value].__name__)}}


def _text(topic: Topic) -> str:
    """Return the first line of what the type says of itself."""
    return _PRIVATE[topic] if topic in _PRIVATE else (TYPES[topic.value].__doc__ or "").partition("\n")[0]
