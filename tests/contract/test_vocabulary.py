"""The words of CONTRIBUTING.md, kept by the names in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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


def words(identifier: str) -> set[str]:
    """Return the words of `snake_case` or `CamelCase`, in lower case and singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)
    return {part.lower() for part in parts} | {part.lower().removesuffix("s") for part in parts if len(part) > 3}


def wrong(path: Path, forbidden: dict[str, str]) -> list[str]:
    """Return where the module uses a word that it should not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}: {forbidden[word]}"
        for name, line in identifiers(tree)
        for word in sorted(words(name) & forbidden.keys())
    ]


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_speaks_of_responders(path: Path) -> None:
    assert not wrong(path, FORBIDDEN_IN_DOMAIN)


@pytest.mark.parametrize("path", DOMAIN + SHELL, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_says_which_clock(path: Path) -> None:
    assert not wrong(path, FORBIDDEN_ANYWHERE)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("support_agent_id", {"support", "agent", "id"}), ("AgentKind", {"agent", "kind"}), ("BUCKETS", {"bucket", "buckets"})],
)
def test_words_of_an_identifier(identifier: str, expected: set[str]) -> None:
    assert expected <= words(identifier)


def test_a_forbidden_word_is_found(tmp_path: Path) -> None:
    names = {name for name, _ in identifiers(ast.parse("def f(agent_id): return x.bots\nclass UserAgent: pass\nf(ts=1)"))}
    found = {word for name in names for word in words(name)}
    assert {"agent", "bot", "ts"} <= found
