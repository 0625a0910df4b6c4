"""Where the server may listen, and what a token must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.serve.settings import ServeSettings, is_loopback

TOKEN = "x" * 20
MINE = {"name": "wall", "secret": TOKEN}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert ServeSettings(host=host).tokens == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "board.example", "", "127.0.0.1.example", "localhost.example"])  # noqa: S104 - refused
def test_elsewhere_needs_a_token(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ValidationError, match=r"add a \[\[serve.tokens\]\]"):
        ServeSettings(host=host)
    assert ServeSettings.model_validate({"host": host, "tokens": [MINE]}).host == host


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ([MINE, MINE], "'wall' is used twice"),
        ([{"name": "wall"}], "wall: give secret or secret_file"),
        ([{"name": "wall", "secret": "short"}], "at least 20"),
        ([{"name": "wall", "secret": "x" * 19 + " "}], "visible ASCII"),
        ([{"name": "wall", "secret": "ü" * 20}], "visible ASCII"),
        ([{"name": "a b", "secret": TOKEN}], "pattern"),
        ([{"name": "wall", "secret": TOKEN, "scopes": ["write"]}], "'read', 'act' or 'route'"),
        ([{"name": "wall", "secret_file": "/nowhere/token"}], "cannot read /nowhere/token"),
        ([{"name": "wall", "secret": TOKEN, "secret_file": "/nowhere/token"}], "not both"),
    ],
)
def test_what_is_no_token(tokens: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        ServeSettings.model_validate({"tokens": tokens})
    assert told in str(error.value)
    assert TOKEN not in str(error.value)


def test_a_token_from_a_file_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\r\n")
    made = ServeSettings.model_validate({"tokens": [{"name": "a", "secret_file": str(file)}, {"name": "b", "secret": TOKEN}]})
    assert made.tokens[0].digest == made.tokens[1].digest
    assert TOKEN not in repr(made)


@pytest.mark.parametrize("content", ["", "short\n", "\xff" * 30])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValidationError):
        ServeSettings.model_validate({"tokens": [{"name": "a", "secret_file": str(file)}]})
