"""What a configured value is, in words: its type, its unit and its bounds."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union

from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from pipeline import duration

_PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "`true` or `false`",
    Path: "file",
    SecretStr: "secret",
    date: "date",
    time: "time of day",
    datetime: "time with zone",
    AwareDatetime: "time with zone",
}
_BOUNDS = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))


def words(annotation: Any, metadata: Iterable[Any] = ()) -> str:  # noqa: PLR0911 - a line for each kind of type
    """Return a type in words, with its bounds."""
    said = _flat(metadata)
    if any(getattr(one, "func", None) is duration.parse for one in said):
        return _bounded("duration", said, duration.show)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return words(arguments[0], [*arguments[1:], *said])
    if origin in {Union, UnionType}:
        return " or ".join(words(one, said) for one in arguments if one is not NoneType)
    if origin is Literal:
        return _either(arguments)
    if origin in {tuple, frozenset}:
        return f"list of {_many(words(arguments[0]))}"
    if origin is dict:
        return f"table: {words(arguments[0])} = {words(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _either(annotation)
    if model_of(annotation) is not None:
        return "table"
    return _bounded(_PLAIN[annotation], said, lambda value: f"{value:,}")


def model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a key holds, in a list or a table of them too; `None` for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for one in typing.get_args(annotation) if (model := model_of(one)) is not None), None)


def enums_of(annotation: Any) -> Iterable[type[Enum]]:
    """Yield the closed sets that a key takes its values from."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield annotation
    for one in typing.get_args(annotation):
        yield from enums_of(one)


def default(field: FieldInfo) -> str:
    """Return what holds where the key is not given, as TOML."""
    if field.is_required():
        return "must be given"
    value = field.default
    if value is None or isinstance(value, BaseModel):
        return ""
    durations = "duration" in words(field.annotation, field.metadata)
    return f"`{_toml(value, durations=durations)}`"


def _toml(value: Any, *, durations: bool = False) -> str:  # noqa: PLR0911 - a line for each kind of value
    match value:
        case bool():
            return str(value).lower()
        case Enum():
            return f'"{value.value}"'
        case int() if durations:
            return f'"{duration.show(value)}"'
        case int() | float():
            return str(value)
        case frozenset():
            return _toml(tuple(sorted(value)), durations=durations)
        case tuple():
            return f"[{', '.join(_toml(one, durations=durations) for one in value)}]"
        case Mapping() if any(isinstance(one, BaseModel) for one in value.values()):
            return f"{{ {', '.join(value)} = {{}} }}"
        case Mapping() if value:
            return f"{{ {', '.join(f'{key} = {_toml(one, durations=durations)}' for key, one in value.items())} }}"
        case Mapping():
            return "{}"
        case _:
            return f'"{value}"'


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [part for one in metadata for part in (one.metadata if isinstance(one, FieldInfo) else [one])]


def _bounded(plain: str, metadata: Iterable[Any], write: Any) -> str:
    bounds = {name: getattr(one, name) for one in metadata for name, _ in _BOUNDS if getattr(one, name, None) is not None}
    told = [f"{said} {write(bounds[name])}" for name, said in _BOUNDS if name in bounds and not _natural(plain, name, bounds)]
    return ", ".join([plain, *told])


def _natural(plain: str, name: str, bounds: Mapping[str, Any]) -> bool:
    """Whether a bound says nothing: no duration is negative."""
    return plain == "duration" and name == "ge" and bounds[name] == 0


def _either(values: Iterable[Any]) -> str:
    return " \\| ".join(f"`{one.value if isinstance(one, Enum) else one}`" for one in values)


def _many(one: str) -> str:
    if one.startswith("list of "):
        return one.replace("list", "lists", 1)
    head, comma, bounds = one.partition(",")
    plural = {"duration": "durations", "integer": "integers", "number": "numbers", "table": "tables", "text": "texts"}
    return plural.get(head, head) + comma + bounds
