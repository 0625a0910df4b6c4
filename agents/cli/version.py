"""`firstreply version`."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from pipeline import __version__

_SHOWN = ("faust-streaming", "aiokafka")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(command)


def command() -> None:
    """Print the version of firstreply and of what its workers stand on."""
    print(f"firstreply {__version__}")
    print(f"Python {platform.python_version()}")
    for name in _SHOWN:
        print(f"{name} {_version(name)}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"
