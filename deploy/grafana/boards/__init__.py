"""One file per dashboard, each with one question."""
