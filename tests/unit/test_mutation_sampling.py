"""Which mutants are tried, and what that says about the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.mutation.sampling import interval, mutants, sample


def test_the_interval_is_wilsons() -> None:
    low, high = interval(85, 100)  # the textbook's: (0.85 + 0.0192 -+ 0.0725) / 1.0384
    assert low == pytest.approx(0.7672, abs=1e-4)
    assert high == pytest.approx(0.9069, abs=1e-4)


def test_a_seed_names_the_same_mutants_whatever_their_order() -> None:
    names = [f"m{number}" for number in range(50)]
    assert sample(names, 10, seed=1) == sample(names[::-1], 10, seed=1)
    assert sample(names, 10, seed=1) != sample(names, 10, seed=2)
    assert sample(names, 99, seed=1) == sorted(names)


def test_mutants_are_read_from_every_file(tmp_path: Path) -> None:
    for place, codes in (("a.py.meta", {"a": 0}), ("deep/b.py.meta", {"b": None, "c": 1})):
        file = tmp_path / place
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"exit_code_by_key": codes}))
    assert mutants(tmp_path) == {"a": 0, "b": None, "c": 1}
