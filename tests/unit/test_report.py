from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.report import summary

SAMPLE = """
import pytest

def test_passes(): pass

@pytest.mark.parametrize("n", [1, 2])
def test_skips(n): pytest.skip("promtool is missing")

def test_fails(): assert False

@pytest.fixture
def broken(): raise RuntimeError

def test_errors(broken): pass
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the report of a real pytest run."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    options = ["--junitxml=unit.xml", "-p", "no:randomly", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    subprocess.run([sys.executable, "-m", "pytest", *options], cwd=folder, capture_output=True, check=False)
    return (folder / "unit.xml").read_bytes()


@pytest.fixture
def runs(report: bytes, tmp_path: Path) -> Path:
    """Return a folder that holds the report."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "unit.xml").write_bytes(report)
    return folder


def test_the_closing_line_counts_as_pytest_does(runs: Path, tmp_path: Path) -> None:
    last = summary(runs, tmp_path).splitlines()[-1]
    assert last.startswith("===== 1 failed, 1 passed, 2 skipped, 1 errors in ")


def test_what_was_left_out_is_said_with_its_reason(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_speed.py").touch()
    text = summary(runs, tmp_path)
    assert "  2 x promtool is missing" in text
    assert "  tests/bench: measures rather than proves: make bench" in text
    assert "browser" not in text


def test_runs_add_up(runs: Path, tmp_path: Path) -> None:
    (runs / "broker.xml").write_bytes((runs / "unit.xml").read_bytes())
    text = summary(runs, tmp_path)
    assert "4 x promtool is missing" in text
    assert "===== 2 failed, 2 passed, 4 skipped, 2 errors in " in text


def test_nothing_left_out_is_said_too(tmp_path: Path) -> None:
    assert "Nothing was left out." in summary(tmp_path, tmp_path)
