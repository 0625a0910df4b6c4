"""`/docs`: the OpenAPI document for people, one plain page without a script."""

from __future__ import annotations

from html import escape
from typing import Any, Final

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} API</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/docs.css">
</head>
<body class="docs">
<header>
<h1>{title} API <small>{version}</small></h1>
<p><a href="/">Board</a> · <a href="/openapi.json">openapi.json</a></p>
</header>
<main>
{description}
<nav aria-label="Operations"><ul>{contents}</ul></nav>
{operations}
<h2 id="types">Types</h2>
{types}
</main>
</body>
</html>
"""


def docs_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    operations = [(path, verb, operation) for path, verbs in document["paths"].items() for verb, operation in verbs.items()]
    return _PAGE.format(
        title=escape(document["info"]["title"]),
        version=escape(document["info"]["version"]),
        description=_paragraphs(document["info"]["description"]),
        contents="".join(f'<li><a href="#{one["operationId"]}">{escape(one["summary"])}</a></li>' for _, _, one in operations),
        operations="\n".join(_operation(path, verb, operation) for path, verb, operation in operations),
        types="\n".join(_type(name, schema) for name, schema in document["components"]["schemas"].items()),
    )


def _operation(path: str, verb: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])}{' · required' if one['required'] else ''}"
        f"<td>{_words(one['schema'])}<td>{_inline(one.get('description', ''))}"
        for one in operation.get("parameters", ())
    )
    table = f"<table><tr><th>Parameter<th>Where<th>Value<th>Meaning{parameters}</table>" if parameters else ""
    answers = "".join(
        f"<li><b>{status}</b> {escape(one['description'])} {_reference(one.get('content', {}))}"
        for status, one in operation["responses"].items()
    )
    return (
        f'<section id="{operation["operationId"]}"><h2>{escape(operation["summary"])}</h2>'
        f'<p class="route"><b>{verb.upper()}</b> <code>{escape(path)}</code></p>'
        f"{_paragraphs(operation['description'])}{table}<ul>{answers}</ul></section>"
    )


def _reference(content: dict[str, Any]) -> str:
    return " ".join(f"{_words(one['schema'])} <small>{escape(kind)}</small>" for kind, one in content.items())


def _type(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code><td>{_words(one)}{'' if field in required else ' · optional'}"
        f"<td>{_inline(one.get('description', ''))}"
        for field, one in schema.get("properties", {}).items()
    )
    table = f"<table><tr><th>Field<th>Value<th>{rows}</table>" if rows else f"<p>{_words(schema)}</p>"
    return f'<section id="type-{name}"><h3>{escape(name)}</h3>{_paragraphs(schema.get("description", ""))}{table}</section>'


def _words(schema: dict[str, Any]) -> str:
    """Say in a few words what a schema takes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#type-{name}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_words(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        inner = schema.get("items")
        return f"list of {_words(inner)}" if isinstance(inner, dict) else "list"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_words(schema['additionalProperties'])}"
    bounds = [
        f"{sign} {schema[name]}"
        for name, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"))
        if name in schema
    ]
    bounds += [f"default {schema['default']}"] if "default" in schema else []
    return escape(", ".join([kind, *bounds]))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part)


def _inline(text: str) -> str:
    """Return escaped text, what stands between backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
