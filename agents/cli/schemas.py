"""`firstreply schemas DIR`: write the JSON Schemas of every topic, and the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.schemas import all_schemas


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schemas")(schemas)


def schemas(
    directory: Annotated[Path, typer.Argument(help="Where to write; made where it does not exist.")] = Path("docs/schemas"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 where a file is not current.")] = False,
) -> None:
    """Write a JSON Schema (2020-12) for the records of every topic that carries JSON, one file each, and openapi.json."""
    from agents.serve.openapi import document  # noqa: PLC0415 - aiohttp takes a while to load
    from pipeline import __version__  # noqa: PLC0415 - beside it

    described = all_schemas() | {"openapi": document(__version__)}
    wanted = {directory / f"{name}.json": text_of(schema) for name, schema in described.items()}
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check:
        for path in stale:
            typer.echo(f"{path} is not current: run `firstreply schemas {directory}`", err=True)
        raise typer.Exit(1 if stale else 0)
    directory.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    typer.echo(f"{len(wanted)} schemas in {directory}, {len(stale)} of them written")


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
