"""What every test shares."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python 3.0 reads its message schemas with functions that Python 3.11 deprecates (and 3.13 takes back into favour).
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")
