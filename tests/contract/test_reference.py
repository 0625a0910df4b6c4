"""The references of the configuration and the command line: whole, and true of the program."""

from __future__ import annotations

import re

import pytest
import typer

from agents import cli
from agents.configuration import load
from agents.mistakes import ConfigurationError
from docs.made import commands, configuration, docstrings, events
from docs.made.annotations import default, model_of, words
from pipeline.config import Domain
from pipeline.events import EventType

TABLES = list(configuration.tables())
KEYS = [(table, name, field) for table in TABLES for name, field in table.model.model_fields.items()]


def test_every_key_says_what_it_means() -> None:
    silent = {
        f"{table.model.__module__}.{table.model.__name__}.{name}"
        for table, name, field in KEYS
        if not model_of(field.annotation) and name not in docstrings.of(table.model)
    }
    assert not silent, "write a docstring under each"


def test_every_table_has_a_heading_that_links_reach() -> None:
    page = configuration.page()
    for table in TABLES:
        assert f"\n## {table.header}\n" in page
    assert len({configuration.anchor(table) for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize(
    ("path", "expected", "holds"),
    [
        ("domain.heartbeat", "duration", '`"15s"`'),
        ("domain.edges", "list of durations", None),
        ("domain.segments", None, '`[[], ["queue"], ["channel"], ["queue", "channel"], ["queue", "priority"]]`'),
        ("serve.port", "integer, at least 0, at most 65,535", "`8090`"),
        ("broker.security", "`plaintext` \\| `tls` \\| `sasl_tls` \\| `sasl_plaintext`", '`"plaintext"`'),
        ("notifier.webhooks.url", "text", "must be given"),
        ("domain.queue_calendars", "table: text = text", "`{}`"),
    ],
)
def test_a_key_in_words(path: str, expected: str | None, holds: str | None) -> None:
    field = next(field for table, name, field in KEYS if f"{table.path}.{name}" == path)
    assert expected is None or words(field.annotation, field.metadata) == expected
    assert holds is None or default(field) == holds


def test_the_environment_names_set_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nonsense is refused under the path of the key whose name it came under."""
    strict = {}
    for table, name, field in KEYS:
        refuses = words(field.annotation, field.metadata).startswith(("duration", "integer", "number", "`"))
        if refuses and table.variable is not None and "NAME" not in table.variable:
            strict[f"{table.path}.{name}".lstrip(".")] = f"{table.variable}{name.upper()}"
    for variable in strict.values():
        monkeypatch.setenv(variable, "nonsense")
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert len(strict) > 80
    assert {mistake.path for mistake in refused.value.mistakes} >= set(strict)


def test_a_key_without_a_docstring_would_be_found() -> None:
    assert "zone" in docstrings.of(Domain)
    assert "no_such_key" not in docstrings.of(Domain)


def test_every_command_and_option_is_on_its_page() -> None:
    page = commands.page()
    group = typer.main.get_command(cli.build([]))
    for name, command in group.commands.items():
        section = re.search(rf"^## firstreply {name}$(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
        assert section, name
        below = list(getattr(command, "commands", {}).values()) or [command]
        for option in {option for one in below for parameter in one.params for option in parameter.opts if option[0] == "-"}:
            assert f"`{option}" in section[1], f"{option} of {name}"
    assert "[cyan]" not in page
    assert "[/]" not in page


def test_every_type_of_event_and_every_field_says_what_it_means() -> None:
    rows = [line.strip("| ").split(" | ") for line in events.page().splitlines() if line.startswith("| `")]
    assert {row[0].strip("`") for row in rows} >= {one.value for one in EventType}
    assert [row for row in rows if not row[-1].strip(" |")] == []
    assert {len(re.split(r" \| ", line.strip("| "))) for line in events.page().splitlines() if "support." in line} == {2}
