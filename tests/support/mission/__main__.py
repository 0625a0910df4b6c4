"""Print the table: every row, where its code is, which tests name it, where its number is shown."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.support.mission.naming import named
from tests.support.mission.rows import ROWS, UNTESTED


def main() -> None:
    """Print the table and what is missing."""
    tests = named()
    table = Table(show_lines=True)
    for title in ("row", "what", "code", "tests", "shown"):
        table.add_column(title, overflow="fold")
    for code, row in ROWS.items():
        mine = tests.get(code, [])
        held = (
            "\n".join(mine[:4] + ([f"and {len(mine) - 4} more"] if len(mine) > 4 else [])) or f"none: {UNTESTED.get(code, '?')}"
        )
        table.add_row(code, row.title, "\n".join(row.modules) or "-", held, row.shown or "-")
    console = Console(width=None if Console().is_terminal else 180)
    console.print(table)
    console.print(f"{len(ROWS) - len(UNTESTED)} of {len(ROWS)} rows have a test that names them.")


if __name__ == "__main__":
    main()
