"""The command line as a person meets it: help, versions, exit codes, and one clear block for every error."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

import agents.cli
from agents.brokerprocess import free_port
from agents.cli import COMMANDS, main
from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError
from agents.partitions.failstop import ExitCode as WorkerExit
from pipeline import __version__

Run = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def test_version(run: Run) -> None:
    code, out, _ = run("version")
    assert code == 0
    assert out.splitlines()[0] == f"firstreply {__version__}"
    assert "faust-streaming 0.15.3" in out


def test_version_loads_neither_faust_nor_kafka_nor_the_pipeline() -> None:
    program = (
        "import sys\nfrom agents.cli import main\ntry:\n    main(['version'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'faust', 'kafka', 'aiokafka', 'aiohttp', 'agents.settings', 'pipeline.config'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True)


def test_help_lists_every_command_in_order_with_examples_and_exit_codes(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    places = [out.index(f"│ {name} ") for name, _ in COMMANDS]
    assert places == sorted(places)
    assert "firstreply doctor" in out
    for code_ in ExitCode:
        assert f"{code_.value} {code_.meaning}".split()[0] in out


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_explains_itself(run: Run, name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert f"Usage: firstreply {name}" in out


@pytest.mark.parametrize(("name", "module"), COMMANDS)
def test_every_command_is_added_by_the_module_in_the_list(name: str, module: str) -> None:
    app = typer.Typer()
    importlib.import_module(module).register(app)
    commands = [one.name for one in app.registered_commands] + [one.name for one in app.registered_groups]
    assert commands == [name]


@pytest.mark.parametrize("arguments", [("nonsense",), ("version", "--nonsense"), ("topics", "nonsense")])
def test_wrong_usage(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == ExitCode.USAGE
    assert "nonsense" in err
    assert out == ""


@pytest.mark.parametrize("command", [("topics", "check"), ("topics", "apply"), ("doctor",)])
def test_mistakes_in_the_configuration_are_one_block(run: Run, command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_text('colour = "red"\ntime = "yesterday"')
    code, out, err = run(*command, "--config", str(file))
    assert code == ExitCode.CONFIG
    assert out == ""
    assert err.startswith(f"error: 2 mistakes in the configuration ({file} and the environment)\n")
    assert "time: should be 'live' or 'event'" in err
    assert "what to do:" in err
    assert "Traceback" not in err


def test_a_broker_that_is_away_is_said_at_once(run: Run) -> None:
    bootstrap = f"127.0.0.1:{free_port()}"
    code, out, err = run("topics", "check", "--bootstrap", bootstrap)
    assert code == ExitCode.UNAVAILABLE
    assert err.startswith(f"error: The broker at {bootstrap} does not answer.")
    assert "Connection refused" in err
    code, out, err = run("doctor", "--bootstrap", bootstrap)
    assert code == ExitCode.UNAVAILABLE
    assert f"nobody answers at {bootstrap}" in out
    assert "transactions" not in out


@pytest.fixture
def broken_command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    def make(error: Exception) -> None:
        def command() -> None:
            raise error

        module = SimpleNamespace(register=lambda app: app.command("break")(command))
        monkeypatch.setitem(sys.modules, "tests.broken", module)
        monkeypatch.setattr(agents.cli, "COMMANDS", (*COMMANDS, ("break", "tests.broken")))

    return make


def test_a_bug_is_called_a_bug_without_a_traceback(
    run: Run, broken_command: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRSTREPLY_DEBUG", raising=False)
    broken_command(KeyError("colour"))
    code, _, err = run("break")
    assert code == ExitCode.INTERNAL
    assert err.splitlines()[0] == "error: This is a bug in firstreply, not something you did."
    assert "KeyError: 'colour'" in err
    assert "Traceback" not in err
    monkeypatch.setenv("FIRSTREPLY_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["break"])


def test_a_command_error_is_told_with_its_own_code(run: Run, broken_command: Callable[[Exception], None]) -> None:
    broken_command(CommandError("The oven is cold.", ["oven 2: 21 degrees"], "light it", ExitCode.FENCED))
    assert run("break") == (3, "", "error: The oven is cold.\n  oven 2: 21 degrees\nwhat to do: light it\n")


def test_an_interrupted_command_ends_with_130(run: Run, broken_command: Callable[[BaseException], None]) -> None:
    broken_command(KeyboardInterrupt())
    assert run("break")[0] == ExitCode.INTERRUPTED


def test_workers_end_with_the_codes_that_the_command_line_documents() -> None:
    ours = {WorkerExit.FENCED: ExitCode.FENCED, WorkerExit.ENGINE: ExitCode.INTERNAL}
    ours |= {WorkerExit.UNAVAILABLE: ExitCode.UNAVAILABLE, WorkerExit.CONFIGURATION: ExitCode.CONFIG}
    assert set(ours) == set(WorkerExit)
    assert all(worker.value == command.value for worker, command in ours.items())
    assert all(code.meaning for code in ExitCode)
