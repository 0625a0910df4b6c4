"""Write the dashboards: `python -m deploy.grafana.generate`. They are code here and files in `deploy/grafana/dashboards`."""

from __future__ import annotations

from pathlib import Path

from deploy.grafana import frame
from deploy.grafana.boards import floor, goals, pipeline, queues, sla, staffing

FOLDER = Path(__file__).resolve().parent / "dashboards"
BOARDS = {
    "floor": floor.board,
    "sla": sla.board,
    "queues": queues.board,
    "staffing": staffing.board,
    "goals": goals.board,
    "pipeline": pipeline.board,
}


def files() -> dict[Path, str]:
    """Return every file and what it holds."""
    return {FOLDER / f"{name}.json": frame.text_of(board()) for name, board in BOARDS.items()}


def write() -> None:
    """Write every file."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
