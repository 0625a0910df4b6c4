"""How a process of ours collects garbage."""

from __future__ import annotations

import gc

import pytest

from agents.cli import main


def thresholds_after(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, ...]:
    """Return the thresholds that the command line leaves, given arguments by the caller or, without any, by the process."""
    before = gc.get_threshold()
    monkeypatch.setattr("sys.argv", ["firstreply", "version"])
    try:
        with pytest.raises(SystemExit):
            main(arguments or None)
        return gc.get_threshold()
    finally:
        gc.set_threshold(*before)


def test_a_process_of_ours_looks_for_cycles_rarely_and_that_of_others_as_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    own, others = thresholds_after(monkeypatch), thresholds_after(monkeypatch, "version")
    assert others == gc.get_threshold()
    assert own[0] >= 50 * others[0]
