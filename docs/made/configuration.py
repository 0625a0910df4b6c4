"""The reference of the configuration, made from the models that check it."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from agents.calendars import expansion
from agents.configuration import PREFIX
from agents.settings import Settings
from docs.made import docstrings
from docs.made.annotations import default, enums_of, model_of, words
from pipeline.hours import CalendarModel

HEAD = """\
# Configuration

Every key. This page is made from the models that check the configuration, by `make docs`.

The file is TOML: the one named with `--config`, else that of `FIRSTREPLY_CONFIG`, else `firstreply.toml` in the folder, else
what is [shipped](#shipped). The environment goes before the file, and options of a command before both. `firstreply doctor` says
what is wrong with it, every mistake at once.

- A **duration** is a string of whole numbers with the units ms, s, m, h, d, w: `"45s"`, `"1h 30m"`.
- The **environment name** stands under each key. Lists and tables are given there as JSON; `NAME` in it is the name of an entry,
  in lower case. A table inside a list has no names of its own.
- A key without a default is empty: what it is for does not happen.
- A **secret** is never shown or logged. Where there is a key that ends in `_file`, give the secret as a file.
- A file's `[domain]` replaces the shipped one as a whole; only its `ladder` and `expectations` stay the shipped ones where it has
  none of its own.
"""
TAIL = """\
## Shipped

What holds where there is no `[domain]` in the file, `pipeline/defaults/default.toml`:

```toml
{domain}```

"""
EXPANDED = {
    "country": ("text", "An ISO 3166 country, whose public holidays are closed: `DE`."),
    "subdivision": ("text", "A part of it that has holidays of its own: `BY`."),
    "holidays_ics": (
        "file or list of files",
        "iCalendar: all-day events close, those with times are the hours of their date.",
    ),
    "skip_holidays": ("list of texts", "Names of holidays that are ordinary days here."),
}
"""Keys of a calendar that become dated hours when the file is read; no model has them."""


class Table(NamedTuple):
    """One table of the file."""

    path: str
    """Its keys' common part: `domain.calendars.NAME`."""
    header: str
    variable: str | None
    """The common part of their environment names; `None` inside a list."""
    model: type[BaseModel]


def page() -> str:
    """Return the page, the tables in the order of the model."""
    seen: dict[type[BaseModel], Table] = {}
    parts = [HEAD]
    for table in tables():
        first = seen.setdefault(table.model, table)
        parts += [f"## {table.header}", ""]
        if first is not table:
            parts += _again(table, first)
            continue
        if table.path:
            parts += [" ".join((table.model.__doc__ or "").split()), ""]
        parts += ["| Key | Value | Default | Meaning |", "|---|---|---|---|", *_rows(table), "", *_members(table)]
    shipped = importlib.resources.files("pipeline").joinpath("defaults", "default.toml").read_text(encoding="utf-8")
    return "\n".join([*parts, ""]) + TAIL.format(domain=shipped)


def tables() -> Iterator[Table]:
    """Yield every table of the file."""
    yield from _below(Table("", "Top level", PREFIX, Settings))


def _below(table: Table) -> Iterator[Table]:
    yield table
    for name, field in table.model.model_fields.items():
        model = model_of(field.annotation)
        if model is not None:
            yield from _below(_table(table, name, field.annotation, model))


def _table(parent: Table, name: str, annotation: Any, model: type[BaseModel]) -> Table:
    path = f"{parent.path}.{name}".lstrip(".")
    variable = None if parent.variable is None else f"{parent.variable}{name.upper()}__"
    listed = False
    while annotation is not model:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is dict:
            path, variable = f"{path}.NAME", None if variable is None else f"{variable}NAME__"
            annotation = arguments[1]
        else:
            listed = listed or origin is tuple
            annotation = next(one for one in arguments if model_of(one) is model)
    return Table(path, f"`[[{path}]]`" if listed else f"`[{path}]`", None if listed else variable, model)


def _again(table: Table, first: Table) -> list[str]:
    text = f"The keys of [`{first.path}`](#{anchor(first)})."
    if table.variable:
        text += f" Environment names begin with `{table.variable}`."
    return [text, ""]


def anchor(table: Table) -> str:
    """Return the fragment of a table's heading."""
    return table.path.replace(".", "").lower() or "top-level"


def _rows(table: Table) -> Iterator[str]:
    texts = docstrings.of(table.model)
    for name, field in table.model.model_fields.items():
        model = model_of(field.annotation)
        meaning = texts.get(name) or _first_line(model)
        if model:
            below = _table(table, name, field.annotation, model)
            meaning = f"{meaning} See [`{below.path}`](#{anchor(below)})."
        known = " or ".join(f"`{one}`" for one in _names(name, field))
        variable = f"<br>`{table.variable}{name.upper()}`" if table.variable else ""
        yield f"| {known}{variable} | {words(field.annotation, field.metadata)} | {default(field)} | {_cell(meaning)} |"
    if table.model is CalendarModel:
        assert tuple(EXPANDED) == expansion.SETTINGS  # noqa: S101 - what this page says of them must be all of them
        for name, (kind, meaning) in EXPANDED.items():
            yield f"| `{name}` | {kind} | | {meaning} |"


def _first_line(model: type[BaseModel] | None) -> str:
    return (model.__doc__ or "").partition("\n")[0] if model else ""


def _names(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    return [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [name]


def _members(table: Table) -> Iterator[str]:
    """Yield what the values of closed sets mean, where the set says so."""
    for name, field in table.model.model_fields.items():
        for enum in enums_of(field.annotation):
            texts = docstrings.of(enum)
            told = [f"- `{one.value}`: {texts[one.name]}" for one in enum if one.name in texts]
            if told:
                yield from (f"`{name}`:", "", *told, "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
