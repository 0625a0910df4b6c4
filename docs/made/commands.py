"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_type_hints

import typer

from agents import cli
from agents.cli.exit_codes import ExitCode
from docs.made.annotations import enums_of

HEAD = """\
# Command line

Every command with its options. This page is made from the commands by `make docs`; each says the same with `--help`.

Results go to standard output, complaints to standard error. Without `--config` a command reads the file that
[Configuration](configuration.md) names.

"""


def page() -> str:
    """Return the page, in the order of `firstreply --help`."""
    group: Any = typer.main.get_command(cli.build([]))
    codes = ["## Exit codes", "", "| Code | Meaning |", "|---|---|", *(f"| {one.value} | {one.meaning} |" for one in ExitCode)]
    parts = [line for name, _ in cli.COMMANDS for line in _command(group.commands[name], f"firstreply {name}", 2)]
    return HEAD + "\n".join([*parts, *codes]) + "\n"


def _command(command: Any, path: str, depth: int) -> Iterator[str]:
    yield f"{'#' * depth} {path}"
    yield ""
    below = getattr(command, "commands", None)
    if below is None:
        yield from ("```text", f"{path} {_usage(command)}".rstrip(), "```", "")
    yield from (_markdown(command.help or ""), "")
    types = get_type_hints(command.callback) if command.callback else {}
    rows = [_row(parameter, types.get(parameter.name)) for parameter in command.params if not parameter.hidden]
    if rows:
        yield from ("| | Meaning | Default |", "|---|---|---|", *rows, "")
    for name, one in (below or {}).items():
        yield from _command(one, f"{path} {name}", depth + 1)


def _usage(command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = ["[OPTIONS]"] if len(command.params) > len(arguments) else []
    return " ".join([*options, *map(_argument, arguments)])


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).strip("[]").upper() + ("..." if parameter.nargs != 1 else "")
    return name if parameter.required else f"[{name}]"


def _row(parameter: Any, kind: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{_argument(parameter)}`"
    else:
        value = "" if parameter.is_flag else f" {parameter.metavar or _values(kind) or parameter.name.upper()}"
        name = ", ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts)) + _cell(value)
    return f"| {name} | {_cell(_markdown(parameter.help or ''))} | {_default(parameter)} |"


def _values(kind: Any) -> str:
    """Return the values of a closed set, or nothing."""
    return "|".join(one.value for enum in enums_of(kind) for one in enum)


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value is False or value in ("", ()) or not parameter.show_default or callable(value):
        return "required" if parameter.required else ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _markdown(text: str) -> str:
    """Turn the marks of rich into those of Markdown; indented lines are a list."""
    text = re.sub(r"\[(?:cyan|bold)\](.*?)\[/\]", r"`\1`", text)
    text = re.sub(r"`\n`", "`<br>\n`", text)
    return re.sub(r"<(?!br>)", "&lt;", text)
