"""What is wrong with a configuration, said for people: every mistake with its path, and a way out."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

_PREFIXED = re.compile(r"^([a-z_][\w.\[\]]*): (.+)$", re.DOTALL)
_BETWEEN = re.compile(r"; (?=[a-z_][\w.\[\]]*: )")
_SHOWN = (str, int, float, bool)


class Mistake(NamedTuple):
    """One thing to put right."""

    path: str
    """Where: `broker.security`, `domain.policies[0].name`."""
    message: str
    """What is wrong and what would be right, without any secret."""


class ConfigurationError(Exception):
    """The configuration cannot be used. `mistakes` holds all that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake], source: str) -> None:
        """Keep the mistakes and where the configuration came from."""
        self.mistakes = tuple(mistakes)
        self.source = source
        super().__init__("\n".join([f"{self.headline}:", *(f"  {mistake.path}: {mistake.message}" for mistake in self.mistakes)]))

    @property
    def headline(self) -> str:
        """Say how many there are, and where."""
        count = len(self.mistakes)
        return f"{count} mistake{'s' if count != 1 else ''} in the configuration ({self.source})"


def mistakes_of(error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """Turn pydantic's errors about `model` into mistakes, in the order of the configuration."""
    return [mistake for detail in error.errors(include_url=False) for mistake in _explain(detail, model)]


def _explain(detail: Mapping[str, Any], model: type[BaseModel]) -> list[Mistake]:
    place = tuple(part for part in detail["loc"] if part != "[key]")
    path, kind = _path(place), detail["type"]
    if kind == "extra_forbidden":
        return [Mistake(path, _unknown_name(str(place[-1]), _annotation(model, place[:-1])))]
    if kind == "missing":
        return [Mistake(path, "is needed and not given")]
    message = detail["msg"].removeprefix("Value error, ")
    if kind == "value_error":  # a model that checks itself names its own paths, several at once
        parts = [_PREFIXED.match(part) for part in _BETWEEN.split(message)]
        if all(parts):
            return [Mistake(f"{path}.{part[1]}" if path else part[1], part[2]) for part in parts if part]
        return [Mistake(path or "(all)", message)]
    annotation = _annotation(model, place)
    return [Mistake(path or "(all)", _sentence(message) + _shown(detail["input"], annotation))]


def _sentence(message: str) -> str:
    message = message.removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _path(place: tuple[int | str, ...]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _unknown_name(name: str, parent: Any) -> str:
    known = list(parent.model_fields) if isinstance(parent, type) and issubclass(parent, BaseModel) else []
    if near := difflib.get_close_matches(name, known, n=1):
        return f"there is no such setting; did you mean {near[0]!r}?"
    return "there is no such setting" + (f"; here are: {', '.join(sorted(known))}" if known else "")


def _shown(value: object, annotation: Any) -> str:
    """Return the value for the message: never a secret, and nothing that may hold one."""
    if annotation is None or not isinstance(value, _SHOWN) or _leads_to_secret(annotation):
        return ""
    return f" (it is {str(value)[:60]!r})"


def _leads_to_secret(annotation: Any) -> bool:
    return isinstance(annotation, type) and (issubclass(annotation, SecretStr) or issubclass(annotation, BaseModel))


def _annotation(model: Any, place: tuple[int | str, ...]) -> Any:
    """Return the annotation at a place in a model; `None` where the place is not in it."""
    current: Any = model
    for part in place:
        current = _member(_bare(current), part)
        if current is None:
            return None
    return _bare(current)


def _bare(annotation: Any) -> Any:
    """Strip `Annotated` and `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next((one for one in get_args(annotation) if one is not type(None)), None)
        else:
            return annotation


def _member(annotation: Any, part: int | str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) is Literal:
        return None
    return arguments[1] if get_origin(annotation) is dict else arguments[0]
