"""What the documents tell people to type exists, and the links inside the repository lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from agents import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_lines(page: Path) -> list[str]:
    """Return what stands after the prompt in a page's console blocks."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [
        line.removeprefix("$ ").split("  #")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def cli_commands() -> set[str]:
    return {name for name, _ in cli.COMMANDS}


def check_command_line(arguments: list[str]) -> None:
    """Follow the words down to a command, and find every option on the way."""
    command = typer.main.get_command(cli.build(arguments))
    known: set[str] = set()
    for argument in arguments:
        known |= {option for parameter in command.params for option in parameter.opts}
        if argument.startswith("-"):
            assert argument.split("=")[0] in known, f"{argument} of {arguments}"
        elif hasattr(command, "commands"):
            assert argument in command.commands, arguments
            command = command.commands[argument]


def anchors(page: Path) -> set[str]:
    """Return the fragments that the headings of a page make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    for line in command_lines(page):
        for part in re.split(r"&&|\|", line):
            program, *arguments = part.split()
            match Path(program).name:
                case "make":
                    assert {target for target in arguments if "=" not in target} <= makefile_targets(), line
                case "firstreply":
                    check_command_line(arguments)
                case "python3" | "pip" | "docker" | "promtool":
                    pass
                case other:
                    assert (ROOT / other).exists(), f"nobody said what {other} is: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not fragment or fragment in anchors(linked), target


def test_the_readme_shows_the_two_commands() -> None:
    lines = command_lines(ROOT / "README.md")
    assert lines[:2] == ["make demo", "make test"]


def test_every_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)) - {"clean-reports"}
    assert phony == set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))


def test_the_makefile_calls_commands_that_exist() -> None:
    lines = re.findall(r"\$\(BIN\)/firstreply (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert lines
    for line in lines:
        check_command_line(re.sub(r"\$\(if \$\(\w+\),(--\w+) \$\(\w+\)\)", r"\1", line).split())


def test_no_command_is_forgotten() -> None:
    modules = {
        f"agents.cli.{path.stem}" for path in (ROOT / "agents" / "cli").glob("*.py") if "def register(" in path.read_text()
    }
    assert modules == {module for _, module in cli.COMMANDS}
