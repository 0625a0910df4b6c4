"""Which tests name which row: read from the source of the tests, so that nothing has to be imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]


def named(tests: Path = TESTS) -> dict[str, list[str]]:
    """Return row -> the tests (`unit/test_x.py::test_y`) that carry `pytest.mark.mission` with it, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if ".mission(" in text:
            for code, name in _of_module(ast.parse(text)):
                found.setdefault(code, []).append(f"{path.relative_to(tests).as_posix()}{name}")
    return found


def _of_module(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield from ((code, "") for code in _codes(value))
            case ast.ClassDef(name=name, body=body, decorator_list=marks):
                yield from ((code, f"::{name}") for mark in marks for code in _codes(mark))
                for member in body:
                    yield from _of_function(member, f"::{name}")
            case _:
                yield from _of_function(node, "")


def _of_function(node: ast.stmt, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for mark in node.decorator_list:
            yield from ((code, f"{prefix}::{node.name}") for code in _codes(mark))


def _codes(node: ast.expr) -> Iterator[str]:
    """Yield the rows of every `mission(...)` inside an expression: also marks of single parameters."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "mission":
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
