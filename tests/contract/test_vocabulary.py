"""The words of CONTRIBUTING.md, kept by the names in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = sorted((ROOT / "pipeline").rglob("*.py"))
SHELL = sorted((ROOT / "agents").rglob("*.py"))

FORBIDDEN_IN_DOMAIN = {
    "agent": "an agent is a Faust agent: say responder, or automation",
    "bucket": "say pane, window, segment, or class of a histogram",
    "bot": "say automation",
}
FORBIDDEN_ANYWHERE = {
    "ts": "say which of the three clocks: occurred_at, ingested_at, applied_at",
    "util": "split by noun",
    "utils": "split by noun",
}


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every name that the module itself gives or uses, with its line; imported modules' own paths are not its choice."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.keyword(arg=str(name)):
                yield name, node.value.lineno


@cache
def words(identifier: str) -> frozenset[str]:
    """Return the words of `snake_case` or `CamelCase`, in lower case and singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)
    return frozenset({part.lower() for part in parts} | {part.lower().removesuffix("s") for part in parts if len(part) > 3})


def wrong(paths: Iterable[Path], forbidden: dict[str, str], root: Path = ROOT) -> str:
    """Return a line for every place where a module uses a word that it should not."""
    return "\n".join(
        f"{path.relative_to(root)}:{line}: {name}: {forbidden[word]}"
        for path in paths
        for name, line in identifiers(ast.parse(path.read_bytes()))
        for word in sorted(words(name) & forbidden.keys())
    )


def test_the_domain_speaks_of_responders_and_says_which_clock() -> None:
    offenders = wrong(DOMAIN, FORBIDDEN_IN_DOMAIN | FORBIDDEN_ANYWHERE)
    assert not offenders, offenders


def test_the_shell_says_which_clock() -> None:
    offenders = wrong(SHELL, FORBIDDEN_ANYWHERE)
    assert not offenders, offenders


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("support_agent_id", {"support", "agent", "id"}), ("AgentKind", {"agent", "kind"}), ("BUCKETS", {"bucket", "buckets"})],
)
def test_words_of_an_identifier(identifier: str, expected: set[str]) -> None:
    assert expected <= words(identifier)


def test_every_forbidden_word_is_found_with_its_file_and_line(tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("def f(agent_id):\n    return x.bots\n")
    second.write_text("class UserAgent: pass\nf(ts=1)\n")
    offenders = wrong([first, second], FORBIDDEN_IN_DOMAIN | FORBIDDEN_ANYWHERE, tmp_path).splitlines()
    places = {": ".join(line.split(": ")[:2]) for line in offenders}
    assert places == {"first.py:1: agent_id", "first.py:2: bots", "second.py:1: UserAgent", "second.py:2: ts"}
