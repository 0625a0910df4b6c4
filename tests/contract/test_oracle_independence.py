"""The oracle is only worth something while it shares no code with what it judges."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("agents/verification/oracle", "tests/oracle") for file in (ROOT / folder).rglob("*.py"))
ALLOWED = {
    *("pipeline.config", "pipeline.duration", "pipeline.events", "pipeline.hours", "pipeline.measures"),
    *("pipeline.policy", "pipeline.relations"),
}
"""Names and configuration: no rule of docs/semantics.md is computed there that the oracle uses."""
FORBIDDEN_NAMES = {"PAUSES", "counts_as_reply"}
"""The two rules that stand beside those names."""
OWN = ("agents.verification.oracle", "tests.oracle")


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only, so that this test can read them"
            yield from (f"{node.module}.{alias.name}" if node.module == "pipeline" else node.module or "" for alias in node.names)


def _offences(source: str) -> set[str]:
    modules = {name for name in _imports(source) if name.split(".")[0] in {"pipeline", "agents", "tests", "importlib"}}
    return {name for name in modules if name not in ALLOWED and not name.startswith(OWN)}


def test_oracle_imports_names_and_configuration_only() -> None:
    assert len(FILES) > 12
    assert {file.name: found for file in FILES if (found := _offences(file.read_text()))} == {}


def test_oracle_uses_no_rule_that_stands_beside_the_names() -> None:
    for file in FILES:
        used = {n.attr for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute)}
        named = {a.name for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.ImportFrom) for a in n.names}
        assert not (used | named) & FORBIDDEN_NAMES, file.name


def test_the_check_sees_every_way_to_import() -> None:
    assert _offences("import pipeline.tickets.fold") == {"pipeline.tickets.fold"}
    assert _offences("def f():\n    from pipeline.windows import histogram") == {"pipeline.windows"}
    assert _offences("from pipeline import judgement") == {"pipeline.judgement"}
    assert _offences("from pipeline.codec import decode") == {"pipeline.codec"}
    assert _offences("from agents.verification.against import compare") == {"agents.verification.against"}
    assert _offences("from tests.support.lives import lives") == {"tests.support.lives"}
    assert _offences("from pipeline.events import Event") == set()
