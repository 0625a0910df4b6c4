"""What is compared: the present configuration, the proposed one and the labels, with every mistake in all of them at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from agents.backtesting.labels import read_labels
from agents.configuration import load
from agents.mistakes import ConfigurationError, Mistake
from agents.settings import Settings
from pipeline.backtest.form import Labels

_T = TypeVar("_T")
_DOMAIN = "domain"


class Inputs(NamedTuple):
    """What a backtest needs beside the log."""

    present: Settings
    proposed: Settings
    labels: Labels


def read_inputs(
    config: Path | None, policy: Path | None, changes: Sequence[str], labels: Path | None, **options: Any
) -> tuple[Inputs | None, list[ConfigurationError]]:
    """Read everything, and return it, or what is wrong.

    Args:
        config: the present configuration, as every command takes it.
        policy: the proposed one; `None`: the present one, with the changes.
        changes: single settings of the proposed domain, `jump.factor=1.5`.
        labels: the file of labels.
        options: settings that win over the present file, such as the broker.

    Raises:
        ValueError: a change is not written like one.

    """
    changed = changes_of(changes)
    wrong: list[ConfigurationError] = []
    present = _tried(lambda: load(config, **options), wrong)
    proposed = _tried(lambda: _proposed(config if policy is None else policy, policy, changed), wrong)
    labelled = Labels() if labels is None else _tried(lambda: read_labels(labels), wrong)
    if present is None or proposed is None or labelled is None:
        return None, wrong
    return Inputs(present, proposed, labelled), []


def changes_of(changes: Sequence[str]) -> dict[str, Any]:
    """Return `jump.factor=1.5` and the like as nested mappings below `domain`; a value is TOML, or else text.

    Raises:
        ValueError: one is not written like that.

    """
    table: dict[str, Any] = {}
    for change in changes:
        path, equals, text = change.partition("=")
        names = [name.strip() for name in path.removeprefix(f"{_DOMAIN}.").split(".")]
        if not equals or not all(names):
            msg = f"{change!r} is no setting; write NAME=VALUE, for example jump.factor=1.5"
            raise ValueError(msg)
        into = table
        for name in names[:-1]:
            inner = into.setdefault(name, {})
            into = inner if isinstance(inner, dict) else {}
        into[names[-1]] = _value(text.strip())
    return table


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _proposed(file: Path | None, policy: Path | None, changed: dict[str, Any]) -> Settings:
    settings = load(file, **({_DOMAIN: changed} if changed else {}))
    if policy is not None and _DOMAIN not in tomllib.loads(policy.read_text(encoding="utf-8")):
        missing = Mistake(_DOMAIN, "is not there, so that there is nothing to try; for single settings use --set")
        raise ConfigurationError([missing], str(policy))
    return settings


def _tried(attempt: Callable[[], _T], wrong: list[ConfigurationError]) -> _T | None:
    try:
        return attempt()
    except ConfigurationError as error:
        if not any(error.mistakes == other.mistakes for other in wrong):
            wrong.append(error)
        return None
