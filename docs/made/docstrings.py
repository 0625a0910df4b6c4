"""What stands under a field or a member: the string after an assignment, which Python itself does not keep."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache


def of(cls: type) -> dict[str, str]:
    """Return the text under each field or member of a class, the classes above it included, on one line."""
    found: dict[str, str] = {}
    for one in reversed(cls.__mro__):
        if one.__module__.partition(".")[0] in {"agents", "pipeline"}:
            found |= _own(one)
    return found


@cache
def _own(cls: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    assert isinstance(tree.body[0], ast.ClassDef)  # noqa: S101 - what `getsource` of a class returns
    found, name = {}, ""
    for node in tree.body[0].body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=target)) | ast.Assign(targets=[ast.Name(id=target)]):
                name = target
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
                name = ""
            case _:
                name = ""
    return found
