"""Every row of the mission is held by a test that names it, or stands on a visible list with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mission.naming import named
from tests.support.mission.rows import ROWS, UNTESTED, Row

ROOT = Path(__file__).resolve().parents[2]


def test_tests_name_rows_that_exist() -> None:
    unknown = {code: tests for code, tests in named().items() if code not in ROWS}
    assert not unknown, f"no such row in tests/support/mission/rows.py: {unknown}"


def test_every_row_has_a_test_or_a_reason() -> None:
    without = ROWS.keys() - named().keys()
    assert not without - UNTESTED.keys(), "rows that no test names: mark one, or say in UNTESTED why not"
    assert not UNTESTED.keys() - without, "rows that a test names by now: take them out of UNTESTED"


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.code)
def test_a_row_with_a_test_says_where_its_code_is_and_where_it_is_shown(row: Row) -> None:
    assert row.code in UNTESTED or (row.modules and row.shown), "write down modules and shown in tests/support/mission/rows.py"
    for module in row.modules:
        assert (ROOT / module).is_file(), module


def test_marks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        'pytestmark = pytest.mark.mission("A1")\n'
        '@pytest.mark.mission("A2", "A3")\ndef test_b(): ...\n'
        'class TestC:\n    @pytest.mark.mission("A4")\n    async def test_d(self): ...\n'
        '@pytest.mark.parametrize("e", [pytest.param(1, marks=pytest.mark.mission("A5"))])\ndef test_f(e): ...\n'
    )
    assert named(tmp_path) == {
        "A1": ["test_a.py"],
        "A2": ["test_a.py::test_b"],
        "A3": ["test_a.py::test_b"],
        "A4": ["test_a.py::TestC::test_d"],
        "A5": ["test_a.py::test_f"],
    }
